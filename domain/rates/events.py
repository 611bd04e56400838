"""What can have happened to the contract rate of a loan."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.events.catalogue import Event, recorded_as


@recorded_as(
    "loan.rate_changed", version=1, stream="loan_id", partition_key="loan_id", dated="changed_on"
)
@dataclass(frozen=True, slots=True)
class RateChanged(Event):
    """The contract rate is another from a day on."""

    loan_id: UUID
    rate: Decimal
    changed_on: date


@recorded_as(
    "loan.rate_change_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
@dataclass(frozen=True, slots=True)
class RateChangeReversed(Event):
    """A change of rate does not hold from a day on; what held before it does."""

    loan_id: UUID
    rate: Decimal
    changed_on: date
    reversed_on: date
    reason: str
    reverses_event_id: UUID


RateEvent = RateChanged | RateChangeReversed
