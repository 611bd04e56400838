"""What a replay shows of loans with interest, of months and of the calendar."""

from datetime import date

from command_api.accounting import close_period
from command_api.idempotency import own_order
from command_api.payoff import quote_payoff
from deploy.cli.lives import entries_of, stands, steps
from domain.accounting.events import calendar_id
from domain.interest.events import period_id
from query_api.past import AsOf
from tests.integration.query.conftest import Desk
from tests.office import CLERK


async def test_a_loans_life_shows_what_had_accrued_by_each_event(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    await desk.office.close_business(loan_id, date(2025, 5, 20))
    reader = desk.office.reader
    events = await reader.stream(loan_id)
    entries = await entries_of(reader, events, AsOf())
    assert len(entries) == 125 + 4
    told = list(steps(events, entries))
    assert [recorded for recorded, _, _ in told] == events
    capitalised = [
        (before["accrued_interest"], after["accrued_interest"])
        for recorded, before, after in told
        if recorded.type == "loan.interest_capitalized"
    ]
    assert capitalised == [
        ("161.15", "0.00"),
        ("1023.08", "0.00"),
        ("2775.69", "0.00"),
        ("4463.82", "0.00"),
    ]
    state = stands(events, entries)
    assert state["accrued_interest"] == "3457.61"
    assert state == await desk.data(f"/loans/{loan_id}")


async def test_a_month_a_quote_and_the_calendar_have_lives_too(desk: Desk) -> None:
    loan_id = await desk.office.active_loan()
    on = date(2025, 2, 3)
    await desk.office.close_business(loan_id, on)
    reader, order = desk.office.reader, own_order(CLERK, on)
    january = await reader.stream(period_id(loan_id, date(2025, 1, 1)))
    assert await entries_of(reader, january, AsOf()) == []
    month = stands(january, [])
    assert (month["state"], month["accrued"]) == ("POSTED", "161.15")
    await quote_payoff(desk.office.ledger, loan_id, order, on, on)
    quoted = (await reader.since(0, 1000))[-1].decode()
    assert stands([quoted], [])["payoff_date"] == "2025-02-03"
    await close_period(desk.office.ledger, own_order(CLERK, on), date(2025, 1, 1))
    calendar = await reader.stream(calendar_id())
    assert stands(calendar, [])["closed_through"] == "2025-01-31"
