"""Read tables made anew beside the live ones, by replaying the store.

A partition's events are folded in memory, in order, and each row is written once, by COPY, into
tables without indexes. Everything a loan and its draws are keyed by lies in one partition, so no
two partitions write the same key.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, cast

from psycopg import AsyncConnection, sql
from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from domain.events.envelope import Recorded
from projectors.engine.apply import fold_into
from projectors.engine.partition import Source
from projectors.engine.projection import (
    Appended,
    Folded,
    Key,
    Part,
    Projection,
    Row,
    Summed,
    add_to,
    key_columns,
)
from projectors.engine.statements import identifier, statements_of, sum_rows
from projectors.schema import SCHEMA

NEXT = "read_next"
PAGE_EVENTS_MAX = 2_000

Progress = Callable[[int, int], None]
"""Told how many events are done, of how many."""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def shadow_of(projection: Projection) -> Projection:
    """The same projection over tables of the same names in schema ``read_next``."""
    beside = MetaData(schema=NEXT)

    def moved(table: Table) -> Table:
        return table.to_metadata(beside, schema=NEXT)

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


async def create(connection: AsyncConnection[Any], shadow: Projection) -> None:
    """Make the shadow's tables, empty and without indexes."""
    for table in shadow.tables:
        live = sql.Identifier(SCHEMA, table.name)
        name = identifier(table)
        await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        await connection.execute(sql.SQL("CREATE TABLE {} (LIKE {})").format(name, live))


async def index(connection: AsyncConnection[Any], shadow: Projection) -> None:
    """Give the shadow's tables the keys, indexes and grants of the live ones."""
    for table in shadow.tables:
        name = identifier(table)
        keys = sql.SQL(", ").join(sql.Identifier(column.name) for column in key_columns(table))
        await connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(name, keys))
        for each in sorted(table.indexes, key=lambda one: str(one.name)):
            statement = str(CreateIndex(each).compile(dialect=_DIALECT))
            await connection.execute(cast(Any, statement))
        await connection.execute(
            sql.SQL(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON {0} TO drawbridge_projector;"
                " GRANT SELECT ON {0} TO drawbridge_query"
            ).format(name)
        )
        await connection.execute(sql.SQL("ANALYZE {}").format(name))


async def fill(
    connection: AsyncConnection[Any],
    shadows: Sequence[Projection],
    source: Source,
    up_to: Mapping[int, int],
    progress: Progress,
    total: int,
) -> None:
    """Replay the store into the shadows' empty tables.

    Args:
        connection: that may write them.
        shadows: filled side by side, so that the store is read once.
        source: the event store.
        up_to: partition -> the last position to replay.
        progress: told after every page.
        total: how many events there are, for the progress.

    Raises:
        Exception: whatever an event that cannot be applied raises; a rebuild stops on poison.
    """
    done = 0
    for partition, last in sorted(up_to.items()):
        sinks = [_sink(part) for shadow in shadows for part in shadow.parts]
        position = 0
        while position < last:
            events = await source.partition_since(partition, position, PAGE_EVENTS_MAX, last)
            if not events:
                break
            batch = [stored.decode() for stored in events]
            for sink in sinks:
                sink.take(batch)
                await _copy(connection, sink.flush())
            position = events[-1].position
            done += len(events)
            progress(done, total)
        for sink in sinks:
            await _copy(connection, sink.finish())


Rows = Iterable[tuple[Table, Iterable[Row]]]


class _FoldedSink:
    """Holds the states of one partition until all of its events are folded."""

    def __init__(self, part: Folded[Any]) -> None:
        self._part = part
        self._states: dict[Key, Any] = {}

    def take(self, batch: Sequence[Recorded]) -> None:
        touched = [(recorded, self._part.keys(recorded)) for recorded in batch]
        fold_into(self._states, self._part, touched)

    def flush(self) -> Rows:
        return ()

    def finish(self) -> Rows:
        part = self._part
        rows = [part.dump(state) for state in self._states.values()]
        yield part.table, rows
        for counters in part.counters:
            sums: dict[Key, list[int]] = {}
            for row in rows:
                add_to(sums, counters.of(row))
            yield counters.table, sum_rows(counters.table, sums)
        if part.details is not None:
            below = (part.details.of(state) for state in self._states.values())
            yield part.details.table, chain.from_iterable(below)


class _AppendedSink:
    """Passes rows on as they come."""

    def __init__(self, part: Appended) -> None:
        self._part = part
        self._rows: list[Row] = []

    def take(self, batch: Sequence[Recorded]) -> None:
        self._rows = [row for recorded in batch for row in self._part.rows(recorded)]

    def flush(self) -> Rows:
        yield self._part.table, self._rows

    def finish(self) -> Rows:
        return ()


class _SummedSink:
    """Holds the sums of one partition."""

    def __init__(self, part: Summed) -> None:
        self._part = part
        self._sums: dict[Key, list[int]] = {}

    def take(self, batch: Sequence[Recorded]) -> None:
        for recorded in batch:
            add_to(self._sums, self._part.of(recorded))

    def flush(self) -> Rows:
        return ()

    def finish(self) -> Rows:
        yield self._part.table, sum_rows(self._part.table, self._sums)


def _sink(part: Part) -> _FoldedSink | _AppendedSink | _SummedSink:
    match part:
        case Folded():
            return _FoldedSink(part)
        case Appended():
            return _AppendedSink(part)
        case Summed():
            return _SummedSink(part)


async def _copy(connection: AsyncConnection[Any], tables: Rows) -> None:
    for table, rows in tables:
        statements = statements_of(table)
        async with connection.cursor() as cursor, cursor.copy(statements.copy) as copy:
            for row in rows:
                await copy.write_row([row[column] for column in statements.columns])
