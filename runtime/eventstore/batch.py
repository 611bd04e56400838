"""One call of ``ledger.append``: many commands, one lock, one commit."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import CATALOGUE
from runtime import arrays
from runtime.eventstore.codec import encode
from runtime.eventstore.hashing import leaf_hash
from runtime.eventstore.partitions import partition_of
from runtime.eventstore.records import (
    Append,
    Appended,
    KeyMismatch,
    Outcome,
    Proposed,
    Replayed,
    VersionConflict,
)

Writer = Callable[[Sequence[Any]], arrays.BinaryArray]

_REQUEST_COLUMNS: tuple[tuple[str, Writer], ...] = (
    ("r_command_id", arrays.uuids),
    ("r_payload_hash", arrays.byteas),
    ("r_events", arrays.ints),
    ("r_status", arrays.ints),
    ("r_version", arrays.ints),
    ("r_body", arrays.byteas),
)
_STREAM_COLUMNS: tuple[tuple[str, Writer], ...] = (
    ("s_request", arrays.ints),
    ("s_stream_id", arrays.uuids),
    ("s_expected", arrays.ints),
)
_EVENT_COLUMNS: tuple[tuple[str, Writer], ...] = (
    ("e_request", arrays.ints),
    ("e_stream_id", arrays.uuids),
    ("e_stream_version", arrays.ints),
    ("e_partition", arrays.ints),
    ("e_partition_key", arrays.uuids),
    ("e_type", arrays.texts),
    ("e_schema_version", arrays.ints),
    ("e_actor", arrays.texts),
    ("e_command_id", arrays.uuids),
    ("e_correlation_id", arrays.uuids),
    ("e_causation_id", arrays.uuids),
    ("e_effective_on", arrays.dates),
    ("e_leaf_hash", arrays.byteas),
    ("e_payload", arrays.byteas),
)
_COLUMNS = [name for name, _ in (*_REQUEST_COLUMNS, *_STREAM_COLUMNS, *_EVENT_COLUMNS)]
APPEND = f"SELECT * FROM ledger.append({', '.join(f'%({name})b' for name in _COLUMNS)})"  # noqa: S608  # constant columns


class Prepared(Struct, frozen=True):
    """A request as the columns take it.

    It is encoded before it queues: who brings what cannot be encoded fails alone, and while a flush
    is on its way the next one is made ready.

    Attributes:
        row: of the columns ``r_*``.
        expected: the version that each of its streams must be at.
        written: the streams that it appends to; the others it expects, it has only read.
        events: rows of the columns ``e_*``, without the number of the request.
    """

    row: tuple[Any, ...]
    expected: dict[UUID, int]
    written: frozenset[UUID]
    events: list[tuple[Any, ...]]

    @property
    def command_id(self) -> UUID:
        """What tells a repeat."""
        identity: UUID = self.row[0]
        return identity

    @classmethod
    def of(
        cls, row: tuple[Any, ...], events: list[tuple[Any, ...]], read: Mapping[UUID, int]
    ) -> Self:
        """A request with what it rests on: the versions that were read, and those before its own.

        Raises:
            ValueError: the versions of a stream are not consecutive.
        """
        expected = dict(read)
        latest: dict[UUID, int] = {}
        for event in events:
            stream_id, version = event[:2]
            before = latest.get(stream_id)
            if before is None:
                expected[stream_id] = version - 1
            elif version != before + 1:
                raise ValueError(f"the versions of stream {stream_id} are not consecutive")
            latest[stream_id] = version
        return cls(row, expected, frozenset(latest), events)


def prepare(request: Append, partition_count: int) -> Prepared:
    """Encode a request.

    Raises:
        ValueError: the versions proposed for a stream are not consecutive.
        TypeError: an event holds what cannot be stored.
    """
    actor = str(request.actor)
    events = [_event(request, proposed, actor, partition_count) for proposed in request.proposed]
    row = (
        request.command_id,
        request.payload_hash,
        len(events),
        request.status,
        request.version,
        request.body,
    )
    return Prepared.of(row, events, request.read)


def _event(
    request: Append, proposed: Proposed, actor: str, partition_count: int
) -> tuple[Any, ...]:
    event = proposed.event
    kind = CATALOGUE.of(event)
    return event_row(
        stream_id=getattr(event, kind.stream),
        stream_version=proposed.stream_version,
        partition_key=getattr(event, kind.partition_key),
        partition_count=partition_count,
        type=kind.name,
        schema_version=kind.version,
        actor=actor,
        command_id=request.command_id,
        correlation_id=request.correlation_id,
        causation_id=request.causation_id,
        effective_on=proposed.effective_on,
        payload=encode(event),
    )


def event_row(
    *,
    stream_id: UUID,
    stream_version: int,
    partition_key: UUID,
    partition_count: int,
    type: str,
    schema_version: int,
    actor: str,
    command_id: UUID,
    correlation_id: UUID,
    causation_id: UUID | None,
    effective_on: date,
    payload: bytes,
) -> tuple[Any, ...]:
    """An event's columns, with its partition and its leaf."""
    leaf = leaf_hash(
        stream_id=stream_id,
        stream_version=stream_version,
        type=type,
        schema_version=schema_version,
        command_id=command_id,
        actor=actor,
        effective_on=effective_on,
        payload=payload,
    )
    return (
        stream_id,
        stream_version,
        partition_of(partition_key, partition_count),
        partition_key,
        type,
        schema_version,
        actor,
        command_id,
        correlation_id,
        causation_id,
        effective_on,
        leaf,
        payload,
    )


def parameters(batch: Sequence[Prepared]) -> dict[str, arrays.BinaryArray]:
    """The arguments of one call.

    No two requests may share a command id, nor a stream that one of them appends to: all are
    compared with what the store held before any of them.
    """
    numbered = list(enumerate(batch, start=1))
    streams = [
        (number, stream_id, version)
        for number, prepared in numbered
        for stream_id, version in prepared.expected.items()
    ]
    events = [(number, *event) for number, prepared in numbered for event in prepared.events]
    return {
        **_written(_REQUEST_COLUMNS, [prepared.row for prepared in batch]),
        **_written(_STREAM_COLUMNS, streams),
        **_written(_EVENT_COLUMNS, events),
    }


def _written(
    columns: Sequence[tuple[str, Writer]], rows: Sequence[tuple[Any, ...]]
) -> dict[str, arrays.BinaryArray]:
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    return {name: write(column) for (name, write), column in zip(columns, values, strict=True)}


EventRow = tuple[
    int, str, int | None, int | None, datetime | None, int | None, int | None, bytes | None
]


def outcomes(rows: Sequence[EventRow]) -> dict[int, Outcome]:
    """What became of each request, by its number from 0."""
    return {row[0] - 1: _outcome(row) for row in rows}


def _outcome(row: EventRow) -> Outcome:
    _, outcome, first, last, recorded_at, status, version, body = row
    if outcome == "appended" and recorded_at is not None:
        return Appended(first, last, recorded_at)
    if outcome == "replayed" and status is not None and version is not None and body is not None:
        return Replayed(status, body, version, last)
    return KeyMismatch() if outcome == "mismatch" else VersionConflict()
