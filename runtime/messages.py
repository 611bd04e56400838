"""An event as a Kafka message: CloudEvents 1.0 in binary mode, and what rebuilds its envelope.

The value is the exact payload that was hashed. Everything else travels in headers, so that a
consumer needs neither our store nor our code to place an event: ``position`` in the whole log,
``prev_position`` the position before it in the same partition, which shows a gap, and
``store_epoch``, which tells this store's messages from another's in the same topic. The relay
writes them (`relay.outgoing`).
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.events.envelope import Recorded
from domain.kernel.actors import Actor
from runtime.eventstore.codec import decode
from runtime.eventstore.records import StoredEvent

Headers = list[tuple[str, bytes]]


class ConsumedRecord(Protocol):
    """What we read of a record of `aiokafka`."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Message:
    """An event on its way to the read side, from Kafka or out of the store itself.

    Attributes:
        position: in the whole log.
        prev_position: of the event before it in its partition, 0 for the first.
        partition: on Kafka and in the store.
        partition_key: the loan or project it belongs to.
        stream_id: of its stream; ``type`` its stored name. These are known of an event that cannot
            be read, too.
        offset: of the next Kafka record after it, -1 when it came out of the store.
    """

    __slots__ = (
        "_read",
        "_recorded",
        "offset",
        "partition",
        "partition_key",
        "position",
        "prev_position",
        "stream_id",
        "type",
    )

    def __init__(
        self,
        position: int,
        prev_position: int,
        partition: int,
        partition_key: UUID,
        stream_id: UUID,
        type: str,
        read: Callable[[], Recorded],
        offset: int = -1,
    ) -> None:
        self.position = position
        self.prev_position = prev_position
        self.partition = partition
        self.partition_key = partition_key
        self.stream_id = stream_id
        self.type = type
        self.offset = offset
        self._read = read
        self._recorded: Recorded | None = None

    @property
    def recorded(self) -> Recorded:
        """The event, decoded once for all projections, and only if one wants it.

        Raises:
            ValueError, LookupError: it cannot be read, which makes it poison.
        """
        if self._recorded is None:
            self._recorded = self._read()
        return self._recorded


def from_store(events: Sequence[StoredEvent], after_position: int) -> list[Message]:
    """Messages of one partition's consecutive events, as the relay would have sent them."""
    messages = []
    for stored in events:
        messages.append(
            Message(
                stored.position,
                after_position,
                stored.partition,
                stored.partition_key,
                stored.stream_id,
                stored.type,
                stored.decode,
            )
        )
        after_position = stored.position
    return messages


def from_kafka(record: ConsumedRecord, store_epoch: UUID) -> Message | None:
    """Read a record.

    Args:
        record: as consumed.
        store_epoch: of the store we follow.

    Returns:
        The message; `None` when it is not of this store, its headers or its key are missing or say
        so. If the store has such an event all the same, its absence shows.
    """
    headers = dict(record.headers)
    if headers.get("store_epoch") != str(store_epoch).encode():
        return None
    try:
        position, prev_position = int(headers["position"]), int(headers["prev_position"])
        partition_key = UUID((record.key or b"").decode())
        stream_id, kind = UUID(headers["ce_subject"].decode()), headers["ce_type"].decode()
    except (KeyError, ValueError):
        return None
    return Message(
        position,
        prev_position,
        record.partition,
        partition_key,
        stream_id,
        kind,
        lambda: _recorded(record, headers, position, partition_key, stream_id),
        offset=record.offset + 1,
    )


def _recorded(
    record: ConsumedRecord,
    headers: dict[str, bytes],
    position: int,
    partition_key: UUID,
    stream_id: UUID,
) -> Recorded:
    kind, version = headers["ce_type"].decode(), int(headers["schema_version"])
    cause = headers.get("causation_id")
    return Recorded(
        event=decode(kind, version, record.value or b""),
        type=kind,
        schema_version=version,
        position=position,
        stream_id=stream_id,
        stream_version=int(headers["stream_version"]),
        partition=record.partition,
        partition_key=partition_key,
        actor=Actor.parse(headers["actor"].decode()),
        command_id=UUID(headers["command_id"].decode()),
        correlation_id=UUID(headers["correlation_id"].decode()),
        causation_id=None if cause is None else UUID(cause.decode()),
        effective_on=date.fromisoformat(headers["effective_on"].decode()),
        recorded_at=datetime.fromisoformat(headers["ce_time"].decode()),
    )
