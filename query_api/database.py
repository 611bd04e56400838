"""Reading the read tables: prepared statements, plain tuples."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import Composable
from psycopg_pool import AsyncConnectionPool

Parameters = Sequence[Any] | Mapping[str, Any]


class Database:
    """A pool that reads."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
        self._pool = pool

    async def rows(
        self, statement: str | Composable, parameters: Parameters = ()
    ) -> list[tuple[Any, ...]]:
        """Every row of a statement, which the server keeps prepared."""
        async with self._pool.connection() as connection:
            # Statements are written here or composed of identifiers, never of what a user sent.
            cursor = await connection.execute(statement, parameters, prepare=True)  # type: ignore[arg-type]  # as said above
            return await cursor.fetchall()

    async def row(
        self, statement: str | Composable, parameters: Parameters = ()
    ) -> tuple[Any, ...] | None:
        """The one row of a statement, if there is one."""
        rows = await self.rows(statement, parameters)
        return rows[0] if rows else None
