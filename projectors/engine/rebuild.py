"""Rebuilding read models from the store, and checking that they are what a rebuild would give.

The live tables serve queries and follow the log all the while. The shadow is filled up to a fixed
position, indexed, brought up to wherever the live one has come by the projector's own steps, and
put in its place together with its checkpoints, in one short transaction.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql

from projectors.engine import shadow
from projectors.engine.apply import apply
from projectors.engine.partition import PAGE_EVENTS_MAX
from projectors.engine.projection import Projection, key_columns
from projectors.engine.shadow import Progress, shadow_of
from projectors.engine.statements import identifier
from projectors.schema import SCHEMA
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store
from runtime.postgres import pool
from runtime.settings import Settings

LOCK_KEY = 0x6472_6272_6275  # "drbrbu"
EXAMPLES_MAX = 5
SWAP_LOCK_SECONDS_MAX = 10

Positions = dict[int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a live table compares with a replay of the store up to the same position.

    Attributes:
        rows: in the live table.
        missing: rows that the replay has and the live table has not.
        surplus: rows that the live table has and the replay has not.
        examples: keys of a few of either.
    """

    projection: str
    table: str
    rows: int
    missing: int
    surplus: int
    examples: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every row is the same."""
        return self.missing == self.surplus == 0


class Busy(Exception):  # noqa: N818  # named for what it is
    """Another rebuild or verification is under way."""


async def rebuild(
    settings: Settings, projections: Sequence[Projection], progress: Progress
) -> None:
    """Replace read models by what the store says.

    Args:
        settings: whose user owns the read tables.
        projections: rebuilt side by side, the store being read once.
        progress: told how many events are done, of how many.

    Raises:
        Busy: another is under way.
    """
    shadows = [shadow_of(projection) for projection in projections]
    async with _workshop(settings) as (connection, reader, store):
        # A fixed end: what comes later is applied by the projector's own steps.
        total, heads = await reader.head(), await reader.heads()
        for each in shadows:
            await shadow.create(connection, each)
        await shadow.fill(connection, shadows, reader, heads, progress, total)
        for each in shadows:
            await shadow.index(connection, each)
        for each in shadows:
            positions = {p: heads.get(p, 0) for p in range(store.partition_count)}
            await _follow(connection, reader, each, positions, await reader.heads())
            await _swap(connection, reader, store, each, positions)


async def verify(
    settings: Settings, projections: Sequence[Projection], progress: Progress
) -> list[Verdict]:
    """Compare live read models, row by row, with a replay up to the positions they are at.

    Everything is read in one snapshot and nothing is kept.

    Raises:
        Busy: a rebuild or another verification is under way.
    """
    verdicts: list[Verdict] = []
    async with _workshop(settings) as (connection, reader, store):
        for projection in projections:
            async with connection.transaction(force_rollback=True):
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                positions = await _positions(connection, projection, store)
                total = await _events_up_to(connection, positions)
                beside = shadow_of(projection)
                await shadow.create(connection, beside)
                await shadow.fill(connection, [beside], reader, positions, progress, total)
                for live, replayed in zip(projection.tables, beside.tables, strict=True):
                    compared = await _compare(connection, live, replayed)
                    verdicts.append(Verdict(projection.name, live.name, *compared))
    return verdicts


@asynccontextmanager
async def _workshop(
    settings: Settings,
) -> AsyncIterator[tuple[AsyncConnection[Any], Reader, Store]]:
    """A connection of the tables' owner, alone at this work, and a reader of the store."""
    async with (
        await AsyncConnection.connect(settings.database_url, autocommit=True) as connection,
        pool(settings, "projector", max_size=2) as connections,
    ):
        held = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        if (await held.fetchone() or [False])[0] is not True:
            raise Busy("another rebuild or verification is under way")
        try:
            reader = Reader(connections)
            yield connection, reader, await reader.store()
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


