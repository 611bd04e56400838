"""What a replay shows of loans with interest, of months and of the calendar."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest

from command_api.accounting import close_period
from command_api.idempotency import own_order
from command_api.payoff import quote_payoff
from deploy.cli.lives import life_of, stands, steps
from domain.accounting.events import calendar_id
from domain.interest.events import period_id
from query_api.past import AsOf
from runtime.eventstore.recorder import LedgerRecorder, datastore
from tests.integration.query.conftest import Desk
from tests.office import CLERK


@pytest.fixture
def log(database_url: str) -> Iterator[LedgerRecorder]:
    with datastore(database_url) as connections:
        yield LedgerRecorder(connections)


async def test_a_loans_life_shows_what_had_accrued_by_each_event(
    desk: Desk, log: LedgerRecorder
) -> None:
    loan_id = await desk.office.three_draw_loan()
    await desk.office.close_business(loan_id, date(2025, 5, 20))
    events, entries = life_of(log, loan_id, AsOf())
    assert events == await desk.office.reader.stream(loan_id)
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


async def test_a_month_a_quote_and_the_calendar_have_lives_too(
    desk: Desk, log: LedgerRecorder
) -> None:
    loan_id = await desk.office.active_loan()
    on = date(2025, 2, 3)
    await desk.office.close_business(loan_id, on)
    reader, order = desk.office.reader, own_order(CLERK, on)
    january, entries = life_of(log, period_id(loan_id, date(2025, 1, 1)), AsOf())
    assert entries == []
    month = stands(january, [])
    assert (month["state"], month["accrued"]) == ("POSTED", "161.15")
    await quote_payoff(desk.office.ledger, loan_id, order, on, on)
    quoted = (await reader.since(0, 1000))[-1].decode()
    assert stands([quoted], [])["payoff_date"] == "2025-02-03"
    await close_period(desk.office.ledger, own_order(CLERK, on), date(2025, 1, 1))
    calendar, _ = life_of(log, calendar_id(), AsOf())
    assert stands(calendar, [])["closed_through"] == "2025-01-31"


async def test_of_a_life_only_what_was_known_and_counted_is_told(
    desk: Desk, log: LedgerRecorder
) -> None:
    loan_id = await desk.office.active_loan()
    await desk.office.close_business(loan_id, date(2025, 3, 3))
    events, entries = life_of(
        log, loan_id, AsOf.model_construct(effective_on=date(2025, 1, 20), recorded_at=None)
    )
    everything, every_entry = life_of(log, loan_id, AsOf())
    assert 0 < len(events) < len(everything)
    assert {entry.effective_on.month for entry in entries} == {1}
    assert len(entries) < len(every_entry)
    just_before = everything[0].recorded_at - timedelta(microseconds=1)
    before = AsOf(recorded_at=just_before)
    assert life_of(log, loan_id, before) == ([], [])
    assert life_of(log, uuid4(), AsOf()) == ([], [])
