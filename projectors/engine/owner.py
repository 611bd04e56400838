"""Who owns the read side: the one role that may make tables there, change and drop them.

Projectors write and queries read by its default privileges, and can make nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from psycopg import AsyncConnection, sql
from sqlalchemy import Table
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from projectors.bookkeeping import PREVIOUS, SCHEMAS, every_table
from projectors.schema import DIALECT, SCHEMA
from runtime import postgres
from runtime.settings import Settings

_NO_LIMITS = {
    # A replay takes its time, and an index, too.
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_RIGHTS = """
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO drawbridge_projector;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO drawbridge_query;
GRANT USAGE ON SCHEMA {read}, {previous} TO drawbridge_projector, drawbridge_query;
"""
_COLUMNS = """
SELECT format('%%s.%%s', n.nspname, c.relname), array_agg(a.attname::text)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = ANY (%(schemas)s) AND c.relkind = 'r' GROUP BY 1
"""


def conninfo(settings: Settings, **session: str) -> str:
    """How the owner connects, with further settings for the session."""
    return postgres.conninfo(settings, "read_owner", **{**_NO_LIMITS, **session})


async def connect(settings: Settings, **session: str) -> AsyncConnection[Any]:
    """One autocommitting connection of the owner."""
    return await AsyncConnection.connect(conninfo(settings, **session), autocommit=True)


async def prepare(connection: AsyncConnection[Any]) -> None:
    """Make the schemas and the tables that the read side keeps about itself, as far as they lack.

    Args:
        connection: of the owner, alone at it.
    """
    async with connection.transaction():
        found = await connection.execute(
            "SELECT nspname::text FROM pg_namespace WHERE nspname = ANY (%s)", [list(SCHEMAS)]
        )
        there = {name for (name,) in await found.fetchall()}
        missing = [name for name in SCHEMAS if name not in there]
        for name in missing:
            await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        names = {"read": sql.Identifier(SCHEMA), "previous": sql.Identifier(PREVIOUS)}
        await connection.execute(sql.SQL(_RIGHTS).format(**names))
        await _complete(connection, every_table())


async def _complete(connection: AsyncConnection[Any], tables: Iterable[Table]) -> None:
    found = await connection.execute(_COLUMNS, {"schemas": list(SCHEMAS)})
    columns: Mapping[str, list[str]] = dict(await found.fetchall())
    for table in tables:
        there = columns.get(f"{table.schema}.{table.name}")
        statements: list[Any] = []
        if there is None:
            statements += [CreateTable(table), *map(CreateIndex, table.indexes)]
        for column in table.columns:
            if there is not None and column.name not in there:
                made = str(CreateColumn(column).compile(dialect=DIALECT))
                statements.append(f"ALTER TABLE {table.schema}.{table.name} ADD COLUMN {made}")
        for statement in statements:
            told = statement if isinstance(statement, str) else statement.compile(dialect=DIALECT)
            await connection.execute(cast(Any, str(told)))
