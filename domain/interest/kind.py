"""The kind of stream that a month of a loan's interest is."""

from datetime import date
from typing import get_args
from uuid import UUID

from domain.interest.events import AccrualEvent, period_id
from domain.interest.period import AccrualPeriod, evolve
from domain.interest.resource import AccrualPeriodResource, period_resource
from domain.kernel.actors import Actor
from domain.kinds import Kind, Stream


def _shown(period: AccrualPeriod, _: Actor) -> AccrualPeriodResource:
    return period_resource(period)


ACCRUAL_PERIOD = Kind(
    name="month of interest",
    state=AccrualPeriod,
    evolve=evolve,
    begins_with=get_args(AccrualEvent),
    resource=_shown,
)


def month_stream(loan_id: UUID, month: date, *, begins: bool = False) -> Stream:
    """A month of a loan's interest, named by its first day."""
    return Stream(ACCRUAL_PERIOD, period_id(loan_id, month), begins)
