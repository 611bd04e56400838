"""What is owed on a loan besides its principal, and what was paid, as JSON shows it."""

from collections.abc import Sequence
from typing import Any

from domain.events.envelope import Recorded
from domain.interest.events import InterestAccrualAdjusted, InterestAccrued
from domain.interest.resource import interest_parts
from domain.interest.timeline import InterestCents
from domain.kernel.money import format_money
from domain.receivables.state import Fee, InterestMonth, Payment, ProtectiveAdvance

JsonObject = dict[str, Any]


def fee_resource(fee: Fee) -> JsonObject:
    """A fee, and what of it was paid, waived, and is due."""
    return {
        "fee_id": str(fee.fee_id),
        "kind": fee.kind.value,
        "amount": format_money(fee.amount_cents),
        "assessed_on": fee.assessed_on.isoformat(),
        "memo": fee.memo,
        "month": None if fee.month is None else f"{fee.month:%Y-%m}",
        "paid": format_money(fee.paid_cents),
        "waived": format_money(fee.waived_cents),
        "due": format_money(fee.unpaid_cents),
    }


def protective_advance_resource(advance: ProtectiveAdvance) -> JsonObject:
    """What was laid out to protect the collateral, and what of it is due."""
    return {
        "advance_id": str(advance.advance_id),
        "amount": format_money(advance.amount_cents),
        "advanced_on": advance.advanced_on.isoformat(),
        "payee": advance.payee,
        "purpose": advance.purpose,
        "paid": format_money(advance.paid_cents),
        "due": format_money(advance.unpaid_cents),
    }


def interest_month_resource(month: InterestMonth) -> JsonObject:
    """A month once it fell due; of an open one, only what was paid on it ahead is known here."""
    return {
        "month": f"{month.month:%Y-%m}",
        "due_on": None if month.due_on is None else month.due_on.isoformat(),
        "accrued": format_money(month.accrued.total_cents),
        "capitalized": format_money(month.capitalised_cents),
        "billed": format_money(
            month.accrued.total_cents - month.capitalised_cents if month.due_on else 0
        ),
        "paid": format_money(month.paid.total_cents),
        "due": format_money(month.unpaid.total_cents if month.due_on else 0),
    }


def payment_resource(payment: Payment) -> JsonObject:
    """A payment and what it paid, in the order in which it did."""
    return {
        "payment_id": str(payment.payment_id),
        "amount": format_money(payment.amount_cents),
        "received_on": payment.received_on.isoformat(),
        "method": payment.method,
        "external_ref": payment.external_ref,
        "reversed_on": None if payment.reversed_on is None else payment.reversed_on.isoformat(),
        "allocations": [
            {
                "due": part.due.value,
                "amount": format_money(part.amount_cents),
                "fee_id": None if part.fee_id is None else str(part.fee_id),
                "advance_id": None if part.advance_id is None else str(part.advance_id),
                "month": None if part.month is None else f"{part.month:%Y-%m}",
            }
            for part in payment.allocations
        ],
    }


def month_resource(
    month: InterestMonth, entries: Sequence[Recorded], *, with_days: bool
) -> JsonObject:
    """What a month came to by its own entries, and what became of it.

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
    shown = {
        "month": f"{month.month:%Y-%m}",
        "due_on": None if month.due_on is None else month.due_on.isoformat(),
        "accrued_daily": format_money(accrued.total_cents),
        "adjusted": format_money(adjusted.total_cents),
        "accrued": format_money(whole.total_cents),
        "parts": interest_parts(whole),
        "capitalized": format_money(month.capitalised_cents),
        "billed": format_money(billed_cents),
        "paid": format_money(month.paid.total_cents),
        "due": format_money(billed_cents - month.paid.total_cents if is_due else 0),
    }
    return shown | ({"entries": [_entry(each) for each in entries]} if with_days else {})


def _accrued(entry: Recorded) -> InterestCents:
    return entry.event.amount if isinstance(entry.event, InterestAccrued) else InterestCents()


def _adjusted(entry: Recorded) -> InterestCents:
    event = entry.event
    return event.delta if isinstance(event, InterestAccrualAdjusted) else InterestCents()


def _entry(entry: Recorded) -> JsonObject:
    """A day's entry, a correction, or the month falling due, which moves nothing."""
    amount = _accrued(entry) + _adjusted(entry)
    return {
        "event_id": str(entry.event_id),
        "type": entry.type,
        "effective_on": entry.effective_on.isoformat(),
        "amount": format_money(amount.total_cents),
    }
