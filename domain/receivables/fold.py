"""What each event leaves of what is owed on a loan, and of what was paid."""

from collections.abc import Callable
from datetime import date
from typing import assert_never
from uuid import UUID

from domain.interest.timeline import NO_INTEREST, InterestCents
from domain.kernel.values import replace
from domain.payments.waterfall import Allocation, Due
from domain.receivables.events import (
    ChargeEvent,
    DueEvent,
    EquityDepositReceived,
    EquityDepositReversed,
    FeeAssessed,
    FeeAssessedReversed,
    FeeWaived,
    InterestBilled,
    InterestCapitalizationReversed,
    InterestCapitalized,
    InterestCredited,
    InterestRestated,
    MoneyEvent,
    PaymentApplied,
    PaymentReceived,
    PaymentReversed,
    ProtectiveAdvanceRecorded,
    ProtectiveAdvanceReversed,
    ReceivableEvent,
)
from domain.receivables.state import (
    Deposit,
    Fee,
    InterestMonth,
    Payment,
    ProtectiveAdvance,
    Receivables,
    Waiver,
)


def evolve(owed: Receivables, event: ReceivableEvent) -> Receivables:
    """What is owed after an event."""
    if isinstance(event, DueEvent):
        return _fallen_due(owed, event)
    if isinstance(event, MoneyEvent):
        return _received(owed, event)
    return _charged(owed, event)


def _charged(owed: Receivables, event: ChargeEvent) -> Receivables:
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
        case _:
            assert_never(event)


def _received(owed: Receivables, event: MoneyEvent) -> Receivables:
    match event:
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
        case _:
            assert_never(event)


def _capitalised(
    owed: Receivables,
    event: InterestCapitalized | InterestRestated,
    accrued: InterestCents,
    capitalised_cents: int,
) -> Receivables:
    return _with_month(
        owed,
        event.month,
        lambda month: replace(
            month,
            due_on=event.capitalised_on,
            accrued=accrued,
            capitalised_cents=capitalised_cents,
        ),
    )


def _fallen_due(owed: Receivables, event: DueEvent) -> Receivables:
    match event:
        case InterestCapitalized():
            return _capitalised(owed, event, event.accrued, event.amount_cents)
        case InterestBilled():
            return _with_month(
                owed,
                event.month,
                lambda month: replace(month, due_on=event.due_on, accrued=event.accrued),
            )
        case InterestRestated():
            return _capitalised(owed, event, event.new_accrued, event.new_capitalised_cents)
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
