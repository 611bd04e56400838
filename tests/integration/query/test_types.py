"""What reads answer is what their types say, field by field, whoever wrote it: Python or SQL."""

from typing import Any

import orjson
from msgspec import convert

from domain.kernel.resource import Resource, resource_json
from tests.integration.query.conftest import MAY, Desk

_ASKS_FOR_A_USER = "get_me"
"""Nobody of these tests has an account; `test_users_shown` looks at those who have."""


def undescribed(shown: Any, example: Any) -> bool:
    """Whether JSON says anything else than a resource of its example's type would."""
    kind: Any = list[type(example[0])] if isinstance(example, list) else type(example)  # type: ignore[misc]  # made of the example
    return bool(orjson.loads(resource_json(convert(shown, kind))) != shown)


async def test_every_read_answers_what_its_type_says(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    (draw, *_) = await desk.data(f"/loans/{loan_id}/draws")
    names = {"loan_id": loan_id, "draw_id": draw["id"], "stream_id": loan_id}
    answered = set()

    for plan in desk.api.plans.values():
        operation = plan.operation
        if not operation.prefixed or operation.id == _ASKS_FOR_A_USER:
            continue
        answer = await desk.get(operation.path.format(**names))
        assert answer.status_code == 200, (operation.id, answer.text)
        whole = answer.json()
        assert not undescribed(whole["data"], operation.example), operation.id
        if isinstance(operation.meta, Resource):
            assert not undescribed(whole["meta"], operation.meta), operation.id
        else:
            assert whole["meta"] == {}, operation.id
        if whole["data"]:
            answered.add(operation.id)

    assert {"get_loan", "list_draws", "get_loan_interest", "list_journal"} <= answered
    assert len(answered) > 20
