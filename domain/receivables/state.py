"""What is owed on a loan besides its principal, and what was paid: a part of the loan's state."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.interest.timeline import NO_INTEREST, InterestCents, next_month
from domain.kernel.values import replace
from domain.payments.waterfall import Allocation
from domain.receivables.events import FeeKind


class Fee(Struct, frozen=True):
    """A fee, in cents; ``month`` is set on a late charge, and names the month that came late."""

    fee_id: UUID
    kind: FeeKind
    amount_cents: int
    assessed_on: date
    memo: str | None
    month: date | None = None
    paid_cents: int = 0
    waived_cents: int = 0

    @property
    def unpaid_cents(self) -> int:
        """What is still owed of it."""
        return self.amount_cents - self.paid_cents - self.waived_cents


class Waiver(Struct, frozen=True):
    """A waiver of a fee or part of it, in cents."""

    waiver_id: UUID | None
    fee_id: UUID
    amount_cents: int
    waived_on: date


class ProtectiveAdvance(Struct, frozen=True):
    """What the lender paid to protect the property, in cents."""

    advance_id: UUID
    amount_cents: int
    advanced_on: date
    payee: str
    purpose: str
    paid_cents: int = 0

    @property
    def unpaid_cents(self) -> int:
        """What the borrower has not paid back."""
        return self.amount_cents - self.paid_cents


class InterestMonth(Struct, frozen=True):
    """A month's interest as the borrower owes it.

    Attributes:
        month: its first day.
        due_on: when it fell due, `None` while the month is open.
        accrued: the whole month's interest, known here once it fell due; before that it is the
            accrual period's.
        capitalised_cents: paid from the reserve; ``paid`` by the borrower, perhaps ahead.
        billed_only: its capitalisation was reversed, so the reserve pays none of it again.
        ahead_cents: contract interest paid, by value date, before it fell due; the reserve pays
            only what that left, however late the payment became known.
        reversed_cents: what had been capitalised when that was reversed.
        reserve_limit_cents: all that the reserve had ever paid or could pay when this month fell
            due. A reserve raised since pays no more of the month.
        late_charged: a late charge was assessed on it, which happens once, even if it was reversed.
    """

    month: date
    due_on: date | None = None
    accrued: InterestCents = NO_INTEREST
    capitalised_cents: int = 0
    paid: InterestCents = NO_INTEREST
    billed_only: bool = False
    ahead_cents: int = 0
    reversed_cents: int = 0
    reserve_limit_cents: int = 0
    late_charged: bool = False

    def with_paid(self, on: date, paid: InterestCents) -> "InterestMonth":
        """With some of it paid on a day or, below zero, owed again."""
        is_ahead = on < next_month(self.month)
        return replace(
            self,
            paid=self.paid + paid,
            ahead_cents=self.ahead_cents + (paid.interest_cents if is_ahead else 0),
        )

    @property
    def unpaid(self) -> InterestCents:
        """What is still owed; of an open month, without what its accrual period holds."""
        return InterestCents(
            self.accrued.interest_cents - self.paid.interest_cents - self.capitalised_cents,
            self.accrued.default_cents - self.paid.default_cents,
            self.accrued.nonaccrual_cents - self.paid.nonaccrual_cents,
        )


class Payment(Struct, frozen=True):
    """A payment, in cents, and what it paid.

    Attributes:
        applied_on: the day on which it paid that; a payoff after the cut-off pays on a later day
            than it was received.
    """

    payment_id: UUID
    amount_cents: int
    received_on: date
    method: str
    external_ref: str | None
    allocations: tuple[Allocation, ...] = ()
    reversed_on: date | None = None
    applied_on: date | None = None


class Deposit(Struct, frozen=True):
    """Equity paid in, in cents."""

    deposit_id: UUID
    amount_cents: int
    received_on: date
    external_ref: str | None
    reversed_on: date | None = None


class Receivables(Struct, frozen=True):
    """Everything owed besides principal, each in the order in which it came up.

    Attributes:
        waivers: as they were recorded, those of fees struck since included.
        struck_fees: fees that were reversed, and ``struck_advances`` protective advances that were:
            nobody owes them, and the commands that recorded them are known when they come again.
    """

    fees: tuple[Fee, ...] = ()
    protective_advances: tuple[ProtectiveAdvance, ...] = ()
    months: tuple[InterestMonth, ...] = ()
    payments: tuple[Payment, ...] = ()
    deposits: tuple[Deposit, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    struck_fees: tuple[Fee, ...] = ()
    struck_advances: tuple[ProtectiveAdvance, ...] = ()

    def fee(self, fee_id: UUID) -> Fee | None:
        """The fee with this id, if there is one."""
        return next((fee for fee in self.fees if fee.fee_id == fee_id), None)

    def charged_fee(self, fee_id: UUID) -> Fee | None:
        """The fee that ever had this id, struck since or not."""
        known = (*self.struck_fees, *self.fees)
        return next((fee for fee in known if fee.fee_id == fee_id), None)

    def payment(self, payment_id: UUID) -> Payment | None:
        """The payment with this id, if there is one."""
        return next((paid for paid in self.payments if paid.payment_id == payment_id), None)

    def month(self, month: date) -> InterestMonth:
        """A month's interest; of a month not seen yet, an open one with nothing paid."""
        return next((m for m in self.months if m.month == month), InterestMonth(month))

    def reserve_used_cents(self, through: date) -> int:
        """All that the reserve ever paid of the months through one, even if it was reversed."""
        return sum(
            month.capitalised_cents + month.reversed_cents
            for month in self.months
            if month.month <= through
        )

    @property
    def deposited_cents(self) -> int:
        """All equity ever paid in and not taken back."""
        return sum(deposit.amount_cents for deposit in self.deposits if not deposit.reversed_on)
