"""What a loan owes on a day, in the order in which money received on it pays.

**Source**: `RULES.md`, "Payments".
"""

from datetime import date

from msgspec import Struct

from domain.interest.timeline import InterestCents, interest_between, month_of
from domain.ledger.accounts import Account
from domain.loans.state import Loan
from domain.payments.waterfall import Due, Owed
from domain.receivables.events import FeeKind


class Debt(Struct, frozen=True):
    """What is owed on a day, and the cash at hand to pay it, in cents.

    Attributes:
        owed: in the order in which it is paid.
        unapplied_cents: received up to that day, and nothing paid with it yet.
    """

    owed: tuple[Owed, ...]
    unapplied_cents: int

    def cents(self, *dues: Due) -> int:
        """What is owed of some kinds."""
        return sum(thing.amount_cents for thing in self.owed if thing.due in dues)

    @property
    def total_cents(self) -> int:
        """What pays all of it; below zero, more cash is at hand than is owed."""
        return sum(thing.amount_cents for thing in self.owed) - self.unapplied_cents


def owed_on(loan: Loan, on: date) -> Debt:
    """What a payment received on a day may pay.

    Where the books are closed beyond the day, this is what was owed then: interest to, excluding,
    the day, nothing that was charged later, and no more principal than later payments left.

    Args:
        loan: with its books closed through the day at least.
        on: the value date of the payment.
    """
    principal = Owed(Due.PRINCIPAL, max(0, loan.timeline.least_principal_from(on)))
    owed = (*_advances(loan, on), *_fees(loan, on), *_interest(loan, on), principal)
    return Debt(owed, _unapplied_on(loan, on))


def owed_to_pay_off(loan: Loan, on: date) -> Debt:
    """What a payoff that counts on a day pays: everything, whenever it was charged.

    Args:
        loan: with its books closed through the day at least.
        on: the day on which the payoff counts; interest runs to, excluding, it.
    """
    principal = Owed(Due.PRINCIPAL, max(0, loan.timeline.principal_on(on)))
    owed = (
        *_advances(loan, date.max),
        *_fees(loan, date.max),
        *_interest(loan, on),
        principal,
    )
    return Debt(owed, loan.balance(Account.UNAPPLIED_PAYMENTS))


def _advances(loan: Loan, on: date) -> list[Owed]:
    return [
        Owed(Due.PROTECTIVE_ADVANCE, advance.unpaid_cents, advance_id=advance.advance_id)
        for advance in loan.receivables.protective_advances
        if advance.unpaid_cents and advance.advanced_on <= on
    ]


def _fees(loan: Loan, on: date) -> list[Owed]:
    """Late charges first, then the others; of each the oldest first."""
    unpaid = [fee for fee in loan.receivables.fees if fee.unpaid_cents and fee.assessed_on <= on]
    unpaid.sort(key=lambda fee: (fee.kind is not FeeKind.LATE, fee.assessed_on))
    return [Owed(Due.FEE, fee.unpaid_cents, fee_id=fee.fee_id) for fee in unpaid]


def _interest(loan: Loan, on: date) -> list[Owed]:
    """Default interest, interest, interest on non-accrual; of each the oldest month first."""
    months = _unpaid_months(loan, on)
    return [
        Owed(due, cents, month=month)
        for due, part in (
            (Due.DEFAULT_INTEREST, "default_cents"),
            (Due.INTEREST, "interest_cents"),
            (Due.NONACCRUAL_INTEREST, "nonaccrual_cents"),
        )
        for month, unpaid in months
        if (cents := getattr(unpaid, part)) > 0
    ]


def _unpaid_months(loan: Loan, on: date) -> list[tuple[date, InterestCents]]:
    """The interest owed of every month up to a day.

    The day's own month is worked out to, excluding, the day, whatever has been accrued since: what
    a reserve paid of it later is restated once the payment is known.
    """
    this = month_of(on)
    held = loan.receivables.months
    earlier = [(month.month, month.unpaid) for month in held if month.month < this]
    accrued = interest_between(loan.timeline, this, on).rounded(loan.timeline.rounding)
    return [*earlier, (this, accrued - loan.receivables.month(this).paid)]


def _unapplied_on(loan: Loan, on: date) -> int:
    """The unapplied cash that had been received by a day; what came in later cannot pay then."""
    held_cents = loan.balance(Account.UNAPPLIED_PAYMENTS)
    payments = [paid for paid in loan.receivables.payments if paid.reversed_on is None]
    if all(payment.received_on <= on for payment in payments):
        return held_cents
    left_cents = sum(
        payment.amount_cents - sum(part.amount_cents for part in payment.allocations)
        for payment in payments
        if payment.received_on <= on
    )
    return max(0, min(held_cents, left_cents))
