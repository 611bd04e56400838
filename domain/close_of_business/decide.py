"""Close of business for one loan: what a date brings once its business is done.

**Source**: `RULES.md`, "Close of business".
"""

from datetime import date, timedelta
from uuid import UUID

from domain.budgets.state import Category, LineAmount
from domain.close_of_business.commands import CloseBusiness
from domain.close_of_business.refusals import BUSINESS_DATE_TOO_FAR
from domain.defaults.delinquency import aged
from domain.events.catalogue import Event, value_date_of
from domain.fees.late_charges import late_charges
from domain.interest import postings
from domain.interest.events import AccrualPeriodOpened, InterestAccrued, InterestPosted, period_id
from domain.interest.period import AccrualPeriod
from domain.interest.timeline import (
    NO_INTEREST,
    InterestCents,
    interest_between,
    month_of,
    next_month,
    running_interest,
)
from domain.kernel.errors import Refusals
from domain.loans.file import Decision, LoanFile
from domain.loans.state import Loan
from domain.maturity.maturing import matured
from domain.participations.settle import settle
from domain.receivables.events import InterestBilled, InterestCapitalized

CATCH_UP_DAYS_MAX = 3_660
"""Ten years: beyond that a date is a slip of the pen, not a backlog."""

_ONE_DAY = timedelta(days=1)

REFUSALS: Refusals = {
    CloseBusiness: frozenset({BUSINESS_DATE_TOO_FAR}),
}
"""On what grounds each may be refused."""


def close(file: LoanFile, business_on: date) -> Decision:
    """Bring a loan to the close of business on a date.

    Interest accrues on every missing day to, excluding, the date. On each 1st up to it the month
    before is posted, capitalised as far as the reserve goes, and billed for the rest, before the
    new month accrues on the new principal. A loan that is past its maturity matures, a bill past
    its days of grace brings its late charge, and the loan moves through the delinquency buckets.

    Returns:
        The events in order. Nothing for a loan that is not live, or a date already closed; missed
        days give what they would have given one by one.

    Raises:
        RuleBroken: ``BUSINESS_DATE_TOO_FAR``, more than `CATCH_UP_DAYS_MAX` days to catch up.
        PeriodsNeeded: the open month was not loaded.
    """
    loan = file.loan
    if not loan.is_live or loan.closed_on is None or business_on <= loan.closed_on:
        return Decision((), file)
    since = first_open_day(file)
    if (business_on - since).days > CATCH_UP_DAYS_MAX:
        raise BUSINESS_DATE_TOO_FAR(
            f"Interest is accrued to {since}; {business_on} is more than ten years later.",
        )
    decided = Decision((), file)
    month = first_open_month(loan)
    while next_month(month) <= business_on:
        decided = _month_over(decided, month, since)
        month = next_month(month)
        since = max(since, month)
    decided = decided.then(_accrue(decided.after, month, business_on))
    return decided.then(_days_passed(decided.after.loan, since, business_on))


def first_open_day(file: LoanFile) -> date:
    """The first day whose interest has not been accrued; the day of closing before any was.

    Raises:
        PeriodsNeeded: the open month was not loaded.
        ValueError: the loan has not closed.
    """
    loan = file.loan
    if loan.closed_on is None:
        raise ValueError("nothing accrues before closing")
    month = first_open_month(loan)
    through = file.period(month).accrued_through
    return max(loan.closed_on, month) if through is None else through + _ONE_DAY


def first_open_month(loan: Loan) -> date:
    """The first month whose interest has not fallen due; the month of closing before any has.

    Raises:
        ValueError: the loan has not closed.
    """
    if loan.open_month is not None:
        return loan.open_month
    if loan.accrual_months:
        return next_month(loan.accrual_months[-1])
    if loan.closed_on is None:
        raise ValueError("nothing accrues before closing")
    return month_of(loan.closed_on)


def _month_over(decided: Decision, month: date, since: date) -> Decision:
    """With the last days of a month, what they brought, and on the 1st its interest falling due."""
    due_on = next_month(month)
    decided = decided.then(_accrue(decided.after, month, due_on))
    decided = decided.then(_days_passed(decided.after.loan, since, due_on - _ONE_DAY))
    decided = decided.then(_fall_due(decided.after, month, due_on))
    return decided.then(settle(decided.after, month))


