"""What is owed on a loan besides its principal, and what was paid: a part of the loan's state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

from domain.interest.timeline import NO_INTEREST, InterestCents, next_month
from domain.kernel.copying import replace
from domain.receivables.events import (
    EquityDepositReceived,
    EquityDepositReversed,
    FeeAssessed,
    FeeAssessedReversed,
    FeeKind,
    FeeWaived,
    InterestBilled,
    InterestCapitalizationReversed,
    InterestCapitalized,
    InterestCredited,
    InterestRestated,
    PaymentApplied,
    PaymentReceived,
    PaymentReversed,
    ProtectiveAdvanceRecorded,
    ProtectiveAdvanceReversed,
    ReceivableEvent,
)
from domain.receivables.waterfall import Allocation, Due


@dataclass(frozen=True, slots=True)
class Fee:
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


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver of a fee or part of it, in cents."""

    waiver_id: UUID | None
    fee_id: UUID
    amount_cents: int
    waived_on: date


@dataclass(frozen=True, slots=True)
class ProtectiveAdvance:
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


@dataclass(frozen=True, slots=True)
class InterestMonth:
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


@dataclass(frozen=True, slots=True)
class Payment:
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


@dataclass(frozen=True, slots=True)
class Deposit:
    """Equity paid in, in cents."""

    deposit_id: UUID
    amount_cents: int
    received_on: date
    external_ref: str | None
    reversed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Receivables:
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


def evolve(owed: Receivables, event: ReceivableEvent) -> Receivables:  # noqa: C901  # one arm an event
    """What is owed after an event."""
    match event:
        case FeeAssessed():
            fee = Fee(
                event.fee_id,
                event.kind,
                event.amount_cents,
                event.assessed_on,
                event.memo,
                event.month,
            )
            charged = replace(owed, fees=(*owed.fees, fee))
            if event.month is None:
                return charged
            return _with_month(
                charged, event.month, lambda month: replace(month, late_charged=True)
            )
        case FeeWaived():
            waiver = Waiver(event.waiver_id, event.fee_id, event.amount_cents, event.waived_on)
            owed = replace(owed, waivers=(*owed.waivers, waiver))
            return _with_fee(owed, event.fee_id, waived_cents=event.amount_cents)
        case FeeAssessedReversed():
            return _without_fee(owed, event.fee_id)
        case ProtectiveAdvanceRecorded():
            advance = ProtectiveAdvance(
                event.advance_id,
                event.amount_cents,
                event.advanced_on,
                event.payee,
                event.purpose,
            )
            return replace(owed, protective_advances=(*owed.protective_advances, advance))
        case ProtectiveAdvanceReversed():
            return _without_advance(owed, event.advance_id)
        case EquityDepositReceived():
            deposit = Deposit(
                event.deposit_id, event.amount_cents, event.received_on, event.external_ref
            )
            return replace(owed, deposits=(*owed.deposits, deposit))
        case EquityDepositReversed():
            return replace(
                owed,
                deposits=tuple(
                    replace(d, reversed_on=event.reversed_on)
                    if d.deposit_id == event.deposit_id
                    else d
                    for d in owed.deposits
                ),
            )
        case PaymentReceived():
            payment = Payment(
                event.payment_id,
                event.amount_cents,
                event.received_on,
                event.method,
                event.external_ref,
            )
            return replace(owed, payments=(*owed.payments, payment))
        case PaymentApplied():
            return _paid(_with_payment(owed, event), event.applied_on, event.allocations, 1)
        case PaymentReversed():
            return _paid(_with_payment(owed, event), event.reversed_on, event.allocations, -1)
        case InterestCapitalized():
            return _with_month(
                owed,
                event.month,
                lambda month: replace(
                    month,
                    due_on=event.capitalised_on,
                    accrued=event.accrued,
                    capitalised_cents=event.amount_cents,
                ),
            )
        case InterestBilled():
            return _with_month(
                owed,
                event.month,
                lambda month: replace(month, due_on=event.due_on, accrued=event.accrued),
            )
        case InterestRestated():
            return _with_month(
                owed,
                event.month,
                lambda month: replace(
                    month,
                    due_on=event.capitalised_on,
                    accrued=event.new_accrued,
                    capitalised_cents=event.new_capitalised_cents,
                ),
            )
        case InterestCredited():
            return _with_month(
                owed,
                event.month,
                lambda month: month.with_paid(event.credited_on, NO_INTEREST - event.amount),
            )
        case InterestCapitalizationReversed():
            return _with_month(
                owed,
                event.month,
                lambda month: replace(
                    month,
                    capitalised_cents=0,
                    billed_only=True,
                    reversed_cents=month.reversed_cents + month.capitalised_cents,
                ),
            )
        case _:
            assert_never(event)


