"""Reading the read tables: prepared statements, and rows that know their columns by name."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from psycopg import AsyncConnection, AsyncCursor
from psycopg_pool import AsyncConnectionPool

Parameters = Sequence[Any] | Mapping[str, Any]


class Row(Struct, gc=False):
    """A row of a statement: a subclass names the statement's columns, in their order."""


AnyRow = TypeVar("AnyRow", bound=Row)


class Number(Row):
    """How many there are."""

    number: int


class Database:
    """A pool that reads."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
        self._pool = pool
        self._known: set[tuple[type[Row], str]] = set()

    async def rows(
        self, kind: type[AnyRow], statement: str, parameters: Parameters = ()
    ) -> list[AnyRow]:
        """Every row of a statement, which the server keeps prepared.

        Raises:
            TypeError: the statement's columns are not those that the kind of row names.
        """
        async with self._pool.connection() as connection:
            cursor = await _execute(connection, statement, parameters)
            if (kind, statement) not in self._known:
                _check(kind, cursor)
                self._known.add((kind, statement))
            return [kind(*values) for values in await cursor.fetchall()]

    async def row(
        self, kind: type[AnyRow], statement: str, parameters: Parameters = ()
    ) -> AnyRow | None:
        """The one row of a statement, if there is one."""
        rows = await self.rows(kind, statement, parameters)
        return rows[0] if rows else None

    async def number(self, statement: str, parameters: Parameters = ()) -> int:
        """The number that a statement finds under that name; of nothing, zero."""
        row = await self.row(Number, statement, parameters)
        return row.number if row else 0

    async def tuples(self, statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement that was composed of its columns, so that nothing can differ."""
        async with self._pool.connection() as connection:
            return await (await _execute(connection, statement, parameters)).fetchall()


async def _execute(
    connection: AsyncConnection[Any], statement: str, parameters: Parameters
) -> AsyncCursor[Any]:
    # Statements are written in source code or composed of what is, never of what a user sent.
    # Ids and moments come in binary, which costs half of reading them as text.
    return await connection.execute(statement, parameters, prepare=True, binary=True)


def _check(kind: type[Row], cursor: AsyncCursor[Any]) -> None:
    names = tuple(column.name for column in cursor.description or ())
    if names != kind.__struct_fields__:
        raise TypeError(f"{kind.__name__} has {kind.__struct_fields__}, its statement {names}")
