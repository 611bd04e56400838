"""Read tables made anew beside the live ones: without indexes first, as the live ones in the end.

Sums are written in parts, one row a chunk and key, and added up when all parts are there.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from psycopg import AsyncConnection, sql
from sqlalchemy import MetaData, Table

from projectors.engine import ddl, owner
from projectors.engine.projection import (
    FoldedRows,
    Part,
    Projection,
    Summed,
    key_columns,
    value_columns,
)
from projectors.engine.statements import identifier
from runtime.settings import Settings

MAINTENANCE_MEMORY = "256MB"
"""For one index; what does not fit is sorted on disk."""
_INDEXING = {
    "maintenance_work_mem": MAINTENANCE_MEMORY,
    "max_parallel_maintenance_workers": "0",
    "synchronous_commit": "off",
}


def beside(projection: Projection, schema: str) -> Projection:
    """The same projection over tables of the same names in another schema."""
    there = MetaData(schema=schema, info=projection.parts[0].table.metadata.info)

    def moved(table: Table) -> Table:
        return table.to_metadata(there, schema=schema)

    def part_of(part: Part) -> Part:
        if not isinstance(part, FoldedRows):
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
        elif isinstance(part, FoldedRows):
            for counters in part.counters:
                yield counters.table, True


def parts_of(table: Table) -> sql.Identifier:
    """The table that takes the parts of a table of sums."""
    return sql.Identifier(cast(str, table.schema), f"parts_of_{table.name}")


async def create(connection: AsyncConnection[Any], shadows: Sequence[Projection]) -> None:
    """Make the shadows' tables, empty and without indexes, whatever was there before."""
    for shadow in shadows:
        await drop(connection, [shadow])
        for table in shadow.tables:
            await connection.execute(ddl.heap(table))
        for table, _ in sums_of(shadow):
            await connection.execute(ddl.heap(table, parts_of(table)))


async def drop(connection: AsyncConnection[Any], shadows: Sequence[Projection]) -> None:
    """Drop whatever is there of the shadows' tables."""
    for shadow in shadows:
        await ddl.drop(connection, map(identifier, shadow.tables))
        await ddl.drop(connection, (parts_of(table) for table, _ in sums_of(shadow)))


async def finish(
    settings: Settings,
    shadows: Sequence[Projection],
    *,
    at_once: int,
    with_indexes: bool,
    told: Callable[[int, int], None],
) -> None:
    """Add up the sums and give the tables their keys and indexes.

    It may be done again after it was interrupted.

    Args:
        settings: whose user owns the tables.
        shadows: filled.
        at_once: how many indexes are built side by side.
        with_indexes: all of them; without, the keys alone, which following needs.
        told: how many steps are done, of how many.
    """
    async with await owner.connect(settings) as connection:
        for shadow in shadows:
            for table, drops_empty in sums_of(shadow):
                await _add_up(connection, table, drops_empty=drops_empty)
        tables = await _largest_first(connection, [t for each in shadows for t in each.tables])
        steps = [
            step for table in tables for step in ddl.index_steps(table, with_indexes=with_indexes)
        ]
        await _build(settings, steps, at_once, told)
        for table in tables:
            await ddl.give_key(connection, table)
            await connection.execute(sql.SQL("ANALYZE {}").format(identifier(table)))


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
        async with await owner.connect(settings, **_INDEXING) as connection:
            for step in waiting:
                await connection.execute(cast(Any, step))
                done += 1
                told(done, len(steps))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(steps))):
            group.create_task(work())
