"""Going back to the version of a read model from before its last rebuild, or freeing its room.

The previous version is brought forward by the projector's own steps, with all that stood beside it:
what was parked beside it stays parked, with what has come of the same loans since, and what was
skipped for it stays skipped. Then the two change places, so that going back can be undone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection, sql

from projectors.bookkeeping import ASIDE, PREVIOUS
from projectors.engine import ddl, models
from projectors.engine.projection import Projection
from projectors.engine.rebuild import tables
from projectors.engine.rebuild.errors import NoPrevious, Poison
from projectors.engine.rebuild.following import ROUNDS_MAX, Follower, live_of
from projectors.engine.rebuild.swapping import (
    check_notice,
    closed,
    exchange,
    forget_previous,
    held,
    tables_in,
    until_free,
)
from projectors.engine.rebuild.workshop import workshop
from projectors.schema import SCHEMA
from runtime.eventstore.records import Store
from runtime.settings import Settings

# What was skipped since of events that are yet to come to it, it shall do without too.
_TAKE_SKIPS = """
INSERT INTO read_previous.skipped
SELECT s.* FROM read.skipped s JOIN read_previous.checkpoints c USING (projection, partition)
WHERE s.projection = %s AND s.position > c.position ON CONFLICT DO NOTHING
"""
# What comes of a loan of which something is parked waits behind it.
_PARK = """
INSERT INTO read_previous.parked
    (projection, partition, position, partition_key, stream_id, type)
SELECT c.projection, e.partition, e.position, e.partition_key, e.stream_id, e.type
FROM unnest(%(partitions)s::smallint[], %(positions)s::bigint[]) AS span (partition, last)
JOIN read_previous.checkpoints c ON c.projection = %(name)s AND c.partition = span.partition
JOIN ledger.events e ON e.partition_key = ANY (%(keys)s) AND e.partition = span.partition
    AND e.position > c.position AND e.position <= span.last
WHERE NOT EXISTS (SELECT FROM read_previous.skipped s
                  WHERE s.projection = c.projection AND s.position = e.position)
ON CONFLICT DO NOTHING
"""
_EXCHANGE: tuple[LiteralString, ...] = (
    "CREATE TABLE {aside} AS SELECT * FROM {live} WHERE projection = {name}",
    "DELETE FROM {live} WHERE projection = {name}",
    "INSERT INTO {live} SELECT * FROM {previous} WHERE projection = {name}",
    "DELETE FROM {previous} WHERE projection = {name}",
    "INSERT INTO {previous} SELECT * FROM {aside}",
    "DROP TABLE {aside}",
)
# Checkpoints stay the rows that others wait for, and followers learn by their generation that the
# rows are not those they knew.
_CHECKPOINTS: tuple[LiteralString, ...] = (
    _EXCHANGE[0],
    """
INSERT INTO {live} AS held (projection, partition, position, kafka_offset, store_epoch)
SELECT projection, partition, position, 0, store_epoch FROM {previous} WHERE projection = {name}
ON CONFLICT (projection, partition) DO UPDATE SET position = excluded.position,
    store_epoch = excluded.store_epoch, generation = held.generation + 1
""",
    """
UPDATE {live} c SET parked = (SELECT count(*) FROM read.parked p
    WHERE p.projection = c.projection AND p.partition = c.partition)