async def _follow(
    connection: AsyncConnection[Any],
    reader: Reader,
    projection: Projection,
    positions: Positions,
    up_to: Positions,
) -> None:
    """Apply what has been appended since, moving ``positions`` along."""
    for partition, last in up_to.items():
        while positions[partition] < last:
            events = await reader.partition_since(
                partition, positions[partition], PAGE_EVENTS_MAX, last
            )
            batch = [stored.decode() for stored in events]
            async with connection.transaction():
                for part in projection.parts:
                    await apply(connection, part, batch)
            positions[partition] = events[-1].position


async def _swap(
    connection: AsyncConnection[Any],
    reader: Reader,
    store: Store,
    beside: Projection,
    positions: Positions,
) -> None:
    """Put the shadow in the live one's place, with its checkpoints; readers wait for an instant.

    Holding the checkpoints holds the live projector, in the same order of locks that it takes.
    """
    async with connection.transaction():
        await connection.execute(
            sql.SQL("SET LOCAL lock_timeout = {}").format(f"{SWAP_LOCK_SECONDS_MAX}s")
        )
        live = await _locked_positions(connection, beside.name)
        await _follow(connection, reader, beside, positions, live)
        for table in beside.tables:
            await connection.execute(
                sql.SQL("DROP TABLE {}").format(sql.Identifier(SCHEMA, table.name))
            )
            await connection.execute(
                sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(
                    identifier(table), sql.Identifier(SCHEMA)
                )
            )
        await connection.execute(
            "INSERT INTO read.checkpoints AS held"
            " (projection, partition, position, kafka_offset, store_epoch)"
            " SELECT %s, partition, position, 0, %s"
            " FROM unnest(%s::smallint[], %s::bigint[]) AS new (partition, position)"
            " ON CONFLICT (projection, partition) DO UPDATE SET position = excluded.position,"
            " store_epoch = excluded.store_epoch, stopped_reason = NULL",
            [beside.name, store.epoch, list(positions), list(positions.values())],
        )


async def _locked_positions(connection: AsyncConnection[Any], name: str) -> Positions:
    found = await connection.execute(
        "SELECT partition, position FROM read.checkpoints WHERE projection = %s FOR UPDATE",
        [name],
    )
    return dict(await found.fetchall())


async def _positions(
    connection: AsyncConnection[Any], projection: Projection, store: Store
) -> Positions:
    found = await connection.execute(
        "SELECT partition, position FROM read.checkpoints"
        " WHERE projection = %s AND store_epoch = %s",
        [projection.name, store.epoch],
    )
    return dict(await found.fetchall())


async def _events_up_to(connection: AsyncConnection[Any], positions: Positions) -> int:
    found = await connection.execute(
        "SELECT count(*) FROM ledger.events e"
        " JOIN unnest(%s::smallint[], %s::bigint[]) AS upto (partition, position)"
        " ON e.partition = upto.partition AND e.position <= upto.position",
        [list(positions), list(positions.values())],
    )
    row = await found.fetchone()
    return int(row[0]) if row else 0


async def _compare(
    connection: AsyncConnection[Any], live: Any, replayed: Any
) -> tuple[int, int, int, tuple[str, ...]]:
    """Live rows, rows missing from it, rows it has too many, and keys of some."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in live.columns)
    key = sql.SQL(" || ' ' || ").join(
        sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in key_columns(live)
    )
    found = await connection.execute(
        sql.SQL(
            "WITH live AS (SELECT {columns} FROM {live}), replayed AS (SELECT {columns} FROM {next}),"
            " missing AS (TABLE replayed EXCEPT ALL TABLE live),"
            " surplus AS (TABLE live EXCEPT ALL TABLE replayed)"
            " SELECT (SELECT count(*) FROM live), (SELECT count(*) FROM missing),"
            " (SELECT count(*) FROM surplus),"
            " array(SELECT {key} FROM (TABLE missing UNION ALL TABLE surplus) AS differing LIMIT {most})"
        ).format(
            columns=columns,
            live=identifier(live),
            next=identifier(replayed),
            key=key,
            most=EXAMPLES_MAX,
        )
    )
    row = await found.fetchone()
    rows, missing, surplus, examples = row or (0, 0, 0, [])
    return rows, missing, surplus, tuple(examples)
