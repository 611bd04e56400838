"""Maturity, late charges and days past due: what the mere passing of days brings.

All three are dated by the day on which they came about, not by the run that finds them, so that
days caught up together leave what they would have left one by one.
"""

from datetime import date, timedelta
from uuid import UUID, uuid5

from domain.events.catalogue import Event, value_date_of
from domain.interest.timeline import InterestCents
from domain.kernel.rounding import share_of
from domain.loans.life_events import Delinquency, DelinquencyAged, LoanMatured
from domain.loans.loan import Loan, LoanState
from domain.receivables.events import FeeAssessed, FeeKind
from domain.receivables.postings import fee_assessed

_BUCKETS = (
    (90, Delinquency.DAYS_90),
    (60, Delinquency.DAYS_60_89),
    (30, Delinquency.DAYS_30_59),
    (1, Delinquency.DAYS_1_29),
)


def late_charge_id(loan_id: UUID, month: date) -> UUID:
    """The id of the one late charge that a month's bill can bring."""
    return uuid5(loan_id, f"late:{month:%Y-%m}")


def bucket_of(days_past_due: int) -> Delinquency:
    """The bucket of a number of days past due."""
    return next((b for days, b in _BUCKETS if days_past_due >= days), Delinquency.CURRENT)


def oldest_due_on(loan: Loan, day: date) -> date | None:
    """The due date of the oldest obligation unpaid on a day: a bill, or principal at maturity.

    Fees have no due date; they are paid with whatever falls due next. A bill that unapplied cash
    covers is not behind.
    """
    bills = [month.due_on for month, _ in loan.bills_behind]
    due = [due_on for due_on in bills if due_on is not None and due_on <= day]
    if loan.is_live and loan.maturity_on < day and loan.principal_cents > 0:
        due.append(loan.maturity_on)
    return min(due, default=None)


def days_past_due(loan: Loan, day: date) -> int:
    """The days since the oldest unpaid obligation fell due, zero if there is none.

    **Source**: `RULES.md`, "Close of business".
    """
    due_on = oldest_due_on(loan, day)
    return 0 if due_on is None else max(0, (day - due_on).days)


def days_passed(loan: Loan, since: date, through: date) -> list[Event]:
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
            *_matured(loan, since, through),
            *_late_charges(loan, since, through),
            *aged(loan, since, through),
        ],
        key=lambda event: value_date_of(event, through),
    )


def _matured(loan: Loan, since: date, through: date) -> list[LoanMatured]:
    # In default it stays in default, and matures when it is cured.
    if loan.state is not LoanState.ACTIVE or loan.principal_cents <= 0:
        return []
    cured = [span.until_on for span in loan.timeline.defaults if span.until_on is not None]
    matured_on = max([loan.maturity_on + timedelta(days=1), since, *cured])
    return [LoanMatured(loan.loan_id, matured_on)] if matured_on <= through else []


def _late_charges(loan: Loan, since: date, through: date) -> list[FeeAssessed]:
    charges = []
    for month, behind in loan.bills_behind:
        if month.due_on is None or month.late_charged:
            continue
        late_on = max(month.due_on + timedelta(days=loan.terms.grace_days + 1), since)
        if late_on <= through and (charge_cents := _late_charge_cents(loan, behind)) > 0:
            charges.append(_late_charge(loan, month.month, late_on, charge_cents))
    return charges


def _late_charge(loan: Loan, month: date, late_on: date, charge_cents: int) -> FeeAssessed:
    return FeeAssessed(
        loan_id=loan.loan_id,
        fee_id=late_charge_id(loan.loan_id, month),
        kind=FeeKind.LATE,
        amount_cents=charge_cents,
        assessed_on=late_on,
        memo=None,
        postings=fee_assessed(charge_cents),
        month=month,
    )


def _late_charge_cents(loan: Loan, behind: InterestCents) -> int:
    """Of what is behind of a bill; interest on non-accrual, which is no income, brings no fee."""
    late_cents = behind.interest_cents + behind.default_cents
    return share_of(late_cents, loan.terms.late_charge_rate, loan.terms.rounding)


def aged(loan: Loan, since: date, through: date) -> list[DelinquencyAged]:
    """Every step from bucket to bucket, up or down, on the day on which it was taken."""
    # Days that bore no interest are looked at again; the step taken last begins what is new.
    first_on = max(since, loan.aged_on or since)
    last_due_on = oldest_due_on(loan, through)
    crossed = [] if last_due_on is None else [last_due_on + timedelta(n) for n, _ in _BUCKETS]
    bucket, events = loan.delinquency, []
    for day in sorted({first_on, *(day for day in crossed if day > first_on)}):
        due_on = oldest_due_on(loan, day)
        next_bucket = Delinquency.CURRENT if due_on is None else bucket_of((day - due_on).days)
        if next_bucket is not bucket and day <= through:
            events.append(DelinquencyAged(loan.loan_id, day, next_bucket, due_on))
            bucket = next_bucket
    return events
