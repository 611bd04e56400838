"""How far behind a loan is, in days and in buckets. **Source**: `RULES.md`, "Close of business"."""

from bisect import bisect_right
from datetime import date, timedelta

from domain.defaults.events import Delinquency, DelinquencyAged
from domain.interest.period import AccrualPeriod
from domain.loans.state import Loan, LoanState

LATE_FROM_DAYS = {
    Delinquency.DAYS_1_29: 1,
    Delinquency.DAYS_30_59: 30,
    Delinquency.DAYS_60_89: 60,
    Delinquency.DAYS_90: 90,
}
"""The days past due from which a loan is in each bucket, the fewest first; before, it is current."""
THRESHOLDS_DAYS = tuple(LATE_FROM_DAYS.values())

_BY_THRESHOLDS = (Delinquency.CURRENT, *LATE_FROM_DAYS)


def bucket_past(thresholds: int) -> Delinquency:
    """The bucket of a loan that is past so many of `THRESHOLDS_DAYS`, SQL's ``width_bucket``."""
    return _BY_THRESHOLDS[thresholds]


def bucket_of(days_past_due: int) -> Delinquency:
    """The bucket of a number of days past due."""
    return bucket_past(bisect_right(THRESHOLDS_DAYS, days_past_due))


def is_past_maturity(maturity_on: date, day: date) -> bool:
    """Whether principal is past due on a day: on the maturity date itself it can still be paid."""
    return maturity_on < day


def past_due_cents(billed_cents: int, principal_cents: int, *, past_maturity: bool) -> int:
    """What is past due of a loan past due, or of several: interest, and past maturity principal.

    Args:
        billed_cents: all interest billed and unpaid, less unapplied cash.
        principal_cents: what is lent and unpaid.
        past_maturity: as `is_past_maturity` says.
    """
    return billed_cents + principal_cents if past_maturity else billed_cents


def past_due_when_closed_cents(loan: Loan, open_period: AccrualPeriod | None) -> int:
    """What of a loan was past due as of its last close of business, which ages it.

    Args:
        loan: as it stands.
        open_period: of the month whose interest has not fallen due.
    """
    if loan.delinquency is Delinquency.CURRENT:
        return 0
    billed_cents = sum(behind.total_cents for _, behind in loan.bills_behind)
    # A loan in default does not mature, but its principal is due at maturity all the same.
    past_maturity = LoanState.MATURED in (loan.state, loan.state_before) or is_past_maturity(
        loan.maturity_on, _closed_on(loan, open_period)
    )
    return past_due_cents(billed_cents, loan.principal_cents, past_maturity=past_maturity)


def _closed_on(loan: Loan, open_period: AccrualPeriod | None) -> date:
    """The latest business date that has left its mark; `date.min` before any has.

    Closing a date accrues to, excluding, it; of a month whose days bear nothing, the 1st after it
    does.
    """
    marks = [month.due_on for month in loan.receivables.months]
    marks.append(loan.aged_on)
    if open_period is not None and open_period.accrued_through is not None:
        marks.append(open_period.accrued_through + timedelta(days=1))
    return max((day for day in marks if day is not None), default=date.min)


def oldest_due_on(loan: Loan, day: date) -> date | None:
    """The due date of the oldest obligation unpaid on a day: a bill, or principal at maturity.

    Fees have no due date; they are paid with whatever falls due next. A bill that unapplied cash
    covers is not behind.
    """
    bills = [month.due_on for month, _ in loan.bills_behind]
    due = [due_on for due_on in bills if due_on is not None and due_on <= day]
    if loan.is_live and is_past_maturity(loan.maturity_on, day) and loan.principal_cents > 0:
        due.append(loan.maturity_on)
    return min(due, default=None)


def days_past_due(loan: Loan, day: date) -> int:
    """The days since the oldest unpaid obligation fell due, zero if there is none.

    **Source**: `RULES.md`, "Close of business".
    """
    due_on = oldest_due_on(loan, day)
    return 0 if due_on is None else max(0, (day - due_on).days)


def aged(loan: Loan, since: date, through: date) -> list[DelinquencyAged]:
    """Every step from bucket to bucket, up or down, on the day on which it was taken."""
    # Days that bore no interest are looked at again; the step taken last begins what is new.
    first_on = max(since, loan.aged_on or since)
    last_due_on = oldest_due_on(loan, through)
    crossed = [] if last_due_on is None else [last_due_on + timedelta(n) for n in THRESHOLDS_DAYS]
    bucket, events = loan.delinquency, []
    for day in sorted({first_on, *(day for day in crossed if day > first_on)}):
        due_on = oldest_due_on(loan, day)
        next_bucket = Delinquency.CURRENT if due_on is None else bucket_of((day - due_on).days)
        if next_bucket is not bucket and day <= through:
            events.append(DelinquencyAged(loan.loan_id, day, next_bucket, due_on))
            bucket = next_bucket
    return events
