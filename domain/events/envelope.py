"""An event as it was recorded: the fact, and who, when and where."""

from datetime import date, datetime
from uuid import UUID, uuid5

from msgspec import Struct

from domain.events.catalogue import Event
from domain.kernel.actors import Actor


class Recorded(Struct, frozen=True):
    """An event with its place in the log and its two clocks.

    Attributes:
        event: the fact itself.
        type: its stored name, and ``schema_version`` as stored (before upcasting).
        position: its place in the whole log: gapless, in commit order, from 1.
        stream_id: the loan or draw it happened to; ``stream_version`` counts from 1.
        partition_key: the loan or project that orders it; ``partition`` its number on Kafka.
        effective_on: the lender's date, on which it counts.
        recorded_at: our clock (UTC, the database's), at which it became known.
    """

    event: Event
    type: str
    schema_version: int
    position: int
    stream_id: UUID
    stream_version: int
    partition: int
    partition_key: UUID
    actor: Actor
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    effective_on: date
    recorded_at: datetime

    @property
    def event_id(self) -> UUID:
        """A name for this event that follows from its place in its stream."""
        return event_id(self.stream_id, self.stream_version)


def event_id(stream_id: UUID, stream_version: int) -> UUID:
    """The id of the event at one version of one stream; the same wherever it is computed."""
    return uuid5(stream_id, str(stream_version))
