"""A store of the first version is replayed and continued by this code, and this code does the same.

The commands of `tests.golden.lives` are given again, to an empty store and to one that holds the
first half of what was recorded then, row for row. Either way the log ends up with the same bytes.
A change that means to record something else for a command gives those lives another command.
"""

from hashlib import sha256
from itertools import groupby
from uuid import UUID, uuid5

import psycopg

from runtime.eventstore.records import EVENT_COLUMNS, StoredEvent
from tests.golden.lives import lives
from tests.golden.log import stored_events
from tests.golden.recording import record

LOG = list(stored_events())
Said = dict[tuple[str, int], tuple[object, ...]]


def said(events: list[StoredEvent]) -> Said:
    """What an event's leaf covers, and the leaf, by its place in its stream."""
    return {
        (str(event.stream_id), event.stream_version): (
            event.type,
            event.schema_version,
            event.actor,
            event.command_id,
            event.effective_on,
            event.payload,
            event.leaf_hash,
        )
        for event in events
    }


async def test_the_same_commands_record_the_same_bytes(database_url: str) -> None:
    recorded = await record(database_url)

    assert said(recorded) == said(LOG)


async def test_a_store_of_the_first_version_is_continued_as_that_version_would_have(
    database_url: str,
) -> None:
    early = first_halves(LOG)
    assert 0.3 < len(early) / len(LOG) < 0.7
    store(database_url, early)

    recorded = await record(database_url)

    assert [event.payload for event in recorded[: len(early)]] == [e.payload for e in early]
    assert said(recorded) == said(LOG)


def first_halves(log: list[StoredEvent]) -> list[StoredEvent]:
    """The first half of each loan's commands, with positions that follow one another."""
    early: list[StoredEvent] = []
    for _, life in groupby(log, key=lambda event: event.partition_key):
        events = list(life)
        commands = list(dict.fromkeys(event.command_id for event in events))
        begun = set(commands[: (len(commands) + 1) // 2])
        early += [event for event in events if event.command_id in begun]
    return early


def store(url: str, events: list[StoredEvent]) -> None:
    """The rows as the store kept them, and that their commands were carried out."""
    columns = [name.strip() for name in EVENT_COLUMNS.split(",")]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY ledger.events ({EVENT_COLUMNS}) FROM STDIN") as rows:
            for position, event in enumerate(events, 1):
                values = {name: getattr(event, name) for name in columns}
                rows.write_row(list((values | {"position": position}).values()))
        cursor.execute(
            "UPDATE ledger.head SET position = %s, recorded_at = %s",
            (len(events), events[-1].recorded_at),
        )
        cursor.executemany(
            "INSERT INTO ledger.command_log (command_id, recorded_at, status, version,"
            " payload_hash, body) VALUES (%s, now(), 200, 0, %s, '')",
            [(each, sha256(each.bytes).digest()) for each in carried_out(events)],
        )


def carried_out(events: list[StoredEvent]) -> set[UUID]:
    """The commands that came no later than the last that recorded something, on each loan."""
    recorded = {event.command_id for event in events}
    done = set(recorded)
    for life in lives():
        ids = [uuid5(life.loan_id, f"command/{place}") for place in range(len(life.steps))]
        last = max(place for place, each in enumerate(ids) if each in recorded)
        done |= set(ids[: last + 1])
    return done
