"""A process that takes chunks until none is left: reads, folds, writes, marks, commits.

It reads by keyset in the order of the keys, so that one loan is in memory at a time, and holds no
more than a page of events and a buffer of rows a table, however large the store is.
"""

import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from multiprocessing import parent_process
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table

from domain.events.catalogue import CATALOGUE
from domain.events.envelope import Recorded
from domain.kernel.actors import Actor
from projectors.engine import owner
from projectors.engine.blame import is_of_the_event, reason_of
from projectors.engine.projection import Projection, RowValues
from projectors.engine.rebuild import tables
from projectors.engine.rebuild.errors import Poison
from projectors.engine.rebuild.folding import Folding
from projectors.engine.rebuild.work import Target, target_from
from projectors.engine.statements import identifier, statements_of
from runtime.eventstore.codec import decode
from runtime.settings import Settings

PAGE_EVENTS_MAX = 2_000
COPY_ROWS = 500
"""Rows of a table that are worth a COPY; fewer are kept until the chunk ends."""
POISONED = 3
"""The exit code of a worker that met poison; it has written down which."""

# Wanted by nobody are only types that we know: an unknown one is poison, not something to leave out.
_PAGE = """
SELECT type, schema_version, payload, position, stream_id, stream_version, partition, partition_key,
    effective_on, recorded_at{origin}
FROM ledger.events
WHERE (partition_key, position) > (%s, %s) AND partition_key <= %s
    AND position <= (%s::bigint[])[partition + 1] AND type <> ALL (%s)
ORDER BY partition_key, position LIMIT %s
"""
_ORIGIN = ", actor, command_id, correlation_id, causation_id"
_CLAIM = sql.SQL(
    "SELECT number, first_key, last_key FROM {}.chunks WHERE events_read IS NULL"
    " ORDER BY events DESC, number LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_SESSION = {
    "synchronous_commit": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
}


class _Unread:
    """Stands for what no projection said that it reads; no row takes it."""


_UNREAD: tuple[Any, ...] = (_Unread(),) * 4

_actor = lru_cache(maxsize=1_000)(Actor.parse)


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker works.

    Attributes:
        settings: whose user owns the tables.
        schema: of the replay.
    """

    settings: Settings
    schema: str


def main(post: Post, seen: Any, slot: int) -> None:
    """Work until nothing is left.

    Args:
        post: where.
        seen: an array of numbers shared with the parent.
        slot: the one in which to count events of the chunk under way.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    # Autocommit, or the first question would begin a transaction that lasts as long as the worker.
    with psycopg.connect(owner.conninfo(post.settings, **_SESSION), autocommit=True) as connection:
        worker = _Worker(connection, post.schema, lambda count: seen.__setitem__(slot, count))
        # What folding lets go of is gone at once but for rare cycles: looking for those now and
        # again in between, as an interpreter does, takes a fifth of the time and finds none.
        gc.freeze()
        gc.disable()
        try:
            while worker.work():
                gc.collect()
        except Poison as poison:
            worker.report(poison)
            sys.exit(POISONED)


