"""The statements that make read tables, out of their declarations.

A table is made without indexes, so that it can be filled fast, and gets its indexes and its key
afterwards; an empty one gets them at once, by the same steps.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from psycopg import AsyncConnection, sql
from sqlalchemy import MetaData, Table

from projectors.bookkeeping import ASIDE
from projectors.engine.projection import key_columns
from projectors.engine.statements import identifier
from projectors.schema import column_type, index_statement

_SHAPE = """
SELECT attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' !' ELSE '' END
FROM pg_attribute WHERE attrelid = to_regclass(%(name)s) AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT replace(pg_get_indexdef(indexrelid), ' ON ' || %(schema)s || '.', ' ON ')
FROM pg_index WHERE indrelid = to_regclass(%(name)s)
ORDER BY 1
"""


def heap(table: Table, name: sql.Identifier | None = None) -> sql.Composed:
    """The statement that makes a table without key and indexes; under another name if one is given."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(each.name), sql.SQL(column_type(each)))
        for each in table.columns
    )
    return sql.SQL("CREATE TABLE {} ({})").format(name or identifier(table), columns)


def index_steps(table: Table, *, with_indexes: bool = True) -> Iterator[sql.SQL | sql.Composed]:
    """The statements that make its indexes, that of the key first; each may be run again."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in key_columns(table))
    yield sql.SQL("CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} ({})").format(
        sql.Identifier(f"{table.name}_pkey"), identifier(table), columns
    )
    if with_indexes:
        for each in sorted(table.indexes, key=lambda one: str(one.name)):
            yield sql.SQL(cast(Any, index_statement(each)))


async def give_key(connection: AsyncConnection[Any], table: Table) -> None:
    """Make the key's index the key, unless it is."""
    key = sql.Identifier(f"{table.name}_pkey")
    found = await connection.execute(
        "SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
        [f"{table.schema}.{table.name}"],
    )
    if await found.fetchone() is None:
        await connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}").format(
                identifier(table), key, key
            )
        )


async def make(connection: AsyncConnection[Any], tables: Iterable[Table]) -> None:
    """Make empty tables with all that belongs to them."""
    for table in tables:
        await connection.execute(heap(table))
        for step in index_steps(table):
            await connection.execute(step)
        await give_key(connection, table)


async def drop(connection: AsyncConnection[Any], names: Iterable[sql.Identifier]) -> None:
    """Drop tables that may be there."""
    for name in names:
        await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))


async def differing(
    connection: AsyncConnection[Any], tables: Iterable[Table], schema: str
) -> str | None:
    """The first table that has not the columns and indexes in a schema that are declared.

    The server writes types and conditions in words of its own, so what is declared is made, looked
    at and taken back.
    """
    for table in tables:
        async with connection.transaction(force_rollback=True):
            declared = table.to_metadata(MetaData(schema=ASIDE), schema=ASIDE)
            await make(connection, [declared])
            if await _shape(connection, declared) != await _shape(
                connection, table.to_metadata(MetaData(schema=schema), schema=schema)
            ):
                return table.name
    return None


async def _shape(connection: AsyncConnection[Any], table: Table) -> list[str]:
    names = {"name": f"{table.schema}.{table.name}", "schema": table.schema}
    found = await connection.execute(_SHAPE, names)
    return [row[0] for row in await found.fetchall()]
