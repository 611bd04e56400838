"""The log of `lives`, as it was recorded when every event was of its first version.

A line is a command and the events that it recorded, in the order of their positions: of each its
stream and version, type and schema version, the date it counts from, its leaf, and its payload. Like
the golden files it was written once: a store may hold these very bytes, and is to be read and
continued by whatever comes after. Payloads are canonical JSON, so a line's objects are the payloads'
bytes, and each event's leaf proves it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from runtime.eventstore.partitions import partition_of
from runtime.eventstore.records import StoredEvent

FILE = Path(__file__).parent / "log.jsonl"
STATES_FILE = Path(__file__).parent / "states.jsonl"
PARTITIONS = 16
RECORDED_AT = datetime(2026, 11, 22, tzinfo=UTC)
"""What the database's clock said; it is neither hashed nor folded."""


def stored_events(path: Path = FILE) -> Iterator[StoredEvent]:
    """The events of the log, oldest first, as the store kept them."""
    position = 0
    for line in path.read_bytes().splitlines():
        command = orjson.loads(line)
        for event in command["events"]:
            position += 1
            yield _stored(position, command, event)


def _stored(position: int, command: dict[str, Any], event: list[Any]) -> StoredEvent:
    stream_id, stream_version, type, schema_version, effective_on, leaf, payload = event
    key = UUID(command["key"])
    return StoredEvent(
        position=position,
        stream_id=UUID(stream_id),
        stream_version=stream_version,
        partition=partition_of(key, PARTITIONS),
        partition_key=key,
        type=type,
        schema_version=schema_version,
        payload=orjson.dumps(payload),  # its keys are in their order already
        actor=command["actor"],
        command_id=UUID(command["command"]),
        correlation_id=UUID(command["command"]),
        causation_id=None,
        effective_on=date.fromisoformat(effective_on),
        recorded_at=RECORDED_AT,
        leaf_hash=bytes.fromhex(leaf),
    )


def states(path: Path = STATES_FILE) -> list[dict[str, Any]]:
    """Every loan and draw as JSON showed it at the end of the log."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def write(events: Iterable[StoredEvent], path: Path = FILE) -> None:
    """Write a log; "x" refuses a file that is there already."""
    with path.open("xb") as file:
        for _, group in groupby(events, key=lambda event: event.command_id):
            file.write(orjson.dumps(_line(list(group)), option=orjson.OPT_APPEND_NEWLINE))


def _line(events: list[StoredEvent]) -> dict[str, Any]:
    first = events[0]
    return {
        "command": first.command_id,
        "actor": first.actor,
        "key": first.partition_key,
        "events": [
            (
                event.stream_id,
                event.stream_version,
                event.type,
                event.schema_version,
                event.effective_on,
                event.leaf_hash.hex(),
                orjson.loads(event.payload),
            )
            for event in events
        ],
    }
