"""What goes into the store, and what comes out of it."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct, field

from domain.events.catalogue import Event
from domain.events.envelope import Recorded
from domain.kernel.actors import Actor
from runtime.eventstore.codec import decode


class Store(Struct, frozen=True):
    """One event store: its identity, and into how many partitions its loans are spread."""

    epoch: UUID
    partition_count: int


class Proposed(Struct, frozen=True):
    """An event that a command decided, with the version it would take in its stream."""

    event: Event
    stream_version: int
    effective_on: date


class Append(Struct, frozen=True):
    """All that one command appends, together or not at all, and the answer to keep for repeats.

    Attributes:
        command_id: the same when the same command is sent again.
        payload_hash: of what was asked; another one under the same id is refused.
        proposed: perhaps nothing, when the command found all as it should be.
        read: the versions of the streams that the decision rests on; they must still hold, for
            those too to which nothing is proposed.
        status: of HTTP, ``body`` and ``version`` (the ETag): the stored answer.
    """

    command_id: UUID
    payload_hash: bytes
    actor: Actor
    correlation_id: UUID
    causation_id: UUID | None
    proposed: tuple[Proposed, ...]
    status: int
    body: bytes
    version: int
    read: Mapping[UUID, int] = field(default_factory=dict)


class Appended(Struct, frozen=True):
    """It is on disk, at these positions; at none, when nothing was proposed."""

    first_position: int | None
    last_position: int | None
    recorded_at: datetime

    @property
    def events(self) -> int:
        """How many."""
        if self.first_position is None or self.last_position is None:
            return 0
        return self.last_position - self.first_position + 1


class Replayed(Struct, frozen=True):
    """It had been done before, and was answered so."""

    status: int
    body: bytes
    version: int
    last_position: int | None


class VersionConflict(Struct, frozen=True):
    """Somebody else appended to one of its streams; nothing was stored."""


class KeyMismatch(Struct, frozen=True):
    """Its command id was used for another command; nothing was stored."""


Outcome = Appended | Replayed | VersionConflict | KeyMismatch


class StoredEvent(Struct, frozen=True):
    """A row of the log, its payload as it was hashed."""

    position: int
    stream_id: UUID
    stream_version: int
    partition: int
    partition_key: UUID
    type: str
    schema_version: int
    payload: bytes
    actor: str
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    effective_on: date
    recorded_at: datetime
    leaf_hash: bytes

    def decode(self) -> Recorded:
        """The event in memory.

        Raises:
            LookupError, ValueError: see `runtime.eventstore.codec.decode`.
        """
        return Recorded(
            event=decode(self.type, self.schema_version, self.payload),
            type=self.type,
            schema_version=self.schema_version,
            position=self.position,
            stream_id=self.stream_id,
            stream_version=self.stream_version,
            partition=self.partition,
            partition_key=self.partition_key,
            actor=Actor.parse(self.actor),
            command_id=self.command_id,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
            effective_on=self.effective_on,
            recorded_at=self.recorded_at,
        )


EVENT_COLUMNS = ", ".join(StoredEvent.__struct_fields__)
