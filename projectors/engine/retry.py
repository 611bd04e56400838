"""What a person does about parked events: apply them after all, or do without one.

Both hold the lock of the checkpoint that counts the parked events while they change them, a page at
a time. So followers go on between two pages, two people take turns, and who is killed leaves whole
pages done and the rest parked, in order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from projectors.engine import models, parked
from projectors.engine.apply import apply
from projectors.engine.blame import is_of_the_event, reason_of
from projectors.engine.projection import Projection
from runtime.eventstore.records import EVENT_COLUMNS, StoredEvent

PAGE_EVENTS_MAX = 200

_BLOCKERS = """
SELECT DISTINCT ON (projection, partition_key)
       projection, partition, partition_key, position, stream_id, type, reason, parked_at,
       count(*) OVER (PARTITION BY projection, partition_key) - 1 AS behind
FROM read.parked
WHERE projection = coalesce(%s, projection) AND partition_key = coalesce(%s, partition_key)
ORDER BY projection, partition_key, position
"""
_SKIPS = """
SELECT projection, partition_key, position, stream_id, type, error, reason, skipped_by, skipped_at
FROM read.skipped
WHERE projection = coalesce(%s, projection) AND partition_key = coalesce(%s, partition_key)
ORDER BY projection, position
"""
_EVENTS = f"""
SELECT {EVENT_COLUMNS} FROM ledger.events WHERE position IN (
    SELECT position FROM read.parked WHERE projection = %s AND partition_key = %s
    ORDER BY position LIMIT %s
) ORDER BY position
"""  # noqa: S608  # constant columns
_RELEASE = """
WITH released AS (
    DELETE FROM read.parked WHERE projection = %(projection)s AND position = ANY(%(positions)s)
    RETURNING 1
)
UPDATE read.checkpoints
SET parked = parked - (SELECT count(*) FROM released), generation = generation + 1
WHERE projection = %(projection)s AND partition = %(partition)s
"""
_SKIP = """
INSERT INTO read.skipped
    (projection, position, partition, partition_key, stream_id, type, error, reason, skipped_by)
SELECT projection, position, partition, partition_key, stream_id, type, reason, %s, %s
FROM read.parked WHERE projection = %s AND position = %s
"""


class SkipRefused(Exception):
    """Only an event that blocks others can be skipped; the message says which one does."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """The first parked event of a loan, which holds up all others of it.

    Attributes:
        partition_key: the loan.
        reason: why it could not be applied; `None` where a retry has come up to it and no further.
        parked_at: since when.
        behind: how many events of the loan wait behind it.
    """

    projection: str
    partition: int
    partition_key: UUID
    position: int
    stream_id: UUID
    type: str
    reason: str | None
    parked_at: datetime
    behind: int


@dataclass(frozen=True, slots=True)
class Skip:
    """An event that a projection does without, and who said so."""

    projection: str
    partition_key: UUID
    position: int
    stream_id: UUID
    type: str
    error: str
    reason: str
    skipped_by: str
    skipped_at: datetime


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of a loan's parked events.

    Attributes:
        applied: how many were.
        blocked_at: the position of the event that could not be; `None` when all were.
        reason: why not.
    """

    projection: str
    partition_key: UUID
    applied: int
    blocked_at: int | None = None
    reason: str | None = None


async def blockers(
    connection: AsyncConnection[Any], projection: str | None = None, key: UUID | None = None
) -> list[Blocker]:
    """What is parked, a row a projection and loan."""
    async with connection.cursor(row_factory=class_row(Blocker)) as cursor:
        await cursor.execute(_BLOCKERS, [projection, key])
        return await cursor.fetchall()


async def skips(
    connection: AsyncConnection[Any], projection: str | None = None, key: UUID | None = None
) -> list[Skip]:
    """What was skipped."""
    async with connection.cursor(row_factory=class_row(Skip)) as cursor:
        await cursor.execute(_SKIPS, [projection, key])
        return await cursor.fetchall()


