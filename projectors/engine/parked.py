"""Events that wait beside a projection: the one it could not apply, and those of its loan behind it.

Whatever changes these rows holds the lock of the checkpoint whose ``parked`` counts them: a
follower by moving it, anybody else by `lock`. So a count of 0, read with that lock, needs no look
here, and a key is either parked for everybody or for nobody.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from runtime.messages import Message

_BLOCKED = (
    "SELECT key FROM unnest(%s::uuid[]) AS key WHERE EXISTS"
    " (SELECT FROM read.parked WHERE projection = %s AND partition_key = key)"
)
# A row that is there already, of a checkpoint somebody set back, is not counted twice.
_PARK = """
WITH waiting AS (
    INSERT INTO read.parked
        (projection, partition, position, partition_key, stream_id, type, reason)
    SELECT %(projection)s, %(partition)s, new.*, %(reason)s
    FROM unnest(%(positions)s::bigint[], %(keys)s::uuid[], %(streams)s::uuid[], %(types)s::text[])
        AS new
    ON CONFLICT (projection, position) DO NOTHING
    RETURNING 1
)
UPDATE read.checkpoints SET parked = parked + (SELECT count(*) FROM waiting)
WHERE projection = %(projection)s AND partition = %(partition)s
"""


async def park(
    connection: AsyncConnection[Any],
    projection: str,
    partition: int,
    messages: Sequence[Message],
    reason: str | None = None,
) -> None:
    """Set events aside, in the transaction that moves their checkpoint past them.

    Args:
        connection: in that transaction.
        projection: its name.
        partition: of the events.
        messages: none of them parked yet.
        reason: why the one event could not be applied; `None` for those behind one.
    """
    given = {
        "projection": projection,
        "partition": partition,
        "reason": reason,
        "positions": [each.position for each in messages],
        "keys": [each.partition_key for each in messages],
        "streams": [each.stream_id for each in messages],
        "types": [each.type for each in messages],
    }
    await connection.execute(_PARK, given)


async def park_behind(
    connection: AsyncConnection[Any], projection: str, partition: int, messages: Sequence[Message]
) -> Sequence[Message]:
    """Set aside those events of a batch whose loan is blocked; returns the others."""
    keys = await blocked(connection, projection, {each.partition_key for each in messages})
    behind = [each for each in messages if each.partition_key in keys]
    if not behind:
        return messages
    await park(connection, projection, partition, behind)
    return [each for each in messages if each.partition_key not in keys]


async def blocked(
    connection: AsyncConnection[Any], projection: str, keys: Collection[UUID]
) -> frozenset[UUID]:
    """Which of these partition keys have an event parked."""
    found = await connection.execute(_BLOCKED, [list(keys), projection])
    return frozenset(row[0] for row in await found.fetchall())


async def lock(
    connection: AsyncConnection[Any], projection: str, partition: int | None = None
) -> None:
    """Hold a projection's checkpoints, and by them its followers, to the end of the transaction.

    What was parked is to be read by a later statement: this one saw what was there before it had
    to wait.

    Args:
        connection: in that transaction.
        projection: its name.
        partition: the one to hold; all of them unless given.
    """
    await connection.execute(
        "SELECT FROM read.checkpoints WHERE projection = %s AND partition = coalesce(%s, partition)"
        " ORDER BY partition FOR UPDATE",
        [projection, partition],
    )


async def parked_positions(connection: AsyncConnection[Any], projection: str) -> frozenset[int]:
    """The events that wait beside a projection."""
    found = await connection.execute(
        "SELECT position FROM read.parked WHERE projection = %s", [projection]
    )
    return frozenset(row[0] for row in await found.fetchall())


async def skipped_positions(connection: AsyncConnection[Any], projection: str) -> frozenset[int]:
    """The events that somebody said a projection shall do without."""
    found = await connection.execute(
        "SELECT position FROM read.skipped WHERE projection = %s", [projection]
    )
    return frozenset(row[0] for row in await found.fetchall())


async def clear(connection: AsyncConnection[Any], projection: str) -> int:
    """Nothing waits beside a projection any more: its rows were made anew from all events.

    Its followers learn of it, so that they forget what they keep of rows.

    Args:
        connection: in the transaction that puts the new rows in place, holding the checkpoints.
        projection: its name.

    Returns:
        How many events were parked.
    """
    deleted = await connection.execute(
        "DELETE FROM read.parked WHERE projection = %s", [projection]
    )
    await connection.execute(
        "UPDATE read.checkpoints SET parked = 0, generation = generation + 1 WHERE projection = %s",
        [projection],
    )
    return deleted.rowcount


async def forget_skips(connection: AsyncConnection[Any], projection: str) -> int:
    """Drop what was skipped, because it has been applied after all; returns how many events."""
    deleted = await connection.execute(
        "DELETE FROM read.skipped WHERE projection = %s", [projection]
    )
    return deleted.rowcount
