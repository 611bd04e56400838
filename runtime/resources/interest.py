"""A month of a loan's interest as JSON shows it, with the entries it is made of."""

from collections.abc import Sequence
from typing import Any

from domain.events.envelope import Recorded
from domain.interest.events import InterestAccrualAdjusted, InterestAccrued
from domain.interest.period import AccrualPeriod
from domain.interest.timeline import InterestCents
from domain.kernel.money import format_money
from domain.receivables.state import InterestMonth
from runtime.http import NullableText

JsonObject = dict[str, Any]


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
        "parts": _parts(whole),
        "capitalized": format_money(month.capitalised_cents),
        "billed": format_money(billed_cents),
        "paid": format_money(month.paid.total_cents),
        "due": format_money(billed_cents - month.paid.total_cents if is_due else 0),
    }
    return shown | ({"entries": [_entry(each) for each in entries]} if with_days else {})


def period_resource(period: AccrualPeriod) -> JsonObject:
    """A month by its own entries alone."""
    through = period.accrued_through
    return {
        "loan_id": str(period.loan_id),
        "month": f"{period.month:%Y-%m}",
        "state": period.state.value,
        "accrued": format_money(period.accrued.total_cents),
        "accrued_through": None if through is None else through.isoformat(),
        "adjustments": period.adjustments,
        **_parts(period.accrued),
    }


def _accrued(entry: Recorded) -> InterestCents:
    return entry.event.amount if isinstance(entry.event, InterestAccrued) else InterestCents()


def _adjusted(entry: Recorded) -> InterestCents:
    event = entry.event
    return event.delta if isinstance(event, InterestAccrualAdjusted) else InterestCents()


def _parts(interest: InterestCents) -> JsonObject:
    return {
        "contract": format_money(interest.interest_cents),
        "default": format_money(interest.default_cents),
        "nonaccrual": format_money(interest.nonaccrual_cents),
    }


def _entry(entry: Recorded) -> JsonObject:
    """A day's entry, a correction, or the month falling due, which moves nothing."""
    amount = _accrued(entry) + _adjusted(entry)
    return {
        "event_id": str(entry.event_id),
        "type": entry.type,
        "effective_on": entry.effective_on.isoformat(),
        "amount": format_money(amount.total_cents),
    }


MONTH: JsonObject = {
    "month": "2025-03",
    "due_on": NullableText("2025-04-01"),
    "accrued_daily": "2775.69",
    "adjusted": "-123.77",
    "accrued": "2651.92",
    "parts": {"contract": "2651.92", "default": "0.00", "nonaccrual": "0.00"},
    "capitalized": "2651.92",
    "billed": "0.00",
    "paid": "0.00",
    "due": "0.00",
}
"""A month that was corrected, as the documentation shows it."""
