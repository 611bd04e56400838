"""What is owed on a loan besides its principal, and what was paid, as JSON shows it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from domain.events.envelope import Recorded
from domain.interest.events import InterestAccrualAdjusted, InterestAccrued
from domain.interest.resource import InterestPartsResource, interest_parts
from domain.interest.timeline import InterestCents
from domain.kernel.calendar import month_text
from domain.kernel.money import format_money
from domain.kernel.resource import Money, MonthText, Resource
from domain.payments.waterfall import Due
from domain.receivables.events import FeeKind
from domain.receivables.state import Fee, InterestMonth, Payment, ProtectiveAdvance


class FeeResource(Resource):
    """A fee, and what of it was paid, waived, and is due."""

    fee_id: UUID
    kind: FeeKind
    amount: Money
    assessed_on: date
    memo: str | None
    month: MonthText | None
    paid: Money
    waived: Money
    due: Money


class ProtectiveAdvanceResource(Resource):
    """What was laid out to protect the collateral, and what of it is due."""

    advance_id: UUID
    amount: Money
    advanced_on: date
    payee: str
    purpose: str
    paid: Money
    due: Money


class InterestMonthResource(Resource):
    """A month once it fell due; of an open one, only what was paid on it ahead is known here."""

    month: MonthText
    due_on: date | None
    accrued: Money
    capitalized: Money
    billed: Money
    paid: Money
    due: Money


class AllocationResource(Resource):
    """What a part of a payment paid."""

    due: Due
    amount: Money
    fee_id: UUID | None
    advance_id: UUID | None
    month: MonthText | None


class PaymentResource(Resource):
    """A payment and what it paid, in the order in which it did."""

    payment_id: UUID
    amount: Money
    received_on: date
    method: str
    external_ref: str | None
    reversed_on: date | None
    allocations: list[AllocationResource]


class LoanPaymentResource(Resource):
    """A payment beside the loan that it was made on."""

    loan_id: UUID
    payment_id: UUID
    amount: Money
    received_on: date
    method: str
    external_ref: str | None
    reversed_on: date | None
    allocations: list[AllocationResource]


class InterestEntryResource(Resource):
    """A day's entry, a correction, or the month falling due, which moves nothing."""

    event_id: UUID
    type: str
    effective_on: date
    amount: Money


class InterestOfMonthResource(Resource):
    """What a month came to by its own entries, and what became of it."""

    month: MonthText
    due_on: date | None
    accrued_daily: Money
    adjusted: Money
    accrued: Money
    parts: InterestPartsResource
    capitalized: Money
    billed: Money
    paid: Money
    due: Money
    entries: list[InterestEntryResource] | UnsetType = UNSET


def fee_resource(fee: Fee) -> FeeResource:
    """The fee as it stands."""
    return FeeResource(
        fee_id=fee.fee_id,
        kind=fee.kind,
        amount=format_money(fee.amount_cents),
        assessed_on=fee.assessed_on,
        memo=fee.memo,
        month=None if fee.month is None else month_text(fee.month),
        paid=format_money(fee.paid_cents),
        waived=format_money(fee.waived_cents),
        due=format_money(fee.unpaid_cents),
    )


def protective_advance_resource(advance: ProtectiveAdvance) -> ProtectiveAdvanceResource:
    """The advance as it stands."""
    return ProtectiveAdvanceResource(
        advance_id=advance.advance_id,
        amount=format_money(advance.amount_cents),
        advanced_on=advance.advanced_on,
        payee=advance.payee,
        purpose=advance.purpose,
        paid=format_money(advance.paid_cents),
        due=format_money(advance.unpaid_cents),
    )


def interest_month_resource(month: InterestMonth) -> InterestMonthResource:
    """The month as the loan knows it."""
    is_due = month.due_on is not None
    billed_cents = month.accrued.total_cents - month.capitalised_cents
    return InterestMonthResource(
        month=month_text(month.month),
        due_on=month.due_on,
        accrued=format_money(month.accrued.total_cents),
        capitalized=format_money(month.capitalised_cents),
        billed=format_money(billed_cents if is_due else 0),
        paid=format_money(month.paid.total_cents),
        due=format_money(month.unpaid.total_cents if is_due else 0),
    )


def loan_payment_resource(loan_id: UUID, payment: Payment) -> LoanPaymentResource:
    """The payment as it stands, of a loan."""
    return LoanPaymentResource(loan_id=loan_id, **asdict(payment_resource(payment)))


def payment_resource(payment: Payment) -> PaymentResource:
    """The payment as it stands."""
    return PaymentResource(
        payment_id=payment.payment_id,
        amount=format_money(payment.amount_cents),
        received_on=payment.received_on,
        method=payment.method,
        external_ref=payment.external_ref,
        reversed_on=payment.reversed_on,
        allocations=[
            AllocationResource(
                due=part.due,
                amount=format_money(part.amount_cents),
                fee_id=part.fee_id,
                advance_id=part.advance_id,
                month=None if part.month is None else month_text(part.month),
            )
            for part in payment.allocations
        ],
    )


def month_resource(
    month: InterestMonth, entries: Sequence[Recorded], *, with_days: bool
) -> InterestOfMonthResource:
    """A month by its own entries.

    Args:
        month: as the loan knows it once it fell due; before that, only what was paid ahead.
        entries: of the month, as recorded.
        with_days: show every entry.
    """
    accrued = sum((_accrued(entry) for entry in entries), InterestCents())
    adjusted = sum((_adjusted(entry) for entry in entries), InterestCents())
    whole = accrued + adjusted
    is_due = month.due_on is not None
    billed_cents = whole.total_cents - month.capitalised_cents if is_due else 0
    return InterestOfMonthResource(
        month=month_text(month.month),
        due_on=month.due_on,
        accrued_daily=format_money(accrued.total_cents),
        adjusted=format_money(adjusted.total_cents),
        accrued=format_money(whole.total_cents),
        parts=interest_parts(whole),
        capitalized=format_money(month.capitalised_cents),
        billed=format_money(billed_cents),
        paid=format_money(month.paid.total_cents),
        due=format_money(billed_cents - month.paid.total_cents if is_due else 0),
        entries=[_entry(each) for each in entries] if with_days else UNSET,
    )


def _accrued(entry: Recorded) -> InterestCents:
    return entry.event.amount if isinstance(entry.event, InterestAccrued) else InterestCents()


def _adjusted(entry: Recorded) -> InterestCents:
    event = entry.event
    return event.delta if isinstance(event, InterestAccrualAdjusted) else InterestCents()


def _entry(entry: Recorded) -> InterestEntryResource:
    amount = _accrued(entry) + _adjusted(entry)
    return InterestEntryResource(
        event_id=entry.event_id,
        type=entry.type,
        effective_on=entry.effective_on,
        amount=format_money(amount.total_cents),
    )
