"""How long the interest reserve lasts: flat, and simulated day by day.

**Source**: `RULES.md`, "Reserve forecast".
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from domain.close_of_business.decide import first_open_month
from domain.interest.refusals import SCHEDULE_NOT_AHEAD
from domain.interest.timeline import (
    SteadyInterest,
    Timeline,
    interest_between,
    next_month,
    per_diem,
    running_interest,
)
from domain.kernel.errors import Refusals
from domain.kernel.rounding import Rounding, ratio_to_cents
from domain.kernel.values import replace
from domain.loans.state import Loan

FORECAST_YEARS_MAX = 10


class ReserveMonth(Struct, frozen=True):
    """A month of the forecast, in cents.

    Attributes:
        month: its first day; ``due_on`` the 1st on which its interest is capitalised.
        interest_cents: contract interest of the month, less what was paid of it ahead.
        balance_cents: what the reserve still holds then; ``principal_cents`` what then bears interest.
    """

    month: date
    due_on: date
    interest_cents: int
    balance_cents: int
    principal_cents: int


class _Means(Struct, frozen=True):
    """What pays the interest to come: the reserve, as far as the commitment has it to lend.

    Attributes:
        reserve_cents: what the reserve holds; ``available_cents`` what nothing else has reserved.
        scheduled: the draws to come, which take from what is available.
    """

    reserve_cents: int
    available_cents: int
    scheduled: Sequence[tuple[date, int]]

    def on(self, day: date) -> int:
        """What may be capitalised on a day once the draws up to it are paid, in cents."""
        drawn_cents = sum(cents for drawn_on, cents in self.scheduled if drawn_on <= day)
        return max(0, min(self.reserve_cents, self.available_cents - drawn_cents))

    def less(self, cents: int) -> "_Means":
        """After so much was capitalised."""
        return _Means(self.reserve_cents - cents, self.available_cents - cents, self.scheduled)


class ReserveForecast(Struct, frozen=True):
    """What is to become of an interest reserve.

    Attributes:
        flat_days: how many days it lasts if nothing is drawn and nothing capitalised, exact;
            `None` when nothing bears interest that the reserve pays.
        exhausted_on: the first day on which the interest accrued since the last capitalisation
            exceeds what can be capitalised of it; `None` when that lies beyond the limit of the
            forecast, or the loan has not closed.
        months: those that are paid in full, up to then.
    """

    from_on: date
    balance_cents: int
    flat_days: Fraction | None
    exhausted_on: date | None
    months: tuple[ReserveMonth, ...]

    @property
    def flat_days_shown(self) -> Decimal | None:
        """The flat days with two decimals, half up."""
        return days_shown(self.flat_days)


def forecast(
    loan: Loan, from_on: date, scheduled: Sequence[tuple[date, int]] = ()
) -> ReserveForecast:
    """Simulate the reserve from a day on, capitalising on every 1st as close of business does.

    A loan that has not closed has a balance and no months.

    Args:
        loan: as it stands, its business closed through ``from_on``.
        from_on: the first day that is simulated.
        scheduled: draws to come that nothing is reserved for yet, each a day from then on and
            cents above zero.

    Returns:
        Cents rounded as the loan rounds; the flat days exact. The simulation ends when the reserve
        does, after `FORECAST_YEARS_MAX` at the latest.

    Raises:
        RuleBroken: ``SCHEDULE_NOT_AHEAD``, a scheduled draw lies before ``from_on`` or is no amount
            above zero.
    """
    timeline = loan.timeline
    for drawn_on, cents in scheduled:
        if drawn_on < from_on or cents <= 0:
            raise SCHEDULE_NOT_AHEAD(f"A draw on {drawn_on} is not ahead, or nothing is drawn.")
        timeline = timeline.moved(drawn_on, cents)
    balance_cents = max(0, loan.interest_reserve_cents)
    means = _Means(balance_cents, loan.available_cents, scheduled)
    exhausted_on, months = _simulated(loan, timeline, from_on, means)
    flat_days = _flat_days(loan.timeline, from_on, balance_cents)
    return ReserveForecast(from_on, balance_cents, flat_days, exhausted_on, months)


def flat_days(balance_cents: int, per_diem_cents: Fraction) -> Fraction | None:
    """How many days a balance lasts if nothing is drawn and nothing capitalised.

    Args:
        balance_cents: what the reserve holds.
        per_diem_cents: what a day bears at the contract rate, in exact cents.

    Returns:
        Exact; `None` where a day bears nothing.
    """
    return balance_cents / per_diem_cents if per_diem_cents > 0 else None


def days_shown(days: Fraction | None) -> Decimal | None:
    """Days with two decimals, half up."""
    if days is None:
        return None
    return Decimal(ratio_to_cents(100 * days.numerator, days.denominator, Rounding.HALF_UP)).scaleb(
        -2
    )


def is_red(exhausted_on: date | None, maturity_on: date) -> bool:
    """Whether a reserve runs out before the loan matures, and somebody has to look."""
    return exhausted_on is not None and exhausted_on < maturity_on


def _flat_days(timeline: Timeline, on: date, balance_cents: int) -> Fraction | None:
    # The reserve pays contract interest only, so a default does not make it end earlier, and of
    # interest kept off the books it pays none.
    if timeline.is_nonaccrual_on(on):
        return None
    return flat_days(balance_cents, per_diem(replace(timeline, defaults=()), on))


def _simulated(
    loan: Loan, timeline: Timeline, from_on: date, means: _Means
) -> tuple[date | None, tuple[ReserveMonth, ...]]:
    if loan.closed_on is None:
        return None, ()
    month = first_open_month(loan)
    last_year = from_on.year + FORECAST_YEARS_MAX
    # Most of a forecast lies after the last change, and a month of that time is one product.
    steady, steady_from = SteadyInterest.after(timeline), timeline.last_change_on
    principal_cents = timeline.principal_on(month)
    months: list[ReserveMonth] = []
    while (due_on := next_month(month)) <= date(last_year, from_on.month, 1):
        ahead_cents = loan.receivables.month(month).ahead_cents
        if month < steady_from:
            whole = interest_between(timeline, month, due_on).rounded(timeline.rounding)
            interest_cents = whole.interest_cents
        else:
            interest_cents = steady.cents(principal_cents, month, due_on)
        due_cents = max(0, interest_cents - ahead_cents)
        if due_cents > means.on(due_on):
            if month >= steady_from:
                timeline = replace(timeline, movements={month: principal_cents})
            day = _first_day_short(timeline, month, means, ahead_cents)
            return max(day, from_on), tuple(months)
        means = means.less(due_cents)
        if month < steady_from:
            timeline = timeline.moved(due_on, due_cents)
            principal_cents = timeline.principal_on(due_on)
        else:
            principal_cents += due_cents
        months.append(ReserveMonth(month, due_on, due_cents, means.reserve_cents, principal_cents))
        month = due_on
    return None, tuple(months)


def _first_day_short(timeline: Timeline, month: date, means: _Means, ahead_cents: int) -> date:
    """The first day of a month through which more has accrued than was paid ahead or can be paid.

    It is the 1st after it, if only a draw of that day leaves too little.
    """
    for n, accrued in enumerate(running_interest(timeline, month, next_month(month))):
        day = month + timedelta(days=n)
        if accrued.interest_cents - ahead_cents > means.on(day):
            return day
    return next_month(month)


REFUSALS: Refusals = {forecast: frozenset({SCHEDULE_NOT_AHEAD})}
"""On what grounds it may be refused."""
