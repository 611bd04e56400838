"""What can have happened to the contract rate of a loan."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import Event, recorded_as
from domain.kernel.rates import Rate


@recorded_as(
    "loan.rate_changed", version=1, stream="loan_id", partition_key="loan_id", dated="changed_on"
)
class RateChanged(Event, Struct, frozen=True):
    """The contract rate is another from a day on."""

    loan_id: UUID
    rate: Rate
    changed_on: date


@recorded_as(
    "loan.rate_change_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class RateChangeReversed(Event, Struct, frozen=True):
    """A change of rate does not hold from a day on; what held before it does."""

    loan_id: UUID
    rate: Rate
    changed_on: date
    reversed_on: date
    reason: str
    reverses_event_id: UUID


RateEvent = RateChanged | RateChangeReversed