WHERE projection = {name}
""",
    *_EXCHANGE[3:],
)
_BESIDE: dict[str, tuple[LiteralString, ...]] = {
    "parked": _EXCHANGE,
    "skipped": _EXCHANGE,
    "checkpoints": _CHECKPOINTS,
    "models": (
        *_EXCHANGE,
        "UPDATE {live} SET live_since = now(), closed_until = NULL WHERE projection = {name}",
    ),
}


async def rollback(settings: Settings, projections: Sequence[Projection]) -> None:
    """Put previous versions in the live ones' place, and these in theirs.

    Args:
        settings: whose user owns the read tables.
        projections: all of which must have a previous version; else nothing is done.

    Raises:
        NoPrevious: there is none, or none that could go on today.
        Busy: a rebuild is under way, or readers never let go.
    """
    async with workshop(settings) as (connection, reader, store):
        for projection in projections:
            await _check(connection, store, projection)
        for projection in projections:
            shadow = tables.beside(projection, PREVIOUS)
            checkpoints = sql.Identifier(PREVIOUS, "checkpoints")
            follower = await Follower.of(connection, reader, shadow, checkpoints)
            try:
                for _ in range(ROUNDS_MAX):
                    live = await live_of(connection, projection.name)
                    if not follower.behind(live.positions):
                        break
                    await _bring_forward(connection, follower, live.positions)
                await _go_back(connection, follower)
            except Poison as poison:
                raise NoPrevious(
                    f"the previous version of {projection.name} cannot be brought forward: event"
                    f" {poison.position} ({poison.event_type}) gives {poison.error}; rebuild instead"
                ) from poison


async def discard(settings: Settings, projections: Sequence[Projection]) -> None:
    """Drop previous versions, so that their room is free.

    Raises:
        Busy: a rebuild is under way.
    """
    async with workshop(settings) as (connection, _, _):
        for projection in projections:
            async with connection.transaction():
                await forget_previous(connection, projection)


def kept_bytes(
    connection: psycopg.Connection[Any], projections: Sequence[Projection]
) -> Mapping[str, int]:
    """The size of each previous version that is kept, by the name of its projection."""
    found: dict[str, int] = {}
    for projection in projections:
        names = [f"{PREVIOUS}.{table.name}" for table in projection.tables]
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(to_regclass(name)))::bigint"
            " FROM unnest(%s::text[]) AS name",
            [names],
        ).fetchone()
        if row is not None and row[0] is not None:
            found[projection.name] = row[0]
    return found


async def _check(connection: AsyncConnection[Any], store: Store, projection: Projection) -> None:
    name = projection.name
    found = await connection.execute(
        "SELECT DISTINCT store_epoch FROM read_previous.checkpoints WHERE projection = %s", [name]
    )
    epochs = {row[0] for row in await found.fetchall()}
    if not epochs:
        raise NoPrevious(f"no previous version of {name} is kept: a rebuild makes one")
    if epochs != {store.epoch}:
        raise NoPrevious(
            f"the previous version of {name} is of another epoch of the store; rebuild instead"
        )
    kept = (await models.definitions(connection, PREVIOUS)).get(name)
    other = await ddl.differing(connection, projection.tables, PREVIOUS)
    if other or kept is None or kept.print != projection.definition.print:
        raise NoPrevious(
            f"the previous version of {name} has not the columns and indexes, or not the version,"
            f" that this release declares ({other or 'its print'}); rebuild instead, or"
            " `drawbridge projections discard` it"
        )


async def _bring_forward(
    connection: AsyncConnection[Any], follower: Follower, up_to: Mapping[int, int]
) -> None:
    """Apply what has come since; first it is written down what shall not be applied."""
    name = follower.shadow.name
    await connection.execute(_TAKE_SKIPS, [name])
    found = await connection.execute(
        "SELECT DISTINCT partition_key FROM read_previous.parked WHERE projection = %s", [name]
    )
    keys = [row[0] for row in await found.fetchall()]
    if keys:
        spans = {"partitions": list(up_to), "positions": list(up_to.values())}
        await connection.execute(_PARK, {"name": name, "keys": keys, **spans})
    found = await connection.execute(
        "SELECT position FROM read_previous.skipped WHERE projection = %s", [name]
    )
    left_out = frozenset(row[0] for row in await found.fetchall())
    await follower.follow(connection, up_to, left_out, frozenset(keys))


async def _go_back(connection: AsyncConnection[Any], follower: Follower) -> None:
    name = follower.shadow.name

    async def attempt() -> None:
        await stay_closed()
        async with held(connection, follower):
            live = await live_of(connection, name)
            await _bring_forward(connection, follower, live.positions)
            await check_notice(connection, name)
            standing = await tables_in(connection, SCHEMA, follower.shadow)
            for table, statements in _BESIDE.items():
                names = {
                    "live": sql.Identifier(SCHEMA, table),
                    "previous": sql.Identifier(PREVIOUS, table),
                    "aside": sql.Identifier(ASIDE, table),
                    "name": sql.Literal(name),
                }
                for statement in statements:
                    await connection.execute(sql.SQL(statement).format(**names))
            await exchange(connection, standing, [each.name for each in follower.shadow.tables])

    async with closed(connection, name, follower.shadow.definition) as stay_closed:
        await until_free(name, attempt)
