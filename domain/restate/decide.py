"""Interest worked out again after something earlier became known.

Months are gone through in order, because what a month capitalises bears interest in the next.

**Source**: `RULES.md`, "What becomes known late".
"""

from datetime import date, timedelta

from domain.close_of_business.decide import from_reserve
from domain.events.catalogue import Event
from domain.interest import postings
from domain.interest.events import InterestAccrualAdjusted, period_id
from domain.interest.period import AccrualPeriod
from domain.interest.timeline import (
    NO_INTEREST,
    InterestCents,
    Timeline,
    interest_between,
    next_month,
)
from domain.loans.file import Decision, LoanFile
from domain.loans.state import Loan
from domain.receivables.events import InterestCredited, InterestRestated
from domain.receivables.postings import interest_credited
from domain.receivables.state import InterestMonth

_ONE_DAY = timedelta(days=1)


def restate(before: LoanFile, after: LoanFile) -> Decision:
    """What a change to days already accrued does to interest accrued, posted and paid.

    Every month from the first changed day on has its interest worked out anew, as if all had been
    known from the start. The reserve pays of a month what it would have paid then: its limits are
    applied again in the order of the months, and what earlier months now take less is there for
    later ones.

    Args:
        before: the loan as it was.
        after: the loan with what was decided.

    Returns:
        For each month that differs, in order: the adjustment of its accrual, what the reserve and
        the borrower owe of it, and what the borrower had paid too much. Nothing if all is right.

    Raises:
        PeriodsNeeded: an earlier month must be loaded first.
    """
    months = _months_to_restate(before.loan, after.loan)
    if not months:
        return Decision((), after)
    after.period(months[0])  # asks for all of them at once, if any must be loaded
    known_on = _accrued_until(after, months[-1])
    capitalised = {month.month: month.capitalised_cents for month in after.loan.receivables.months}
    later_cents = sum(capitalised.get(month, 0) for month in months)
    decided = Decision((), after)
    for month in months:
        later_cents -= capitalised.get(month, 0)
        decided = decided.then(_adjusted(decided.after, month))
        decided = decided.then(_restated(decided.after, month, later_cents))
        decided = decided.then(_credited(decided.after, month, known_on))
    return decided


def _accrued_until(file: LoanFile, last_month: date) -> date:
    """The first day after those accrued: by then all that was paid of them had come in."""
    through = file.period(last_month).accrued_through
    if through is None or file.loan.receivables.month(last_month).due_on is not None:
        return next_month(last_month)
    return through + _ONE_DAY


def _months_to_restate(before: Loan, after: Loan) -> list[date]:
    changed_on = _first_difference(before.timeline, after.timeline)
    due_before = {month.month: month for month in before.receivables.months}
    paid_ahead = [
        month.month
        for month in after.receivables.months
        if month.due_on is not None
        and month.ahead_cents != due_before.get(month.month, month).ahead_cents
    ]
    first_on = min([*paid_ahead, *([] if changed_on is None else [changed_on])], default=None)
    if first_on is None:
        return []
    return [month for month in after.accrual_months if next_month(month) > first_on]


def _first_difference(one: Timeline, other: Timeline) -> date | None:
    """The first day that bears interest otherwise."""
    if one is other or one == other:
        return None
    moved = {on for on, _ in one.movements.items() ^ other.movements.items()}
    days = one.turning_days() | other.turning_days()
    turned = {day for day in days if _terms_on(one, day) != _terms_on(other, day)}
    return min(moved | turned, default=None)


def _terms_on(timeline: Timeline, day: date) -> tuple[object, ...]:
    return timeline.rate_on(day), timeline.is_default_on(day), timeline.is_nonaccrual_on(day)


def _adjusted(file: LoanFile, month: date) -> list[Event]:
    """The accrual of a month set right: of a month that fell due all of it, else as far as it is."""
    period = file.period(month)
    if file.loan.receivables.month(month).due_on is not None:
        through = next_month(month) - _ONE_DAY
    elif period.accrued_through is not None:
        through = period.accrued_through
    else:
        return []
    timeline = file.loan.timeline
    exact = interest_between(timeline, month, through + _ONE_DAY)
    new = exact.rounded(timeline.rounding)
    return [] if new == period.accrued else [_adjustment(period, through, new)]


def _adjustment(period: AccrualPeriod, on: date, new: InterestCents) -> InterestAccrualAdjusted:
    delta = new - period.accrued
    return InterestAccrualAdjusted(
        loan_id=period.loan_id,
        period_id=period_id(period.loan_id, period.month),
        month=period.month,
        adjusted_on=on,
        old=period.accrued,
        new=new,
        delta=delta,
        postings=postings.accrued(delta),
    )


def _restated(file: LoanFile, month: date, later_cents: int) -> list[Event]:
    """What is owed of a month that fell due, and what the reserve pays of it, set right."""
    loan, accrued = file.loan, file.period(month).accrued
    owed = loan.receivables.month(month)
    if owed.due_on is None:
        return []
    paid_cents = _reserve_pays(loan, owed, accrued, later_cents)
    if (accrued, paid_cents) == (owed.accrued, owed.capitalised_cents):
        return []
    delta_cents = paid_cents - owed.capitalised_cents
    return [
        InterestRestated(
            loan_id=loan.loan_id,
            month=month,
            capitalised_on=owed.due_on,
            old_accrued=owed.accrued,
            new_accrued=accrued,
            old_capitalised_cents=owed.capitalised_cents,
            new_capitalised_cents=paid_cents,
            lines=from_reserve(loan, delta_cents),
            postings=postings.capitalised(delta_cents),
        )
    ]


def _reserve_pays(loan: Loan, owed: InterestMonth, accrued: InterestCents, later_cents: int) -> int:
    """What the reserve pays of a month that fell due, in cents.

    Args:
        loan: with the months before this one set right.
        owed: the month as it stands; a capitalisation that was reversed stays billed.
        accrued: the month's interest as it now is.
        later_cents: what later months have from the reserve and may have to give back.
    """
    if owed.billed_only:
        return owed.capitalised_cents
    room_cents = loan.capitalisable_cents + owed.capitalised_cents + later_cents
    # A reserve that was raised since does not pay what it could not have paid then.
    used_cents = loan.receivables.reserve_used_cents(owed.month) - owed.capitalised_cents
    room_cents = min(room_cents, owed.reserve_limit_cents - used_cents)
    return max(0, min(accrued.interest_cents - owed.ahead_cents, room_cents))


def _credited(file: LoanFile, month: date, credited_on: date) -> list[Event]:
    """What the borrower has paid of a month beyond what is owed is unapplied cash again."""
    loan = file.loan
    owed = loan.receivables.month(month)
    unpaid = owed.unpaid if owed.due_on is not None else file.period(month).accrued - owed.paid
    over = InterestCents(
        max(0, min(owed.paid.interest_cents, -unpaid.interest_cents)),
        max(0, min(owed.paid.default_cents, -unpaid.default_cents)),
        max(0, min(owed.paid.nonaccrual_cents, -unpaid.nonaccrual_cents)),
    )
    if over == NO_INTEREST:
        return []
    return [InterestCredited(loan.loan_id, month, credited_on, over, interest_credited(over))]
