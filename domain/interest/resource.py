"""The interest of a month by its own entries, as JSON shows it."""

from typing import Any

from domain.interest.period import AccrualPeriod
from domain.interest.timeline import InterestCents
from domain.kernel.money import format_money

JsonObject = dict[str, Any]


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
        **interest_parts(period.accrued),
    }


def interest_parts(interest: InterestCents) -> JsonObject:
    """Interest as it was accrued: by contract, on top for default, and while not on accrual."""
    return {
        "contract": format_money(interest.interest_cents),
        "default": format_money(interest.default_cents),
        "nonaccrual": format_money(interest.nonaccrual_cents),
    }
