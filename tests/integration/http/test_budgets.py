"""Budgets over HTTP: moved, changed, and draws stopped."""

from typing import Any

import httpx
import pytest

from tests.integration.http import bodies
from tests.integration.http.conftest import done


def change(loan: dict[str, Any], code: str, delta: str) -> dict[str, str]:
    return {"line_id": bodies.line_id(loan["id"], code), "delta": delta}


def amounts(loan: dict[str, Any]) -> dict[str, str]:
    return {line["code"]: line["amount"] for line in loan["lines"]}


async def test_budget_moves_between_lines(
    servicer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    moves = [change(loan, "SOFT", "-1000.00"), change(loan, "FRAMING", "1000.00")]

    after = await done(
        servicer,
        f"/loans/{loan['id']}/budget/reallocations",
        {"moves": moves, "reason": "Rock under the footing"},
    )

    assert amounts(after) == {"FRAMING": "201000.00", "SOFT": "99000.00"}
    assert after["version"] == loan["version"] + 1


@pytest.mark.parametrize(
    ("deltas", "code"),
    [
        (("-1000.00", "1000.01"), "CHANGES_NOT_BALANCED"),
        (("-100000.01", "100000.01"), "LINE_BELOW_FLOOR"),
    ],
)
async def test_moves_a_cent_wrong_are_refused(
    servicer: httpx.AsyncClient, loan: dict[str, Any], deltas: tuple[str, str], code: str
) -> None:
    moves = [change(loan, "SOFT", deltas[0]), change(loan, "FRAMING", deltas[1])]

    response = await servicer.post(
        f"/loans/{loan['id']}/budget/reallocations", json={"moves": moves, "reason": "x"}
    )

    assert (response.status_code, response.json()["error"]["code"]) == (422, code)


async def test_a_change_order_brings_its_money(
    servicer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    after = await done(
        servicer,
        f"/loans/{loan['id']}/change-orders",
        {
            "number": "CO-1",
            "deltas": [change(loan, "FRAMING", "30000.00")],
            "source_deltas": [{"kind": "EQUITY", "amount": "30000.00"}],
        },
    )

    assert amounts(after)["FRAMING"] == "230000.00"
    assert [source["kind"] for source in after["sources"]] == ["LOAN", "EQUITY"]


async def test_a_stop_holds_approval_until_it_is_lifted(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    path = f"/loans/{loan['id']}"
    draw = await done(servicer, f"{path}/draws", bodies.draw(loan["id"]))
    await done(servicer, f"/draws/{draw['id']}/submit")
    await done(servicer, f"/draws/{draw['id']}/review")

    stopped = await done(officer, f"{path}/draw-stops", {"reason": "LIEN"})
    refused = await officer.post(f"/draws/{draw['id']}/approve", json={})
    lifted = await done(officer, f"{path}/draw-stops/LIEN/lift")

    assert (stopped["draw_stops"], lifted["draw_stops"]) == (["LIEN"], [])
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "DRAW_STOPPED")
    approved = await done(officer, f"/draws/{draw['id']}/approve")
    assert approved["state"] == "APPROVED"


async def test_builders_move_no_budget(builder: httpx.AsyncClient, loan: dict[str, Any]) -> None:
    response = await builder.post(f"/loans/{loan['id']}/draw-stops", json={"reason": "LIEN"})

    assert response.status_code == 403
