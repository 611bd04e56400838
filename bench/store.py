"""Fills an empty store with millions of events: ``python -m bench.store --events 10000000``.

They are clones of a deck of loans made by the real commands (`bench.deck`): what a store of that
size would hold, each payload decodable, each hash right, positions and versions without holes, and
the events of about a thousand loans at a time interleaved. Written by COPY without indexes, which
are made at the end; the command log has a short answer for each command.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from uuid import uuid4

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench import clones
from bench.clones import SPAN, Filling
from bench.deck import AS_OF, LOANS, LoanTemplate, make_deck
from deploy.cli.output import notes
from deploy.errors import RefusedError
from deploy.preparing import prepare

LOANS_AT_A_TIME = 960
"""Whose events are interleaved: twelve copies of the deck."""
_TABLES = ("ledger.events", "ledger.command_log")


def fill(url: str, events: int, *, processes: int = 2, loans: int = LOANS) -> int:
    """Fill a migrated, empty store; returns how many events it has then.

    Args:
        url: of an administrator of its server: the deck is made in a database beside it.
        events: how many at most; the last command that fits is the last.
        processes: that write.
        loans: in the deck.

    Raises:
        RefusedError: the store holds events already.
    """
    with psycopg.connect(url) as connection:
        _demand_empty(connection)
        partition_count = connection.execute("SELECT partition_count FROM ledger.store").fetchone()
    with _beside(url) as deck_url:
        deck = make_deck(deck_url, loans=loans)
    assert partition_count is not None
    filling = _filling(url, deck, events, partition_count[0])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        indexes = drop_indexes(connection, _TABLES)
        written = _write(filling, processes)
        notes.print(f"{written:,} events written; making their indexes")
        for statement in indexes:
            connection.execute(statement)
        _set_head(connection, filling, written)
        connection.execute("VACUUM (ANALYZE) ledger.events, ledger.command_log, ledger.head")
    return written


def _demand_empty(connection: Connection) -> None:
    row = connection.execute("SELECT position FROM ledger.head").fetchone()
    if row is None or row[0] > 0:
        raise RefusedError("The store holds events; only an empty, migrated one is filled.")


@contextmanager
def _beside(url: str) -> Iterator[str]:
    """A migrated database on the same server, which is dropped afterwards."""
    name = f"bench_deck_{uuid4().hex[:8]}"
    identity = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identity))
        try:
            there = database_url(url, name)
            prepare(there)
            yield there
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identity))


def database_url(url: str, name: str) -> str:
    """Another database of the same server, as a URL."""
    parts = conninfo_to_dict(make_conninfo(url))
    password = f":{parts['password']}" if parts.get("password") else ""
    place = f"{parts.get('host', '127.0.0.1')}:{parts.get('port', '5432')}"
    return f"postgresql://{parts.get('user', 'postgres')}{password}@{place}/{name}"


def _filling(url: str, deck: Sequence[LoanTemplate], events: int, partition_count: int) -> Filling:
    deck_events = sum(len(command) for loan in deck for command in loan.commands)
    copies = max(1, min(LOANS_AT_A_TIME // len(deck), events // deck_events))
    # Each loan's commands are spread over the whole of its group's time.
    order = sorted(
        (
            ((step + (copy + 1) / (copies + 1)) / len(loan.commands), copy, which, step)
            for copy in range(copies)
            for which, loan in enumerate(deck)
            for step in range(len(loan.commands))
        ),
    )
    return Filling(
        url=url,
        deck=deck,
        copies=copies,
        order=[(copy, which, step) for _, copy, which, step in order],
        group_events=copies * deck_events,
        events=events,
        partition_count=partition_count,
        began_at=datetime.combine(AS_OF, datetime.min.time(), UTC) - SPAN,
    )


def drop_indexes(connection: Connection, tables: Sequence[str]) -> list[str]:
    """Drop the indexes of some tables; returns what makes them again."""
    made = []
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), conindid"
        " FROM pg_constraint WHERE contype IN ('p', 'u')"
        " AND conrelid = ANY (%s::regclass[])",
        (list(tables),),
    ).fetchall()
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY (%s::regclass[]) AND indexrelid <> ALL (%s::oid[])",
        (list(tables), [row[3] for row in constraints]),
    ).fetchall()
    for table, name, definition, _ in constraints:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        made.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for name, definition in indexes:
        connection.execute(f"DROP INDEX {name}")
        made.append(definition)
    return made


def _set_head(connection: Connection, filling: Filling, written: int) -> None:
    """Let the store know how far it is, and which numbers are taken."""
    connection.execute(
        "UPDATE ledger.head SET position = %s,"
        " recorded_at = (SELECT recorded_at FROM ledger.events WHERE position = %s)",
        (written, written),
    )
    groups = -(-written // filling.group_events)
    connection.execute(
        "SELECT setval('ledger.loan_number', %s)",
        (groups * filling.copies * len(filling.deck) // 50 * 50 + 51,),
    )


def _write(filling: Filling, processes: int) -> int:
    """Write the groups, each in a transaction of its own; returns how many events they have."""
    groups = iter(range(-(-filling.events // filling.group_events)))
    spawned = get_context("spawn")
    written = 0
    with (
        _bar(filling.events) as advance,
        ProcessPoolExecutor(processes, spawned, clones.begin, (filling,)) as pool,
    ):
        running: set[Future[int]] = set()
        while True:
            for group in islice(groups, 2 * processes - len(running)):
                running.add(pool.submit(clones.write_group, group))
            if not running:
                return written
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                written += future.result()
                advance(future.result())


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=notes) as bar:
        task = bar.add_task("writing events", total=total)
        yield lambda number: bar.advance(task, number)


def main() -> None:
    """Fill the store that is named."""
    options = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--database-url", default=os.environ.get("DRAWBRIDGE_DATABASE_URL"))
    given = options.parse_args()
    if given.database_url is None:
        options.error("name the store: --database-url, or DRAWBRIDGE_DATABASE_URL")
    try:
        written = fill(given.database_url, given.events, processes=given.processes)
    except RefusedError as refusal:
        options.exit(4, f"{refusal}\n")
    notes.print(f"{written:,} events")


if __name__ == "__main__":
    main()
