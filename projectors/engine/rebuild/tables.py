"""Read tables made anew beside the live ones: without indexes first, as the live ones in the end.

Sums are written in parts, one row a chunk and key, and added up when all parts are there.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from psycopg import AsyncConnection, sql
from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from projectors.engine.projection import (
    Folded,
    Part,
    Projection,
    Summed,
    key_columns,
    value_columns,
)
from projectors.engine.statements import identifier
from projectors.schema import SCHEMA
from runtime.settings import Settings

NEXT = "read_next"
VERIFY = "read_verify"
PREVIOUS = "read_previous"
ASIDE = "read_aside"
MAINTENANCE_MEMORY = "256MB"
"""For one index; what does not fit is sorted on disk."""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def beside(projection: Projection, schema: str) -> Projection:
    """The same projection over tables of the same names in another schema."""
    there = MetaData(schema=schema)

    def moved(table: Table) -> Table:
        return table.to_metadata(there, schema=schema)

    def part_of(part: Part) -> Part:
        if not isinstance(part, Folded):
            return replace(part, table=moved(part.table))
        details = part.details
        return replace(
            part,
            table=moved(part.table),
            counters=tuple(replace(each, table=moved(each.table)) for each in part.counters),
            details=details and replace(details, table=moved(details.table)),
        )

    return replace(projection, parts=tuple(part_of(part) for part in projection.parts))


def sums_of(projection: Projection) -> Iterator[tuple[Table, bool]]:
    """The tables of sums, and whether a key that counts nothing is dropped from them."""
    for part in projection.parts:
        if isinstance(part, Summed):
            yield part.table, False
        elif isinstance(part, Folded):
            for counters in part.counters:
                yield counters.table, True


def parts_of(table: Table) -> sql.Identifier:
    """The table that takes the parts of a table of sums."""
    return sql.Identifier(cast(str, table.schema), f"parts_of_{table.name}")


async def create(connection: AsyncConnection[Any], shadows: Sequence[Projection]) -> None:
    """Make the shadows' tables, empty and without indexes, whatever was there before."""
    make = sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING INDEXES)")
    for shadow in shadows:
        for table in shadow.tables:
            await _drop(connection, identifier(table))
            live = sql.Identifier(SCHEMA, table.name)
            await connection.execute(make.format(identifier(table), live))
        for table, _ in sums_of(shadow):
            await _drop(connection, parts_of(table))
            await connection.execute(make.format(parts_of(table), identifier(table)))


async def drop(connection: AsyncConnection[Any], shadows: Sequence[Projection]) -> None:
    """Drop whatever is there of the shadows' tables."""
    for shadow in shadows:
        for table in shadow.tables:
            await _drop(connection, identifier(table))
        for table, _ in sums_of(shadow):
            await _drop(connection, parts_of(table))


async def finish(
    settings: Settings,
    shadows: Sequence[Projection],
    *,
    at_once: int,
    with_indexes: bool,
    told: Callable[[int, int], None],
) -> None:
    """Add up the sums and give the tables their keys, indexes and grants.

    It may be done again after it was interrupted.

    Args:
        settings: whose user owns the tables.
        shadows: filled.
        at_once: how many indexes are built side by side.
        with_indexes: all of them; without, the keys alone, which following needs.
        told: how many steps are done, of how many.
    """
    async with await AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
        for shadow in shadows:
            for table, drops_empty in sums_of(shadow):
                await _add_up(connection, table, drops_empty=drops_empty)
        tables = await _largest_first(connection, [t for each in shadows for t in each.tables])
        steps = [step for table in tables for step in _index_steps(table, with_indexes)]
        await _build(settings, steps, at_once, told)
        for table in tables:
            await _complete(connection, table)


async def _add_up(connection: AsyncConnection[Any], table: Table, *, drops_empty: bool) -> None:
    keys, values = key_columns(table), value_columns(table)
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in (*keys, *values))
    by = sql.SQL(", ").join(sql.Identifier(column.name) for column in keys)
    added = [sql.Identifier(column.name) for column in keys]
    sums = [sql.SQL("sum({})").format(sql.Identifier(column.name)) for column in values]
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} GROUP BY {}").format(
        identifier(table), names, sql.SQL(", ").join([*added, *sums]), parts_of(table), by
    )
    if drops_empty:
        statement += sql.SQL(" HAVING {} <> 0").format(sums[0])
    async with connection.transaction():
        await connection.execute(sql.SQL("TRUNCATE {}").format(identifier(table)))
        await connection.execute(statement)


async def _largest_first(connection: AsyncConnection[Any], tables: Sequence[Table]) -> list[Table]:
    sizes: dict[Table, int] = {}
    for table in tables:
        name = f"{table.schema}.{table.name}"
        found = await connection.execute("SELECT pg_table_size(%s::regclass)", [name])
        sizes[table] = (await found.fetchone() or (0,))[0]
    return sorted(tables, key=lambda table: -sizes[table])


def _index_steps(table: Table, with_indexes: bool) -> Iterator[sql.Composable]:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in key_columns(table))
    yield sql.SQL("CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} ({})").format(
        sql.Identifier(f"{table.name}_pkey"), identifier(table), columns
    )
    if with_indexes:
        for each in sorted(table.indexes, key=lambda one: str(one.name)):
            statement = CreateIndex(each, if_not_exists=True).compile(dialect=_DIALECT)
            yield sql.SQL(cast(Any, str(statement)))


async def _build(
    settings: Settings,
    steps: Sequence[sql.Composable],
    at_once: int,
    told: Callable[[int, int], None],
) -> None:
    """Several connections share the steps; what one of them raises ends the others."""
    waiting = iter(steps)
    done = 0

    async def work() -> None:
        nonlocal done
        # One process a connection: more is asked of the server by giving it more connections.
        options = (
            f"-c maintenance_work_mem={MAINTENANCE_MEMORY} -c synchronous_commit=off"
            " -c max_parallel_maintenance_workers=0"
        )
        async with await AsyncConnection.connect(
            settings.database_url, autocommit=True, options=options
        ) as connection:
            for step in waiting:
                await connection.execute(cast(Any, step))
                done += 1
                told(done, len(steps))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(steps))):
            group.create_task(work())


async def _complete(connection: AsyncConnection[Any], table: Table) -> None:
    """Make the key's index the key, let in who may use the live table, and look at the rows."""
    name, key = identifier(table), f"{table.name}_pkey"
    found = await connection.execute(
        "SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
        [f"{table.schema}.{table.name}"],
    )
    if await found.fetchone() is None:
        await connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}").format(
                name, sql.Identifier(key), sql.Identifier(key)
            )
        )
    await connection.execute(
        sql.SQL(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON {0} TO drawbridge_projector;"
            " GRANT SELECT ON {0} TO drawbridge_query"
        ).format(name)
    )
    await connection.execute(sql.SQL("ANALYZE {}").format(name))


async def _drop(connection: AsyncConnection[Any], name: sql.Identifier) -> None:
    await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
