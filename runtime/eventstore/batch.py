"""One call of ``ledger.append``: many commands, one lock, one commit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.events.catalogue import CATALOGUE
from runtime.eventstore import arrays
from runtime.eventstore.codec import encode
from runtime.eventstore.hashing import leaf_hash
from runtime.eventstore.partitions import partition_of
from runtime.eventstore.records import (
    Append,
    Appended,
    KeyMismatch,
    Outcome,
    Replayed,
    VersionConflict,
)

_COLUMNS = (
    "r_command_id",
    "r_payload_hash",
    "r_events",
    "r_status",
    "r_version",
    "r_body",
    "s_request",
    "s_stream_id",
    "s_expected",
    "e_request",
    "e_stream_id",
    "e_stream_version",
    "e_partition",
    "e_partition_key",
    "e_type",
    "e_schema_version",
    "e_actor",
    "e_command_id",
    "e_correlation_id",
    "e_causation_id",
    "e_effective_on",
    "e_leaf_hash",
    "e_payload",
)
APPEND = f"SELECT * FROM ledger.append({', '.join(f'%({name})b' for name in _COLUMNS)})"  # noqa: S608  # constant columns


class Batch:
    """The columns of one call, filled request by request."""

    def __init__(self, partition_count: int) -> None:
        self._partition_count = partition_count
        self._columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}

    def add(self, request: Append) -> None:
        """Add a request; its streams and command id must not occur in the batch yet."""
        column = self._columns
        column["r_command_id"].append(request.command_id)
        column["r_payload_hash"].append(request.payload_hash)
        column["r_events"].append(len(request.proposed))
        column["r_status"].append(request.status)
        column["r_version"].append(request.version)
        column["r_body"].append(request.body)
        number = len(column["r_events"])
        for stream_id, expected in expected_versions(request).items():
            column["s_request"].append(number)
            column["s_stream_id"].append(stream_id)
            column["s_expected"].append(expected)
        actor = str(request.actor)
        for proposed in request.proposed:
            event = proposed.event
            kind = CATALOGUE.of(event)
            stream_id, key = getattr(event, kind.stream), getattr(event, kind.partition_key)
            payload = encode(event)
            column["e_request"].append(number)
            column["e_stream_id"].append(stream_id)
            column["e_stream_version"].append(proposed.stream_version)
            column["e_partition"].append(partition_of(key, self._partition_count))
            column["e_partition_key"].append(key)
            column["e_type"].append(kind.name)
            column["e_schema_version"].append(kind.version)
            column["e_actor"].append(actor)
            column["e_command_id"].append(request.command_id)
            column["e_correlation_id"].append(request.correlation_id)
            column["e_causation_id"].append(request.causation_id)
            column["e_effective_on"].append(proposed.effective_on)
            column["e_payload"].append(payload)
            column["e_leaf_hash"].append(
                leaf_hash(
                    stream_id=stream_id,
                    stream_version=proposed.stream_version,
                    type=kind.name,
                    schema_version=kind.version,
                    command_id=request.command_id,
                    actor=actor,
                    effective_on=proposed.effective_on,
                    payload=payload,
                )
            )

    def parameters(self) -> Mapping[str, arrays.BinaryArray]:
        """The columns as PostgreSQL takes them."""
        return {name: _WRITERS[name](values) for name, values in self._columns.items()}


_UUIDS = {"command_id", "stream_id", "partition_key", "correlation_id", "causation_id"}
_BYTEAS = {"payload_hash", "body", "leaf_hash", "payload"}
_TEXTS = {"type", "actor"}


def _writer(name: str) -> Any:
    field = name[2:]
    if field in _UUIDS:
        return arrays.uuids
    if field in _BYTEAS:
        return arrays.byteas
    if field in _TEXTS:
        return arrays.texts
    return arrays.dates if field == "effective_on" else arrays.ints


_WRITERS = {name: _writer(name) for name in _COLUMNS}


def expected_versions(request: Append) -> dict[UUID, int]:
    """The version each stream must be at for the request to win.

    Raises:
        ValueError: the versions proposed for a stream are not consecutive.
    """
    expected: dict[UUID, int] = {}
    latest: dict[UUID, int] = {}
    for proposed in request.proposed:
        stream_id = getattr(proposed.event, CATALOGUE.of(proposed.event).stream)
        if stream_id not in latest:
            expected[stream_id] = proposed.stream_version - 1
        elif proposed.stream_version != latest[stream_id] + 1:
            raise ValueError(f"versions proposed for stream {stream_id} are not consecutive")
        latest[stream_id] = proposed.stream_version
    return expected


Row = tuple[int, str, int | None, int | None, datetime | None, int | None, int | None, bytes | None]


def outcomes(rows: Sequence[Row]) -> dict[int, Outcome]:
    """What became of each request, by its number from 0."""
    return {row[0] - 1: _outcome(row) for row in rows}


def _outcome(row: Row) -> Outcome:
    _, outcome, first, last, recorded_at, status, version, body = row
    if outcome == "appended" and recorded_at is not None:
        return Appended(first, last, recorded_at)
    if outcome == "replayed" and status is not None and version is not None and body is not None:
        return Replayed(status, body, version, last)
    return KeyMismatch() if outcome == "mismatch" else VersionConflict()
