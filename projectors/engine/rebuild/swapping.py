"""Putting tables in the live ones' place, in one short transaction that gives way to readers.

The checkpoints are locked first, which is the order the projector locks in too. The tables come
last: from their lock to the commit nobody reads, so nothing else happens in between. Who waits for a
reader makes those behind it wait as well; so we wait for less than the server takes to look for
deadlocks, give up, let them pass, and try again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Table

from projectors.engine import parked
from projectors.engine.projection import Projection
from projectors.engine.rebuild.errors import Busy
from projectors.engine.rebuild.following import Follower, live_of
from projectors.engine.rebuild.tables import ASIDE, PREVIOUS
from projectors.schema import SCHEMA
from runtime.eventstore.records import Store

LOCK_MILLISECONDS_MAX = 400
"""Less than ``deadlock_timeout``, so that no reader is ever the one to fail."""
ATTEMPTS_MAX = 120
PAUSE_SECONDS = 0.2

_KEPT = ("checkpoints", "parked", "skipped")


async def until_free(name: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Try until nobody is in the way.

    Args:
        name: of the projection.
        attempt: one transaction under our `lock_timeout`.

    Raises:
        Busy: somebody was, every time.
    """
    for _ in range(ATTEMPTS_MAX):
        try:
            return await attempt()
        except (LockNotAvailable, DeadlockDetected):
            await asyncio.sleep(PAUSE_SECONDS)
    raise Busy(f"readers never let go of {name}: end what reads it for so long, and try again")


@asynccontextmanager
async def held(connection: AsyncConnection[Any], follower: Follower) -> AsyncIterator[None]:
    """A transaction that holds a projection's checkpoints, and by them its live projector."""
    async with follower.in_transaction(connection):
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_MILLISECONDS_MAX}ms'")
        await parked.lock(connection, follower.shadow.name)
        yield


async def swap(
    connection: AsyncConnection[Any],
    store: Store,
    follower: Follower,
    *,
    with_skipped: bool,
    leave: Callable[[], Awaitable[None]],
) -> None:
    """Put new tables in the live ones' place, and keep those for going back.

    Args:
        connection: of the tables' owner.
        store: that the new tables are of.
        follower: of the new tables, not far behind.
        with_skipped: whether they have what was skipped, so that it is skipped no more.
        leave: told in the same transaction.

    Raises:
        RebuildRefused: readers never let go, or one of the last events is skipped or poison.
    """
    shadow = follower.shadow

    async def attempt() -> None:
        async with held(connection, follower):
            live = await live_of(connection, shadow.name)
            if not with_skipped:
                follower.refuse_late(live.skipped)
            if live.is_of(store.epoch, store.partition_count):
                left_out = () if with_skipped else live.skipped.keys()
                await follower.follow(connection, live.positions, left_out)
            await forget_previous(connection, shadow)
            await _keep(connection, shadow.name)
            await _set_checkpoints(connection, store, follower)
            await parked.clear(connection, shadow.name)
            if with_skipped:
                await parked.forget_skips(connection, shadow.name)
            await leave()
            await _put_in_place(connection, shadow, keep=bool(live.positions))

    await until_free(shadow.name, attempt)


async def _put_in_place(
    connection: AsyncConnection[Any], shadow: Projection, *, keep: bool
) -> None:
    if keep:
        await _lock(connection, shadow.tables, SCHEMA)
        await _move(connection, shadow.tables, SCHEMA, PREVIOUS)
    else:  # Rows of which nobody knows how far they are: nothing to go back to.
        await _drop(connection, shadow.tables, SCHEMA)
    await _move(connection, shadow.tables, str(shadow.tables[0].schema), SCHEMA)


async def exchange(connection: AsyncConnection[Any], projection: Projection) -> None:
    """Let live and previous tables change places; in a transaction that holds the checkpoints."""
    tables = projection.tables
    await _lock(connection, tables, PREVIOUS)
    await _lock(connection, tables, SCHEMA)
    await _move(connection, tables, SCHEMA, ASIDE)
    await _move(connection, tables, PREVIOUS, SCHEMA)
    await _move(connection, tables, ASIDE, PREVIOUS)


async def forget_previous(connection: AsyncConnection[Any], projection: Projection) -> None:
    """Drop the previous version and all that stood beside it."""
    await _drop(connection, projection.tables, PREVIOUS)
    for table in _KEPT:
        await connection.execute(
            sql.SQL("DELETE FROM {} WHERE projection = %s").format(sql.Identifier(PREVIOUS, table)),
            [projection.name],
        )


async def _keep(connection: AsyncConnection[Any], name: str) -> None:
    """Copy what stands beside the live version."""
    for table in _KEPT:
        await connection.execute(
            sql.SQL("INSERT INTO {} SELECT * FROM {} WHERE projection = %s").format(
                sql.Identifier(PREVIOUS, table), sql.Identifier(SCHEMA, table)
            ),
            [name],
        )


async def _set_checkpoints(
    connection: AsyncConnection[Any], store: Store, follower: Follower
) -> None:
    await connection.execute(
        "INSERT INTO read.checkpoints AS held"
        " (projection, partition, position, kafka_offset, store_epoch)"
        " SELECT %s, partition, position, 0, %s"
        " FROM unnest(%s::smallint[], %s::bigint[]) AS new (partition, position)"
        " ON CONFLICT (projection, partition) DO UPDATE SET position = excluded.position,"
        " store_epoch = excluded.store_epoch",
        [
            follower.shadow.name,
            store.epoch,
            list(follower.positions),
            list(follower.positions.values()),
        ],
    )


async def _lock(connection: AsyncConnection[Any], tables: Sequence[Table], schema: str) -> None:
    names = sql.SQL(", ").join(sql.Identifier(schema, table.name) for table in tables)
    await connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))


async def _move(
    connection: AsyncConnection[Any], tables: Sequence[Table], schema: str, into: str
) -> None:
    for table in tables:
        await connection.execute(
            sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(
                sql.Identifier(schema, table.name), sql.Identifier(into)
            )
        )


async def _drop(connection: AsyncConnection[Any], tables: Sequence[Table], schema: str) -> None:
    for table in tables:
        await connection.execute(
            sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(schema, table.name))
        )
