"""The interest of a month by its own entries, as JSON shows it."""

from datetime import date
from uuid import UUID

from domain.interest.period import AccrualPeriod, PeriodState
from domain.interest.timeline import InterestCents
from domain.kernel.calendar import month_text
from domain.kernel.money import format_money
from domain.kernel.resource import Money, MonthText, Resource


class InterestPartsResource(Resource):
    """Interest as it was accrued: by contract, on top for default, and while not on accrual."""

    contract: Money
    default: Money
    nonaccrual: Money


class AccrualPeriodResource(Resource):
    """A month of a loan's interest by its own entries alone."""

    loan_id: UUID
    month: MonthText
    state: PeriodState
    accrued: Money
    accrued_through: date | None
    adjustments: int
    contract: Money
    default: Money
    nonaccrual: Money
    version: int = 0


def interest_parts(interest: InterestCents) -> InterestPartsResource:
    """Interest in its parts."""
    return InterestPartsResource(
        contract=format_money(interest.interest_cents),
        default=format_money(interest.default_cents),
        nonaccrual=format_money(interest.nonaccrual_cents),
    )


def period_resource(period: AccrualPeriod) -> AccrualPeriodResource:
    """The month as it stands."""
    return AccrualPeriodResource(
        loan_id=period.loan_id,
        month=month_text(period.month),
        state=period.state,
        accrued=format_money(period.accrued.total_cents),
        accrued_through=period.accrued_through,
        adjustments=period.adjustments,
        contract=format_money(period.accrued.interest_cents),
        default=format_money(period.accrued.default_cents),
        nonaccrual=format_money(period.accrued.nonaccrual_cents),
    )
