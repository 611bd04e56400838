"""Putting tables in the live ones' place, in one short transaction that gives way to readers.

The checkpoints are locked first, which is the order the projector locks in too. The tables come
last: from their lock to the commit nobody reads, so nothing else happens in between. Who waits for a
reader makes those behind it wait as well; so we wait for less than the server takes to look for
deadlocks, give up, let them pass, and try again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from psycopg import AsyncConnection, OperationalError, sql
from psycopg.errors import DeadlockDetected, LockNotAvailable

from projectors.bookkeeping import ASIDE, CLOSED_SECONDS, KEPT, NOTICE_SECONDS, PREVIOUS
from projectors.engine import ddl, models, parked
from projectors.engine.projection import Projection
from projectors.engine.rebuild.errors import Busy
from projectors.engine.rebuild.following import Follower, live_of
from projectors.schema import SCHEMA, Definition
from runtime.eventstore.records import Store

LOCK_MILLISECONDS_MAX = 400
"""Less than ``deadlock_timeout``, so that no reader is ever the one to fail."""
ATTEMPTS_MAX = 120
PAUSE_SECONDS = 0.2


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
        await stay_closed()
        async with held(connection, follower):
            live = await live_of(connection, shadow.name)
            if not with_skipped:
                follower.refuse_late(live.skipped)
            if live.is_of(store.epoch, store.partition_count):
                left_out = () if with_skipped else live.skipped.keys()
                await follower.follow(connection, live.positions, left_out)
            replaced = await tables_in(connection, SCHEMA, shadow)
            await forget_previous(connection, shadow)
            await _keep(connection, shadow.name)
            await _set_checkpoints(connection, store, follower)
            await parked.clear(connection, shadow.name)
            if with_skipped:
                await parked.forget_skips(connection, shadow.name)
            await leave()
            await _put_in_place(connection, shadow, replaced, keep=bool(live.positions))
            await check_notice(connection, shadow.name)
            await models.record(connection, shadow)

    async with closed(connection, shadow.name, shadow.definition) as stay_closed:
        await until_free(shadow.name, attempt)


@asynccontextmanager
async def closed(
    connection: AsyncConnection[Any], name: str, coming: Definition
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Close a read model to its readers, where what is coming cannot be read as what is live is.

    A query believes for `NOTICE_SECONDS` what it saw of the read models, so from then on nobody
    reads this one. It is open again at the end, whether anything has come or not; should we not
    live to see that, it opens by itself.

    Yields:
        What to call before each attempt at putting something in place, so that it stays closed.
    """
    live = (await models.definitions(connection)).get(name)
    try:
        if live is None or coming.serves(live):
            await _open(connection, name)  # Somebody may have closed it and died.
            yield _nothing_to_close
        else:
            await _close(connection, name)
            yield partial(_stay_closed, connection, name)
    except BaseException:
        with suppress(OperationalError):  # Without a connection it opens by itself.
            await _open(connection, name)
        raise


async def _nothing_to_close() -> None:
    """What is coming is read as what is live is."""


async def _close(connection: AsyncConnection[Any], name: str) -> None:
    await connection.execute(
        "UPDATE read.models SET closed_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE projection = %s",
        [CLOSED_SECONDS, name],
    )
    await asyncio.sleep(NOTICE_SECONDS)


async def _stay_closed(connection: AsyncConnection[Any], name: str) -> None:
    """Be closed for as long again; notice is given anew only where somebody may read meanwhile."""
    found = await connection.execute(
        "UPDATE read.models SET closed_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE projection = %s AND closed_until > clock_timestamp()",
        [CLOSED_SECONDS, name],
    )
    if not found.rowcount:
        await _close(connection, name)


async def _open(connection: AsyncConnection[Any], name: str) -> None:
    await connection.execute(
        "UPDATE read.models SET closed_until = NULL"
        " WHERE projection = %s AND closed_until IS NOT NULL",
        [name],
    )


async def check_notice(connection: AsyncConnection[Any], name: str) -> None:
    """Before a commit that puts something in place: see that nobody reads again, as yet.

    Raises:
        LockNotAvailable: the attempt took too long, and is to be made anew.
    """
    found = await connection.execute(
        "SELECT FROM read.models WHERE projection = %s"
        " AND closed_until < clock_timestamp() + make_interval(secs => %s)",
        [name, NOTICE_SECONDS],
    )
    if await found.fetchone() is not None:
        raise LockNotAvailable("what closed the read model has run out")


async def tables_in(
    connection: AsyncConnection[Any], schema: str, projection: Projection
) -> list[str]:
    """The tables of the version that stands in a schema, which may not be those of this code."""
    stood = (await models.definitions(connection, schema)).get(projection.name)
    names = list((stood or projection.definition).tables)
    found = await connection.execute(
        "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(%s || '.' || name) IS NOT NULL",
        [names, schema],
    )
    return [name for (name,) in await found.fetchall()]


async def _put_in_place(
    connection: AsyncConnection[Any], shadow: Projection, replaced: Sequence[str], *, keep: bool
) -> None:
    if keep:
        await _lock(connection, replaced, SCHEMA)
        await _move(connection, replaced, SCHEMA, PREVIOUS)
    else:  # Rows of which nobody knows how far they are: nothing to go back to.
        await ddl.drop(connection, (sql.Identifier(SCHEMA, name) for name in replaced))
    names = [table.name for table in shadow.tables]
    await _move(connection, names, str(shadow.tables[0].schema), SCHEMA)


async def exchange(
    connection: AsyncConnection[Any], live: Sequence[str], previous: Sequence[str]
) -> None:
    """Let live and previous tables change places; in a transaction that holds the checkpoints."""
    await _lock(connection, previous, PREVIOUS)
    await _lock(connection, live, SCHEMA)
    await _move(connection, live, SCHEMA, ASIDE)
    await _move(connection, previous, PREVIOUS, SCHEMA)
    await _move(connection, live, ASIDE, PREVIOUS)


async def forget_previous(connection: AsyncConnection[Any], projection: Projection) -> None:
    """Drop the previous version and all that stood beside it."""
    names = await tables_in(connection, PREVIOUS, projection)
    await ddl.drop(connection, (sql.Identifier(PREVIOUS, name) for name in names))
    for table in KEPT:
        await connection.execute(
            sql.SQL("DELETE FROM {} WHERE projection = %s").format(sql.Identifier(PREVIOUS, table)),
            [projection.name],
        )


async def _keep(connection: AsyncConnection[Any], name: str) -> None:
    """Copy what stands beside the live version."""
    for table in KEPT:
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


async def _lock(connection: AsyncConnection[Any], names: Sequence[str], schema: str) -> None:
    if names:
        every = sql.SQL(", ").join(sql.Identifier(schema, name) for name in names)
        await connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(every))


async def _move(
    connection: AsyncConnection[Any], names: Sequence[str], schema: str, into: str
) -> None:
    for name in names:
        await connection.execute(
            sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(
                sql.Identifier(schema, name), sql.Identifier(into)
            )
        )
