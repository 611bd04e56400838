"""What can have happened to one month's interest on one loan."""

from datetime import date
from uuid import UUID, uuid5

from msgspec import Struct

from domain.events.catalogue import Event, Step, recorded_as
from domain.interest.timeline import InterestCents
from domain.ledger.entries import FinancialEvent, Postings


def period_id(loan_id: UUID, month: date) -> UUID:
    """The stream of a loan's interest in a month, named by its first day."""
    return uuid5(loan_id, f"accrual:{month:%Y-%m}")


@recorded_as(
    "accrual.accrued",
    version=1,
    stream="period_id",
    partition_key="loan_id",
    dated="accrued_on",
)
class InterestAccrued(FinancialEvent, Struct, frozen=True):
    """One day's interest was earned: what the running sum, rounded, grew by."""

    loan_id: UUID
    period_id: UUID
    month: date
    accrued_on: date
    amount: InterestCents
    postings: Postings


@recorded_as(
    "accrual.posted", version=1, stream="period_id", partition_key="loan_id", dated="posted_on"
)
class InterestPosted(Event, Struct, frozen=True):
    """The month was over, and its interest due."""

    loan_id: UUID
    period_id: UUID
    month: date
    posted_on: date
    amount: InterestCents


@recorded_as(
    "accrual.adjusted",
    version=1,
    stream="period_id",
    partition_key="loan_id",
    dated="adjusted_on",
)
class InterestAccrualAdjusted(FinancialEvent, Struct, frozen=True):
    """Something earlier became known, and the interest of these days with it.

    Attributes:
        adjusted_on: the last accrued day of the month, on which the difference counts.
        old: what had been accrued; ``new`` what is right; ``delta`` their difference, posted.
    """

    loan_id: UUID
    period_id: UUID
    month: date
    adjusted_on: date
    old: InterestCents
    new: InterestCents
    delta: InterestCents
    postings: Postings


AccrualEvent = InterestAccrued | InterestPosted | InterestAccrualAdjusted


@recorded_as("loan.accrual_period_opened", version=1, stream="loan_id", partition_key="loan_id")
class AccrualPeriodOpened(Step, Struct, frozen=True):
    """A month's interest began its own stream; ``month`` is its first day."""

    loan_id: UUID
    month: date
