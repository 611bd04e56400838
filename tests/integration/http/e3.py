"""The three-draw loan of the worked examples, over HTTP."""

from typing import Any
from uuid import UUID

import httpx

from tests.integration.http import bodies
from tests.integration.http.conftest import done
from tests.scenario import CLOSING, E3_DRAWS, E3_LINES, LAND, Asked, E3Draw


def terms(loan_id: UUID, **changes: Any) -> dict[str, Any]:
    """The example's terms, with an extension option."""
    return {
        "id": str(loan_id),
        "project_name": "Maple Street 14",
        "borrower_name": "Maple Street Homes LLC",
        "builder_user_id": str(bodies.BUILDER),
        "commitment": "960000.00",
        "rate": "0.0975",
        "default_margin": "0.05",
        "day_count": "ACT_360",
        "maturity_date": "2026-01-15",
        "late_charge_rate": "0.05",
        "grace_days": 10,
        "extension_options": [{"months": 6, "fee_rate": "0.005"}],
        "valuation": {
            "as_is": "400000.00",
            "as_complete": "1400000.00",
            "valued_on": "2024-12-20",
        },
        "draw_policy": {"require": []},
        "lines": [
            {
                "code": code,
                "name": code.title(),
                "category": category.value,
                "amount": amount,
                "retainage_rate": "0.10" if category.value == "HARD" else "0",
            }
            for code, (category, amount) in E3_LINES.items()
        ],
        "sources": [
            {"kind": "EQUITY", "amount": "240000.00", "spent_on_line": LAND},
            {"kind": "LOAN", "amount": "960000.00"},
        ],
        **changes,
    }


def request(loan_id: UUID, asked: Asked, period_to: str) -> dict[str, Any]:
    """The body of one of its draws."""
    return {
        "period_to": period_to,
        "lines": [
            {
                "line_id": bodies.line_id(loan_id, code),
                "completed_this_period": completed,
                "stored_now": stored,
                "retainage_release": released,
            }
            for code, (completed, stored, released) in asked.items()
        ],
    }


def closing(loan_id: UUID) -> dict[str, Any]:
    """The body of its closing, with the closing advance."""
    codes = {bodies.line_id(loan_id, code): code for code in E3_LINES}
    amounts = (("LAND", "10000.00"), ("FEE", "10000.00"), ("SOFT", "15000.00"))
    advance = [
        {"line_id": line_id, "amount": dict(amounts)[code]}
        for line_id, code in codes.items()
        if code in dict(amounts)
    ]
    closing_on = CLOSING.closing_on.isoformat()
    return {"closing_date": closing_on, "advance": {"lines": advance}}


async def close(client: httpx.AsyncClient, loan_id: UUID, **changes: Any) -> Any:
    """Originate it and close it with its closing advance."""
    path = f"/loans/{loan_id}"
    await done(client, "/loans", terms(loan_id, **changes))
    await done(client, f"{path}/submit")
    await done(client, f"{path}/approve")
    return await done(client, f"{path}/close", closing(loan_id))


async def fund(
    servicer: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    loan_id: UUID,
    draw: E3Draw,
    funded_on: str | None = None,
) -> Any:
    """Take one of its draws from request to money; the officer approves what the servicer asks."""
    on = funded_on or draw.funded_on.isoformat()
    period_to = draw.funded_on.isoformat()
    made = await done(servicer, f"/loans/{loan_id}/draws", request(loan_id, draw.asked, period_to))
    path = f"/draws/{made['id']}"
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/review")
    await done(officer, f"{path}/approve")
    await done(servicer, f"{path}/fund", {"wire_ref": f"FED-{on}"})
    return await done(servicer, f"{path}/confirm-funding", {"funded_on": on})


async def three_draws(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, loan_id: UUID
) -> list[Any]:
    """Close it and fund its three draws."""
    await close(servicer, loan_id)
    return [await fund(servicer, officer, loan_id, draw) for draw in E3_DRAWS]


async def business(
    client: httpx.AsyncClient, business_date: str, loan_id: UUID | None = None, **more: Any
) -> Any:
    """Close business on a date, for one loan or all."""
    body = {"business_date": business_date}
    if loan_id is not None:
        body["loan_id"] = str(loan_id)
    return await done(client, "/close-of-business", body, **more)
