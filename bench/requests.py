"""What the load generator sends: whole HTTP requests for draws, each with its length before it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from bench.loans import CODES, line_id
from domain.kernel.actors import Role
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from runtime.users import demo_user_id

PERIOD_TO = "2025-03-01"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who sends: the tokens of a lender who works draws, and of an administrator who approves."""

    lender: str
    approver: str


def desk(settings: Settings) -> Requester:
    """Both, signed in."""
    tokens = Tokens(settings.token_keys, settings.access_token_lifetime)

    def token(name: str, role: Role) -> str:
        who = principal(demo_user_id(name), role, "Bench", f"{name}@demo.test")
        return tokens.issue(who)

    return Requester(token("servicing", Role.SERVICING), token("admin", Role.ADMIN))


def drafts(loans: list[UUID], desk: Requester, number: int) -> bytes:
    """Small draws, loan after loan: two events a command."""
    wanted = (loans[each % len(loans)] for each in range(number))
    return _joined(_draft(loan_id, desk) for loan_id in wanted)


def reviews(loans: list[UUID], desk: Requester, number: int) -> bytes:
    """A draw on each loan, and then submitted, taken up and returned in turn: one event a command.

    Steps of one draw are as many requests apart as there are loans, which is more than are ever
    under way at once.
    """
    return _joined(islice(_reviewing(loans, desk), number))


def _reviewing(loans: list[UUID], desk: Requester) -> Iterator[bytes]:
    draws = {loan_id: uuid4() for loan_id in loans}
    for loan_id, draw_id in draws.items():
        yield _draft(loan_id, desk, draw_id)
    while True:
        for step, body in (("submit", {}), ("review", {}), ("return", {"reasons": ["Again."]})):
            for draw_id in draws.values():
                yield _post(f"/draws/{draw_id}/{step}", body, desk.lender)


def lives(loans: list[UUID], desk: Requester, number: int) -> bytes:
    """Draws from the draft to the money, one at a time on each loan."""
    return _joined(islice(_living(loans, desk), number))


def _living(loans: list[UUID], desk: Requester) -> Iterator[bytes]:
    steps: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("submit", {}, desk.lender),
        ("review", {}, desk.lender),
        ("approve", {}, desk.approver),
        ("fund", {"wire_ref": "W-1"}, desk.lender),
        ("confirm-funding", {"funded_on": PERIOD_TO}, desk.lender),
    )
    while True:
        draws = {loan_id: uuid4() for loan_id in loans}
        for loan_id, draw_id in draws.items():
            yield _draft(loan_id, desk, draw_id)
        for step, body, token in steps:
            for draw_id in draws.values():
                yield _post(f"/draws/{draw_id}/{step}", body, token)


def _draft(loan_id: UUID, desk: Requester, draw_id: UUID | None = None) -> bytes:
    body = {
        "period_to": PERIOD_TO,
        "lines": [
            {
                "line_id": str(line_id(loan_id, code)),
                "completed_this_period": "1200.00",
                "stored_now": "300.00",
                "retainage_release": "0.00",
            }
            for code in CODES
        ],
        "payees": [{"name": "Ridge Framing"}],
    }
    named = {} if draw_id is None else {"id": str(draw_id)}
    return _post(f"/loans/{loan_id}/draws", named | body, desk.lender)


def _post(path: str, body: dict[str, Any], token: str) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _joined(requests: Iterable[bytes]) -> bytes:
    return b"".join(len(request).to_bytes(4) + request for request in requests)