def _accrue(file: LoanFile, month: date, until_on: date) -> list[Event]:
    """One entry for each missing day of a month to, excluding, a date, unless it bears nothing."""
    period = file.period(month)
    first_on = month if period.accrued_through is None else period.accrued_through + _ONE_DAY
    days = (until_on - first_on).days
    if days <= 0:
        return []
    loan = file.loan
    if days == 1:
        # The nightly run: only one figure is wanted.
        through = [interest_between(loan.timeline, month, until_on).rounded(loan.timeline.rounding)]
    else:
        through = running_interest(loan.timeline, month, until_on)[-days:]
    events: list[Event] = []
    accrued = period.accrued
    for n, total in enumerate(through):
        if total != accrued:
            accrued_on = first_on + timedelta(days=n)
            events.append(_accrued(period, accrued_on, total - accrued))
            accrued = total
    if events and month not in loan.accrual_months:
        events.insert(0, AccrualPeriodOpened(loan.loan_id, month))
    return events


def _accrued(period: AccrualPeriod, accrued_on: date, amount: InterestCents) -> InterestAccrued:
    return InterestAccrued(
        loan_id=period.loan_id,
        period_id=period_id(period.loan_id, period.month),
        month=period.month,
        accrued_on=accrued_on,
        amount=amount,
        postings=postings.accrued(amount),
    )


def _fall_due(file: LoanFile, month: date, due_on: date) -> list[Event]:
    """A month's interest is posted; the reserve pays what it can, the borrower owes the rest.

    A month that bore nothing falls due as well, so that what is found out later is a correction.
    """
    loan, accrued = file.loan, file.period(month).accrued
    events: list[Event] = []
    if month not in loan.accrual_months:
        events.append(AccrualPeriodOpened(loan.loan_id, month))
    identity = period_id(loan.loan_id, month)
    events.append(InterestPosted(loan.loan_id, identity, month, due_on, accrued))
    held = loan.receivables.month(month)
    owed = accrued - held.paid
    # What was paid ahead and comes back on a later day is the borrower's to pay, not the reserve's.
    left_cents = accrued.interest_cents - held.ahead_cents
    paid_cents = max(0, min(left_cents, loan.capitalisable_cents))
    if paid_cents:
        events.append(
            InterestCapitalized(
                loan_id=loan.loan_id,
                month=month,
                capitalised_on=due_on,
                accrued=accrued,
                amount_cents=paid_cents,
                lines=from_reserve(loan, paid_cents),
                postings=postings.capitalised(paid_cents),
            )
        )
    billed = owed - InterestCents(paid_cents)
    if billed != NO_INTEREST or not paid_cents:
        events.append(InterestBilled(loan.loan_id, month, due_on, accrued, billed))
    return events


def from_reserve(loan: Loan, amount_cents: int) -> tuple[LineAmount, ...]:
    """Which reserve lines pay an amount or, below zero, have it given back.

    Args:
        loan: whose reserve lines are used in their order, and given back to in the reverse.
        amount_cents: as a rule no more than is left on them, no less than what they have paid.
    """
    lines = [line for line in loan.budget.lines if line.category is Category.INTEREST_RESERVE]
    left_cents = amount_cents
    parts: dict[UUID, int] = {}
    for line in lines if amount_cents > 0 else reversed(lines):
        least_cents, most_cents = min(0, -line.capitalised_cents), max(0, line.unbilled_cents)
        parts[line.line_id] = max(least_cents, min(left_cents, most_cents))
        left_cents -= parts[line.line_id]
    if left_cents:
        # While months are set right one by one, a later one still holds what this one takes.
        parts[lines[-1].line_id] += left_cents
    return tuple(LineAmount(line_id, cents) for line_id, cents in parts.items() if cents)


def _days_passed(loan: Loan, since: date, through: date) -> list[Event]:
    """What the days brought and nobody has recorded yet.

    Args:
        loan: with its interest accrued and billed through these days.
        since: the first day that had not been closed. What came about before it, because a
            correction made it so, is dated by it.
        through: the last of the days.

    Returns:
        In the order of their dates; nothing when called again.
    """
    if through < since:
        return []
    return sorted(
        [
            *matured(loan, since, through),
            *late_charges(loan, since, through),
            *aged(loan, since, through),
        ],
        key=lambda event: value_date_of(event, through),
    )