def with_reserve_limit(owed: Receivables, month: date, left_cents: int) -> Receivables:
    """With what the reserve can pay of a month that is about to fall due; of no other.

    Args:
        owed: as it stands.
        month: its first day.
        left_cents: what may still be capitalised.
    """
    if owed.month(month).due_on is not None:
        return owed
    limit_cents = owed.reserve_used_cents(month) + left_cents
    return _with_month(owed, month, lambda held: replace(held, reserve_limit_cents=limit_cents))


def _with_month(
    owed: Receivables, month: date, change: Callable[[InterestMonth], InterestMonth]
) -> Receivables:
    others = [held for held in owed.months if held.month != month]
    changed = sorted([*others, change(owed.month(month))], key=lambda held: held.month)
    return replace(owed, months=tuple(changed))


def _with_fee(
    owed: Receivables, fee_id: UUID, *, paid_cents: int = 0, waived_cents: int = 0
) -> Receivables:
    return replace(
        owed,
        fees=tuple(
            replace(
                fee,
                paid_cents=fee.paid_cents + paid_cents,
                waived_cents=fee.waived_cents + waived_cents,
            )
            if fee.fee_id == fee_id
            else fee
            for fee in owed.fees
        ),
    )


def _without_fee(owed: Receivables, fee_id: UUID) -> Receivables:
    kept = tuple(fee for fee in owed.fees if fee.fee_id != fee_id)
    struck = tuple(fee for fee in owed.fees if fee.fee_id == fee_id)
    return replace(owed, fees=kept, struck_fees=(*owed.struck_fees, *struck))


def _without_advance(owed: Receivables, advance_id: UUID) -> Receivables:
    advances = owed.protective_advances
    kept = tuple(advance for advance in advances if advance.advance_id != advance_id)
    struck = tuple(advance for advance in advances if advance.advance_id == advance_id)
    return replace(owed, protective_advances=kept, struck_advances=(*owed.struck_advances, *struck))


def _with_payment(owed: Receivables, event: PaymentApplied | PaymentReversed) -> Receivables:
    def changed(payment: Payment) -> Payment:
        if payment.payment_id != event.payment_id:
            return payment
        if isinstance(event, PaymentApplied):
            return replace(payment, allocations=event.allocations, applied_on=event.applied_on)
        return replace(payment, reversed_on=event.reversed_on)

    return replace(owed, payments=tuple(changed(payment) for payment in owed.payments))


def _paid(
    owed: Receivables, on: date, allocations: tuple[Allocation, ...], sign: int
) -> Receivables:
    """What is owed once allocations are paid or, with a sign of -1, taken back."""
    for part in allocations:
        owed = _paid_one(owed, on, part, sign * part.amount_cents)
    return owed


def _paid_one(owed: Receivables, on: date, part: Allocation, cents: int) -> Receivables:
    match part.due:
        case Due.FEE:
            return _with_fee(owed, _named(part.fee_id), paid_cents=cents)
        case Due.PROTECTIVE_ADVANCE:
            return replace(
                owed,
                protective_advances=tuple(
                    replace(advance, paid_cents=advance.paid_cents + cents)
                    if advance.advance_id == part.advance_id
                    else advance
                    for advance in owed.protective_advances
                ),
            )
        case Due.DEFAULT_INTEREST:
            return _with_interest_paid(owed, on, part, InterestCents(0, cents, 0))
        case Due.INTEREST:
            return _with_interest_paid(owed, on, part, InterestCents(cents, 0, 0))
        case Due.NONACCRUAL_INTEREST:
            return _with_interest_paid(owed, on, part, InterestCents(0, 0, cents))
        case Due.PRINCIPAL:
            return owed
        case _:
            assert_never(part.due)


def _with_interest_paid(
    owed: Receivables, on: date, part: Allocation, paid: InterestCents
) -> Receivables:
    if part.month is None:
        raise ValueError("interest is paid for a month")
    return _with_month(owed, part.month, lambda month: month.with_paid(on, paid))


def _named(identity: UUID | None) -> UUID:
    if identity is None:
        raise ValueError("an allocation names what it pays")
    return identity
