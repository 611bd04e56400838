"""One month's interest on one loan: the fold of its events."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from msgspec import Struct

from domain.interest.events import (
    AccrualEvent,
    InterestAccrualAdjusted,
    InterestAccrued,
    InterestPosted,
)
from domain.interest.timeline import NO_INTEREST, InterestCents
from domain.kernel.values import replace


class PeriodState(StrEnum):
    """Where a month's interest is in its life."""

    OPEN = "OPEN"
    POSTED = "POSTED"
    ADJUSTED = "ADJUSTED"


class AccrualPeriod(Struct, frozen=True):
    """A month's interest.

    Attributes:
        month: its first day.
        accrued: what has been accrued, adjustments included.
        accrued_through: the last day that an entry was made for; a day that bears nothing has
            none, and is looked at again in vain.
        adjustments: how often it was corrected.
    """

    loan_id: UUID
    month: date
    state: PeriodState = PeriodState.OPEN
    accrued: InterestCents = NO_INTEREST
    accrued_through: date | None = None
    adjustments: int = 0


def evolve(period: AccrualPeriod | None, event: AccrualEvent) -> AccrualPeriod:
    """The period after an event; any of them may be its first."""
    if period is None:
        period = AccrualPeriod(event.loan_id, event.month)
    match event:
        case InterestAccrued():
            return replace(
                period, accrued=period.accrued + event.amount, accrued_through=event.accrued_on
            )
        case InterestPosted():
            return replace(period, state=PeriodState.POSTED)
        case InterestAccrualAdjusted():
            posted = period.state is not PeriodState.OPEN
            return replace(
                period,
                state=PeriodState.ADJUSTED if posted else PeriodState.OPEN,
                accrued=period.accrued + event.delta,
                adjustments=period.adjustments + 1,
            )
        case _:
            assert_never(event)


def together(periods: Iterable[AccrualPeriod | None]) -> AccrualPeriod | None:
    """Months, oldest first, as one with the interest of all; `None` when nothing happened to any."""
    whole: AccrualPeriod | None = None
    for period in periods:
        if period is not None:
            accrued = period.accrued if whole is None else whole.accrued + period.accrued
            whole = replace(period, accrued=accrued)
    return whole