async def retry(
    connection: AsyncConnection[Any],
    projection: Projection,
    blocker: Blocker,
    progress: Callable[[int], None] = lambda _: None,
    *,
    dry_run: bool = False,
) -> Retried:
    """Apply a loan's parked events in order, up to the next one that cannot be.

    Args:
        connection: not in a transaction.
        projection: beside which they wait.
        blocker: of the loan, as found before.
        progress: told after every page how many events were applied.
        dry_run: take it all back, and look no further than the first page.

    Raises:
        OtherVersion: another version of the read model is live than this code's.
    """
    applied = 0
    while True:
        async with connection.transaction(force_rollback=dry_run):
            await parked.lock(connection, projection.name, blocker.partition)
            await models.require(connection, [projection])
            events = await _page(connection, projection.name, blocker.partition_key)
            done, error = await _forward(connection, projection, events)
            await _release(connection, blocker, [event.position for event in events[:done]])
            if error is not None:
                await connection.execute(
                    "UPDATE read.parked SET reason = %s WHERE projection = %s AND position = %s",
                    [reason_of(error), projection.name, events[done].position],
                )
        applied += done
        progress(done)
        if error is not None:
            at, reason = events[done].position, reason_of(error)
            return Retried(projection.name, blocker.partition_key, applied, at, reason)
        if dry_run or len(events) < PAGE_EVENTS_MAX:
            return Retried(projection.name, blocker.partition_key, applied)


async def skip(
    connection: AsyncConnection[Any],
    projection: str,
    position: int,
    reason: str,
    skipped_by: str,
    *,
    dry_run: bool = False,
) -> Blocker:
    """Let a projection do without the event that blocks a loan; what waits behind it stays parked.

    Args:
        connection: not in a transaction.
        projection: its name.
        position: of the event.
        reason: why that is right.
        skipped_by: who says so.
        dry_run: take it back.

    Returns:
        What was blocking, for `retry` of the rest.

    Raises:
        SkipRefused: it blocks nothing.
    """
    async with connection.transaction(force_rollback=dry_run):
        blocker = await _blocker_of(connection, projection, position)
        await parked.lock(connection, projection, blocker.partition)
        # Again, now that nobody can change it any more.
        blocker = await _blocker_of(connection, projection, position)
        await connection.execute(_SKIP, [reason, skipped_by, projection, position])
        await _release(connection, blocker, [position])
    return blocker


async def _blocker_of(connection: AsyncConnection[Any], name: str, position: int) -> Blocker:
    found = await connection.execute(
        "SELECT partition_key FROM read.parked WHERE projection = %s AND position = %s",
        [name, position],
    )
    row = await found.fetchone()
    if row is None:
        raise SkipRefused(
            f"Event {position} is not parked beside {name}: see `drawbridge parked list`."
        )
    blocker = (await blockers(connection, name, row[0]))[0]
    if blocker.position != position:
        raise SkipRefused(
            f"Event {position} only waits; what blocks {row[0]} is event {blocker.position}."
        )
    if blocker.reason is None:
        raise SkipRefused(
            f"Nothing is known against event {position}, a retry was interrupted before it: "
            f"`drawbridge parked retry {name} --loan {row[0]}` goes on."
        )
    return blocker


async def _page(connection: AsyncConnection[Any], name: str, key: UUID) -> list[StoredEvent]:
    async with connection.cursor(row_factory=class_row(StoredEvent)) as cursor:
        await cursor.execute(_EVENTS, [name, key, PAGE_EVENTS_MAX])
        return await cursor.fetchall()


async def _forward(
    connection: AsyncConnection[Any], projection: Projection, events: Sequence[StoredEvent]
) -> tuple[int, BaseException | None]:
    """Apply events in order up to the first that cannot be: how many, and what that one raised."""
    error = await _try(connection, projection, events)
    if error is None:
        return len(events), None
    if len(events) == 1:
        return 0, error
    middle = len(events) // 2
    done, error = await _forward(connection, projection, events[:middle])
    if error is not None:
        return done, error
    more, error = await _forward(connection, projection, events[middle:])
    return done + more, error


async def _try(
    connection: AsyncConnection[Any], projection: Projection, events: Sequence[StoredEvent]
) -> BaseException | None:
    try:
        async with connection.transaction():
            batch = [stored.decode() for stored in events]
            for part in projection.parts if batch else ():
                await apply(connection, part, batch)
    except BaseException as error:
        if not is_of_the_event(error):
            raise
        return error
    return None


async def _release(
    connection: AsyncConnection[Any], blocker: Blocker, positions: Sequence[int]
) -> None:
    if positions:
        given = {
            "projection": blocker.projection,
            "partition": blocker.partition,
            "positions": list(positions),
        }
        await connection.execute(_RELEASE, given)
