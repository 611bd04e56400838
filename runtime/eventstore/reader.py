"""Reading the log: a stream, a partition, or everything from a position."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor

from domain.events.envelope import Recorded
from domain.ledger.as_of import effective_by
from runtime.eventstore.records import EVENT_COLUMNS, Store, StoredEvent

_SELECT = f"SELECT {EVENT_COLUMNS} FROM ledger.events"  # noqa: S608  # constant columns
_STREAM = (
    f"{_SELECT} WHERE stream_id = %s AND stream_version > %s AND stream_version <= %s"
    " AND recorded_at <= %s ORDER BY stream_version"
)
# Each stream by its own walk through the primary key, however many are asked for.
_STREAMS = (
    f"SELECT e.* FROM unnest(%s::uuid[], %s::integer[]) AS asked (id, after),"  # noqa: S608  # constant columns
    f" LATERAL ({_SELECT} WHERE stream_id = asked.id AND stream_version > asked.after OFFSET 0) AS e"
    " ORDER BY e.stream_id, e.stream_version"
)
_LOANS_CLOSED = (
    "SELECT position, stream_id FROM ledger.events"
    " WHERE type = 'loan.closed' AND position > %s ORDER BY position LIMIT %s"
)
_SINCE = f"{_SELECT} WHERE position > %s ORDER BY position LIMIT %s"
_PARTITION_SINCE = (
    f"{_SELECT} WHERE partition = %s AND position > %s AND position <= %s"
    " ORDER BY position LIMIT %s"
)
_HEADS = (
    "SELECT p, coalesce((SELECT e.position FROM ledger.events e WHERE e.partition = p"
    " ORDER BY e.position DESC LIMIT 1), 0)"
    " FROM ledger.store, generate_series(0, partition_count - 1) AS p"
)

_END = 2**31 - 1
_POSITION_END = 2**63 - 1


def _stored(_: AsyncCursor[Any]) -> Callable[[Sequence[Any]], StoredEvent]:
    """Rows as events, by position: rebuilds read millions, and names cost a fifth more."""
    return lambda values: StoredEvent(*values)


class Connections(Protocol):
    """Where a reader has its connections from: a pool, as a rule."""

    def connection(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """A connection, to be had with ``async with``."""


class _OneConnection:
    """The same connection each time, by one after another."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        yield self._connection


class Reader:
    """Reads the log over a pool of connections."""

    def __init__(self, database: Connections) -> None:
        self._database = database

    @asynccontextmanager
    async def snapshot(self) -> "AsyncIterator[Reader]":
        """A reader of the log as it is at one moment: whatever it reads belongs together.

        What is read one after another without it may have an append in between: a loan from before,
        its month from after.
        """
        async with self._database.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Reader(_OneConnection(connection))

    async def stream(
        self,
        stream_id: UUID,
        after_version: int = 0,
        to_version: int | None = None,
        effective_on: date | None = None,
        recorded_at: datetime | None = None,
    ) -> list[Recorded]:
        """The events of one stream, oldest first.

        Args:
            stream_id: of a loan or draw.
            after_version: leave out versions up to this one.
            to_version: leave out versions after this one; 0 leaves out all.
            effective_on: only what counts on this date (`domain.ledger.as_of`).
            recorded_at: only what had become known by then.
        """
        stored = await self._read(
            _STREAM,
            (
                stream_id,
                after_version,
                _END if to_version is None else to_version,
                recorded_at or "infinity",
            ),
        )
        events = [event.decode() for event in stored]
        return events if effective_on is None else effective_by(events, effective_on)

    async def streams(
        self, after_versions: Mapping[UUID, int] | Collection[UUID]
    ) -> dict[UUID, list[Recorded]]:
        """The events of many streams in one query, oldest first; a stream without any is absent.

        Args:
            after_versions: the streams, perhaps each with the version up to which to leave out.
        """
        found: dict[UUID, list[Recorded]] = {}
        if not isinstance(after_versions, Mapping):
            after_versions = dict.fromkeys(after_versions, 0)
        asked = (list(after_versions), list(after_versions.values()))
        for stored in await self._read(_STREAMS, asked):
            found.setdefault(stored.stream_id, []).append(stored.decode())
        return found

    async def loans_closed(self, after: int, limit: int) -> list[tuple[int, UUID]]:
        """The loans that were closed, in that order, whatever became of them since.

        Args:
            after: the position of a closing; leave out those up to it.
            limit: how many at most.

        Returns:
            Position and loan; a loan whose closing was undone and done again comes twice.
        """
        async with self._database.connection() as connection:
            rows = await (await connection.execute(_LOANS_CLOSED, (after, limit))).fetchall()
        return [(position, loan_id) for position, loan_id in rows]

    async def since(self, position: int, limit: int) -> list[StoredEvent]:
        """Events after a position, in commit order; none is ever missing between two of them."""
        return await self._read(_SINCE, (position, limit))

    async def partition_since(
        self, partition: int, position: int, limit: int, up_to: int | None = None
    ) -> list[StoredEvent]:
        """Events of one partition after a position and up to another."""
        return await self._read(
            _PARTITION_SINCE,
            (partition, position, _POSITION_END if up_to is None else up_to, limit),
        )

    async def heads(self) -> dict[int, int]:
        """The last position in each partition, 0 where nothing has happened."""
        async with self._database.connection() as connection:
            rows = await (await connection.execute(_HEADS)).fetchall()
        return dict(rows)

    async def head(self) -> int:
        """The last position of the log."""
        return int(await self._value("SELECT position FROM ledger.head"))

    async def store(self) -> Store:
        """The store's identity."""
        async with self._database.connection() as connection:
            row = await (
                await connection.execute("SELECT epoch, partition_count FROM ledger.store")
            ).fetchone()
        if row is None:
            raise LookupError("the store has no identity: ledger.store is empty")
        return Store(*row)

    async def _value(self, query: str) -> Any:
        async with self._database.connection() as connection:
            row = await (await connection.execute(query)).fetchone()
        return None if row is None else row[0]

    async def _read(self, query: str, parameters: Sequence[Any]) -> list[StoredEvent]:
        async with (
            self._database.connection() as connection,
            connection.cursor(binary=True, row_factory=_stored) as cursor,
        ):
            await cursor.execute(query, parameters)
            return await cursor.fetchall()
