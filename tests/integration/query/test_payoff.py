"""Payoff quotes as they were issued."""

from datetime import date

from command_api.idempotency import own_order
from command_api.payoff import quote_payoff
from tests.integration.query.conftest import MAY, Desk
from tests.office import CLERK


async def test_a_payoff_quote_stays_as_it_was_issued(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    on = date(2025, 5, 20)
    order = own_order(CLERK, on)
    for _ in range(2):
        decided = await quote_payoff(desk.office.ledger, loan_id, order, on, date(2025, 5, 21))
        desk.office.position = max(desk.office.position, decided.position or 0)
    quotes = (await desk.get(f"/loans/{loan_id}/payoff-quotes")).json()
    assert quotes["meta"]["total"] == 1
    (quote,) = quotes["data"]
    assert (quote["payoff_date"], quote["interest"]) == ("2025-05-20", "3457.61")
    assert [each["date"] for each in quote["totals_by_date"]] == ["2025-05-20", "2025-05-21"]
