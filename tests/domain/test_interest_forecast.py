"""How long the reserve lasts: flat, and with compounding and draws to come."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from domain.interest.forecast import FORECAST_YEARS_MAX, forecast
from domain.kernel.errors import RuleBroken
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.loans.file import LoanFile
from domain.loans.state import Loan
from tests.domain.at_work import without_reserve, worked
from tests.domain.open_file import OpenFile
from tests.scenario import Desk

MAY = date(2025, 5, 1)


@pytest.fixture(scope="module")
def loan() -> Loan:
    """The three-draw loan after close of business of 1 May."""
    return worked(MAY).the_loan


def exhausted(loan: Loan, draws: dict[date, int]) -> tuple[date, dict[date, int]]:
    """The day and the balances, worked out day by day with nothing of ours."""
    principal, balance = loan.principal_cents, 41_576_26
    running, balances, day = Fraction(0), {}, MAY
    while True:
        if day.day == 1 and day != MAY:
            due = int(running + Fraction(1, 2))
            principal, balance, running = principal + due, balance - due, Fraction(0)
            balances[day] = balance
        principal += draws.get(day, 0)
        running += principal * Fraction("0.0975") / 360
        if int(running + Fraction(1, 2)) > balance:
            return day, balances
        day += timedelta(days=1)


def test_example_e9_the_reserve_lasts_228_47_days_flat(loan: Loan) -> None:
    found = forecast(loan, MAY)

    assert found.balance_cents == 41_576_26
    assert found.flat_days == Fraction(41_576_26) / Fraction("18197.934625")
    assert found.flat_days_shown == Decimal("228.47")


@pytest.mark.parametrize(
    "draws",
    [{}, {date(2025, 6, 10): 80_000_00}, {MAY: 50_000_00, date(2025, 7, 1): 120_000_00}],
)
def test_the_simulation_compounds_monthly_and_pays_the_draws_to_come(
    loan: Loan, draws: dict[date, int]
) -> None:
    exhausted_on, balances = exhausted(loan, draws)

    found = forecast(loan, MAY, tuple(draws.items()))

    assert found.exhausted_on == exhausted_on
    assert {month.due_on: month.balance_cents for month in found.months} == balances
    assert found.flat_days_shown == Decimal("228.47")


def test_compounding_and_draws_only_bring_the_end_nearer(loan: Loan) -> None:
    flat_on = MAY + timedelta(days=228)
    without, drawn = forecast(loan, MAY), forecast(loan, MAY, [(date(2025, 6, 1), 100_000_00)])

    assert without.exhausted_on is not None
    assert drawn.exhausted_on is not None
    assert drawn.exhausted_on < without.exhausted_on < flat_on


def test_interest_of_the_month_already_accrued_counts_against_the_balance() -> None:
    mid_month = worked(date(2025, 5, 20)).the_loan

    assert forecast(mid_month, date(2025, 5, 20)).exhausted_on == (
        forecast(worked(MAY).the_loan, MAY).exhausted_on
    )


def test_a_reserve_exhausted_long_ago_is_so_on_the_first_day_asked() -> None:
    empty = worked(MAY, without_reserve()).the_loan

    assert forecast(empty, MAY).exhausted_on == MAY
    assert forecast(empty, MAY).flat_days == 0


def test_a_loan_that_bears_nothing_never_exhausts_its_reserve(loan: Loan) -> None:
    idle = replace(loan, timeline=replace(loan.timeline, movements={}))

    found = forecast(idle, MAY)

    assert found.exhausted_on is None
    assert found.flat_days is None
    assert found.flat_days_shown is None
    assert len(found.months) == 12 * FORECAST_YEARS_MAX


def test_a_default_bears_on_the_borrower_and_not_on_the_reserve(loan: Loan) -> None:
    in_default = replace(loan, timeline=loan.timeline.default_from(MAY))

    assert forecast(in_default, MAY) == forecast(loan, MAY)


def test_on_non_accrual_the_reserve_pays_nothing_and_so_does_not_end(loan: Loan) -> None:
    stopped = replace(loan, timeline=loan.timeline.nonaccrual_from(MAY))

    found = forecast(stopped, MAY)

    assert (found.flat_days, found.exhausted_on) == (None, None)
    assert {month.balance_cents for month in found.months} == {41_576_26}


def test_a_loan_that_never_closed_has_no_months_to_come() -> None:
    desk = Desk()
    desk.originate()

    found = forecast(desk.the_loan, desk.the_loan.maturity_on)

    assert (found.flat_days, found.exhausted_on, found.months) == (None, None, ())
    assert found.balance_cents == 50_000_00


def with_available(loan: Loan, cents: int) -> Loan:
    """The loan with so little of its commitment left."""
    return replace(loan, balances={**loan.balances, Account.MEMO_AVAILABLE: cents})


def test_no_more_is_capitalised_than_the_commitment_has_available(loan: Loan) -> None:
    # May bears 5,641.36 and June, on what that made of the principal, 5,505.22.
    short = with_available(loan, 5_641_36 + 5_505_21)

    found = forecast(short, MAY)

    assert [month.due_on for month in found.months] == [date(2025, 6, 1)]
    assert found.exhausted_on == date(2025, 6, 30)
    closed = OpenFile(LoanFile(short, worked(MAY).periods)).close(date(2025, 7, 1)).loan
    assert [closed.receivables.month(date(2025, n, 1)).unpaid.total_cents for n in (5, 6)] == [0, 1]


@pytest.mark.parametrize(
    ("drawn_on", "ends_on"),
    [(date(2025, 5, 12), date(2025, 5, 12)), (date(2025, 6, 1), date(2025, 6, 1))],
)
def test_a_draw_to_come_takes_what_is_available(loan: Loan, drawn_on: date, ends_on: date) -> None:
    found = forecast(loan, MAY, [(drawn_on, loan.available_cents - 1_000_00)])

    assert found.exhausted_on == ends_on


@pytest.mark.parametrize("scheduled", [(date(2025, 4, 30), 1), (MAY, 0), (MAY, -1)])
def test_a_schedule_that_is_not_ahead_is_refused(loan: Loan, scheduled: tuple[date, int]) -> None:
    with pytest.raises(RuleBroken) as refused:
        forecast(loan, MAY, [scheduled])

    assert refused.value.code == "SCHEDULE_NOT_AHEAD"