class _Worker:
    """Takes chunks over one connection."""

    def __init__(
        self, connection: psycopg.Connection[Any], schema: str, told: Callable[[int], None]
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._told = told
        self._projections, self._targets = self._assigned()
        partitions = zip(*(target.positions for target in self._targets.values()), strict=True)
        self._last = [max(positions) for positions in partitions]
        # What nobody wants need not be readable: that may be why it was left out.
        left_out = (target.left_out for target in self._targets.values())
        self._nobodys = frozenset.intersection(*left_out)
        self._origin = any(projection.reads_origin for projection in self._projections)
        self._page = sql.SQL(_PAGE).format(origin=sql.SQL(_ORIGIN if self._origin else ""))
        self._unwanted = [
            kind.name
            for kind in CATALOGUE
            if not any(projection.wants(kind.cls) for projection in self._projections)
        ]

    def _assigned(self) -> tuple[list[Projection], dict[str, Target]]:
        from projectors.registry import projections  # the registry imports the engine

        found = self._connection.execute(
            sql.SQL("SELECT projections, targets FROM {}.work").format(sql.Identifier(self._schema))
        ).fetchone()
        names, targets = found or ([], {})
        chosen = [tables.beside(each, self._schema) for each in projections(names)]
        return chosen, {name: target_from(each) for name, each in targets.items()}

    def work(self) -> bool:
        """Do one chunk, if there is one to do."""
        with self._connection.transaction():
            claim = _CLAIM.format(sql.Identifier(self._schema))
            chunk = self._connection.execute(claim).fetchone()
            if chunk is None:
                return False
            number, first_key, last_key = chunk
            events_read = self._fill(first_key, last_key)
            done = "UPDATE {}.chunks SET events_read = %s WHERE number = %s"
            self._connection.execute(
                sql.SQL(done).format(sql.Identifier(self._schema)), [events_read, number]
            )
        self._told(0)
        return True

    def _fill(self, first_key: UUID, last_key: UUID) -> int:
        rows = Buffers(self._connection)
        folding = Folding(self._projections, self._targets, self._last, rows.add)
        loan_id: UUID | None = None
        count = 0
        for page in self._pages(first_key, last_key):
            for key, events in groupby(page, attrgetter("partition_key")):
                if key != loan_id and loan_id is not None:
                    folding.end_loan()
                loan_id = key
                folding.take(list(events))
            rows.write(COPY_ROWS)
            count += len(page)
            self._told(count)
        folding.end_loan()
        rows.write(1)
        for table, sums in folding.end_chunk():
            rows.copy(table, tables.parts_of(table), sums)
        return count

    def _pages(self, first_key: UUID, last_key: UUID) -> Iterator[list[Recorded]]:
        key, position = first_key, 0
        parent = parent_process()
        while parent is None or parent.is_alive():
            with self._connection.cursor(binary=True) as cursor:
                wanted = (key, position, last_key, self._last, self._unwanted, PAGE_EVENTS_MAX)
                found = cursor.execute(self._page, wanted).fetchall()
            if not found:
                return
            yield [self._decoded(row) for row in found if row[3] not in self._nobodys]
            if len(found) < PAGE_EVENTS_MAX:
                return
            key, position = found[-1][7], found[-1][3]
        raise SystemExit("whoever asked for this is gone")

    def _decoded(self, row: Sequence[Any]) -> Recorded:
        name, version, payload, position, stream_id, stream_version, partition, key = row[:8]
        try:
            actor, command_id, correlation_id, causation_id = (
                (_actor(row[10]), *row[11:]) if self._origin else _UNREAD
            )
            return Recorded(
                decode(name, version, payload),
                name,
                version,
                position,
                stream_id,
                stream_version,
                partition,
                key,
                actor,
                command_id,
                correlation_id,
                causation_id,
                *row[8:10],
            )
        except Exception as error:
            if not is_of_the_event(error):
                raise
            raise Poison(self._projections[0].name, position, name, reason_of(error)) from error

    def report(self, poison: Poison) -> None:
        """Write down what nobody can apply."""
        told = "UPDATE {}.work SET failure = %s"
        self._connection.execute(
            sql.SQL(told).format(sql.Identifier(self._schema)),
            [Jsonb([poison.projection, poison.position, poison.event_type, poison.error])],
        )


class Buffers:
    """Rows on their way into tables, so many at a time that a COPY is worth its while."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._rows: dict[Table, list[RowValues]] = {}

    def add(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Take rows of a table."""
        self._rows.setdefault(table, []).extend(rows)

    def write(self, least: int) -> None:
        """Write those tables of which there are at least so many rows."""
        for table, rows in self._rows.items():
            if len(rows) >= least:
                self.copy(table, identifier(table), rows)
                rows.clear()

    def copy(self, table: Table, into: sql.Identifier, rows: Sequence[RowValues]) -> None:
        """Write rows of one table into it, or into one like it."""
        statements = statements_of(table)
        names = sql.SQL(", ").join(sql.Identifier(name) for name in statements.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(into, names)
        values = itemgetter(*statements.columns)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(statements.types)
            for row in rows:
                copy.write_row(values(row))
