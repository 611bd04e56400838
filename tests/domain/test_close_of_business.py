"""Close of business: what each date brings a loan, once, in order, however late it is caught up."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.close_of_business.decide import CATCH_UP_DAYS_MAX
from domain.defaults.events import DelinquencyAged
from domain.interest.events import InterestAccrued, InterestPosted
from domain.interest.period import PeriodState
from domain.interest.timeline import InterestCents
from domain.kernel.day_count import DayCount
from domain.kernel.errors import RuleBroken
from domain.kernel.money import parse_money
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, assert_balanced
from domain.maturity.events import LoanMatured
from domain.receivables.events import FeeAssessed, InterestBilled, InterestCapitalized
from tests.domain.at_work import balances, events_of, without_reserve, worked
from tests.scenario import (
    LOAN_ID,
    RESERVE,
    Desk,
    e3_terms,
    line_id,
)
from tests.thoroughness import examples

ONE_DAY = timedelta(days=1)
E3_TABLE = {
    date(2025, 2, 1): ("161.15", "49838.85", "35161.15"),
    date(2025, 3, 1): ("1023.08", "48815.77", "183184.23"),
    date(2025, 4, 1): ("2775.69", "46040.08", "414459.92"),
    date(2025, 5, 1): ("4463.82", "41576.26", "671923.74"),
}


@pytest.mark.parametrize("posted_on", sorted(E3_TABLE))
def test_example_e3_at_every_posting_date(posted_on: date) -> None:
    desk = worked(posted_on)
    interest, reserve, principal = map(parse_money, E3_TABLE[posted_on])

    last = events_of(desk.recorded, InterestCapitalized)[-1]

    assert (last.capitalised_on, last.amount_cents) == (posted_on, interest)
    assert desk.the_loan.interest_reserve_cents == reserve
    assert desk.the_loan.principal_cents == principal
    assert desk.file.unpaid_interest == InterestCents()
    assert not events_of(desk.recorded, InterestBilled)


def test_example_e3_daily_postings_in_february() -> None:
    accrued = events_of(worked(date(2025, 2, 6)).recorded, InterestAccrued)

    posted = [event.amount.interest_cents for event in accrued[-5:]]

    assert posted == [9_52, 9_53, 9_52, 9_52, 9_52]


def test_example_e3_trial_balance_after_close_of_business_of_the_first_of_may() -> None:
    desk = worked(date(2025, 5, 1))

    assert balances(desk.recorded) == {
        Account.PRINCIPAL: 671_923_74,
        Account.CASH: -653_500_00,
        Account.DEFERRED_FEES: 10_000_00,
        Account.INTEREST_INCOME: 8_423_74,
        Account.MEMO_COMMITMENT: 960_000_00,
        Account.MEMO_AVAILABLE: 288_076_26,
        Account.MEMO_DISBURSED: 671_923_74,
        Account.MEMO_RETAINAGE_WITHHELD: 46_500_00,
        Account.MEMO_RETAINAGE_OBLIGATION: 46_500_00,
    }
    for event in desk.recorded:
        if isinstance(event, FinancialEvent):
            assert_balanced(event.postings)
    reserve = desk.the_loan.budget.line(line_id(RESERVE))
    assert (reserve.funded_cents, reserve.unbilled_cents) == (8_423_74, 41_576_26)


def test_example_e4_nineteen_days_of_may_are_owed_on_the_twentieth() -> None:
    desk = worked(date(2025, 5, 20))

    assert desk.file.unpaid_interest == InterestCents(3_457_61)
    assert desk.periods[date(2025, 5, 1)].accrued_through == date(2025, 5, 19)
    assert desk.periods[date(2025, 4, 1)].state is PeriodState.POSTED
    desk.close(date(2025, 5, 21))
    assert desk.file.unpaid_interest == InterestCents(3_639_59)


def compounded(day_count: DayCount) -> list[tuple[int, int]]:
    """Interest and principal at each posting date, worked out with nothing of ours."""
    moves = {date(2025, 1, 15): 35_000_00, date(2025, 2, 10): 147_000_00}
    moves |= {date(2025, 3, 12): 228_500_00, date(2025, 4, 15): 253_000_00}
    principal, running, table = 0, Fraction(0), []
    for n in range((date(2025, 5, 1) - date(2025, 1, 1)).days + 1):
        day = date(2025, 1, 1) + n * ONE_DAY
        if day.day == 1 and n:
            interest = int(running + Fraction(1, 2))
            principal, running = principal + interest, Fraction(0)
            table.append((interest, principal))
        principal += moves.get(day, 0)
        if day_count is DayCount.THIRTY_360:
            weight = Fraction({31: 0, 28: 3}.get(day.day if day.month in (1, 2, 3) else 0, 1), 360)
            weight = Fraction(1, 360) if (day.month, day.day) in ((1, 28), (3, 28)) else weight
        else:
            weight = Fraction(1, 365)
        running += principal * Fraction("0.0975") * weight
    return table


@pytest.mark.parametrize("day_count", [DayCount.ACT_365F, DayCount.ACT_ACT, DayCount.THIRTY_360])
def test_example_e3_under_the_other_day_counts(day_count: DayCount) -> None:
    desk = worked(date(2025, 5, 1), replace(e3_terms(), day_count=day_count))

    capitalised = [
        (event.accrued.interest_cents, event.capitalised_on)
        for event in desk.recorded
        if isinstance(event, InterestCapitalized)
    ]

    expected = compounded(day_count)
    assert [cents for cents, _ in capitalised] == [interest for interest, _ in expected]
    for (_, on), (_, principal) in zip(capitalised, expected, strict=True):
        assert desk.the_loan.timeline.principal_on(on) == principal


def test_what_the_reserve_cannot_pay_is_billed_on_the_first() -> None:
    desk = worked(date(2025, 3, 1), without_reserve())

    january, february = (event for event in desk.recorded if isinstance(event, InterestBilled))

    assert january == InterestBilled(
        LOAN_ID,
        date(2025, 1, 1),
        date(2025, 2, 1),
        InterestCents(161_15),
        InterestCents(160_15),
    )
    assert february.amount == february.accrued
    assert desk.the_loan.interest_reserve_cents == 0
    assert desk.the_loan.timeline.principal_on(date(2025, 2, 1)) == 35_001_00


def test_default_interest_is_billed_and_never_capitalised() -> None:
    desk = worked(date(2025, 4, 30))
    loan = desk.the_loan
    desk.loan = replace(loan, timeline=loan.timeline.default_from(date(2025, 4, 30)))

    desk.close(date(2025, 5, 1))

    billed = events_of(desk.recorded, InterestBilled)[-1]
    assert billed.amount.interest_cents == 0
    assert billed.amount.default_cents == billed.accrued.default_cents > 0


def test_a_date_already_closed_decides_nothing_and_neither_does_an_earlier_one() -> None:
    desk = worked(date(2025, 5, 20))

    assert desk.close(date(2025, 5, 20)) == []
    assert desk.close(date(2025, 5, 1)) == []
    assert desk.close(date(2025, 1, 15)) == []


def test_a_loan_that_has_not_closed_has_no_business_to_close() -> None:
    desk = Desk()
    desk.originate()

    assert desk.close(date(2025, 5, 20)) == []


def test_more_than_ten_years_to_catch_up_are_a_slip_of_the_pen() -> None:
    desk = worked(date(2025, 1, 20))
    last_on = date(2025, 1, 20) + timedelta(days=CATCH_UP_DAYS_MAX)
    before = desk.file

    with pytest.raises(RuleBroken) as refused:
        desk.close(last_on + ONE_DAY)

    assert refused.value.code == "BUSINESS_DATE_TOO_FAR"
    assert desk.file == before
    desk.close(last_on)


@settings(deadline=None, max_examples=examples(15))
@given(st.integers(2, 60), st.booleans())
def test_days_caught_up_together_leave_what_they_would_have_left_one_by_one(
    every_days: int, has_reserve: bool
) -> None:
    terms = None if has_reserve else without_reserve(maturity_on=date(2025, 5, 15))
    until_on = date(2025, 7, 10)
    daily, seldom = worked(until_on, terms), worked(until_on, terms, every_days)

    assert seldom.the_loan == daily.the_loan
    assert seldom.periods == daily.periods
    for kind in (InterestAccrued, InterestPosted, InterestCapitalized, InterestBilled,
                 FeeAssessed, LoanMatured, DelinquencyAged):  # fmt: skip
        assert events_of(seldom.recorded, kind) == events_of(daily.recorded, kind)


def test_a_month_that_bore_nothing_falls_due_as_well() -> None:
    desk = Desk().active()
    loan = desk.the_loan
    desk.loan = replace(loan, timeline=replace(loan.timeline, movements={}))

    desk.close(date(2025, 2, 1))

    assert desk.the_loan.receivables.month(date(2025, 1, 1)).due_on == date(2025, 2, 1)
    assert desk.close(date(2025, 2, 1)) == []
    assert desk.close(date(2025, 2, 28)) == []
