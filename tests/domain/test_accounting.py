"""The accounting calendar: months close in order, once they are over."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounting.commands import ClosePeriod
from domain.accounting.decide import decide
from domain.accounting.events import PeriodClosed, calendar_id
from domain.accounting.state import AccountingCalendar, evolve
from domain.events.catalogue import stream_of
from domain.kernel.errors import RuleBroken

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
LATER = date(2026, 1, 1)
WHO = UUID(int=7)


def closed_through(*months: date) -> AccountingCalendar:
    calendar = AccountingCalendar()
    for month in months:
        calendar = evolve(calendar, PeriodClosed(calendar_id(), month))
    return calendar


def refused(calendar: AccountingCalendar, command: ClosePeriod) -> str:
    with pytest.raises(RuleBroken) as refusal:
        decide(calendar, command)
    return refusal.value.code


def test_the_first_month_to_close_may_be_any() -> None:
    closed = decide(AccountingCalendar(), ClosePeriod(MARCH, LATER, WHO))

    assert closed == [PeriodClosed(calendar_id(), MARCH, WHO)]
    assert stream_of(closed[0]) == calendar_id()


def test_a_month_is_named_by_any_of_its_days() -> None:
    assert decide(AccountingCalendar(), ClosePeriod(date(2025, 3, 31), LATER)) == [
        PeriodClosed(calendar_id(), MARCH)
    ]


def test_the_next_month_closes_and_the_one_after_it_is_out_of_order() -> None:
    calendar = closed_through(JANUARY)

    assert decide(calendar, ClosePeriod(FEBRUARY, LATER)) == [PeriodClosed(calendar_id(), FEBRUARY)]
    assert refused(calendar, ClosePeriod(MARCH, LATER)) == "PERIOD_OUT_OF_ORDER"


def test_december_is_followed_by_january() -> None:
    calendar = closed_through(date(2024, 12, 1))

    assert decide(calendar, ClosePeriod(JANUARY, LATER)) == [PeriodClosed(calendar_id(), JANUARY)]


def test_a_month_closes_on_the_day_after_it_and_not_on_its_last() -> None:
    assert decide(AccountingCalendar(), ClosePeriod(FEBRUARY, date(2025, 3, 1)))
    assert (
        refused(AccountingCalendar(), ClosePeriod(FEBRUARY, date(2025, 2, 28))) == "PERIOD_NOT_OVER"
    )


@pytest.mark.parametrize("month", [JANUARY, FEBRUARY, date(2024, 6, 1)])
def test_closing_a_closed_month_again_decides_nothing(month: date) -> None:
    assert decide(closed_through(JANUARY, FEBRUARY), ClosePeriod(month, LATER)) == []


def test_an_entry_into_a_closed_month_is_booked_on_the_first_open_day() -> None:
    calendar = closed_through(JANUARY, FEBRUARY)

    assert calendar.first_open_day(date(2025, 2, 28)) == MARCH
    assert calendar.first_open_day(date(2024, 7, 4)) == MARCH
    assert calendar.first_open_day(MARCH) == MARCH
    assert calendar.first_open_day(date(2025, 3, 2)) == date(2025, 3, 2)


def test_while_no_month_is_closed_every_entry_is_booked_on_its_value_date() -> None:
    assert AccountingCalendar().first_open_day(JANUARY) == JANUARY


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_booking_date_is_open_and_never_before_the_value_date(
    closed: date, value_date: date
) -> None:
    calendar = closed_through(closed)
    booked_on = calendar.first_open_day(value_date)

    assert calendar.closed_through is not None
    assert booked_on > calendar.closed_through
    assert booked_on >= value_date
