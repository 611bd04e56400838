"""P10: an append to a store that holds much, against the same append to one that holds little.

Both stores lie on one server. One connection calls ``ledger.append`` in turn, on the one and on the
other, for loans picked at random from all that the store has: so the index pages that an append
needs are spread as the store's are.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection

from bench.compare import Comparison, Direction, Round, add_round, percentiles, say
from bench.deck import AS_OF
from bench.ground import Ground
from bench.store import fill
from domain.draws.events import DrawReviewStarted
from domain.kernel.actors import SYSTEM
from domain.loans.events import DrawOpened
from runtime.eventstore.batch import APPEND, parameters, prepare
from runtime.eventstore.records import Append, Proposed
from runtime.ids import new_id

FEW_EVENTS = 100_000
MANY_EVENTS = 10_000_000
MANY_EVENTS_QUICK = 1_000_000
GIGABYTES_A_MILLION = 1.1
GIGABYTES_BESIDES = 5.0  # the write-ahead log, the small store and the deck
LOANS = 2_000
PAIRS = 400
BATCH_COMMANDS = 50
BATCH_PAIRS = 60
TARGET = 1.2


def measure(ground: Ground) -> list[Comparison]:
    """The median of one command an append, and of fifty."""
    many_events = MANY_EVENTS_QUICK if ground.quick else MANY_EVENTS
    ground.demand_room(GIGABYTES_A_MILLION * many_events / 1_000_000 + GIGABYTES_BESIDES)
    with (
        _store(ground, "bench_few", FEW_EVENTS) as few,
        _store(ground, "bench_many", many_events) as many,
    ):
        return [
            _compared(ground, few, many, many_events, commands=1, pairs=PAIRS),
            _compared(ground, few, many, many_events, commands=BATCH_COMMANDS, pairs=BATCH_PAIRS),
        ]


@dataclass(slots=True)
class _Filled:
    """A filled store, with loans to append to and the versions they are at."""

    connection: Connection[Any]
    partition_count: int
    versions: dict[UUID, int]
    turn: Iterator[UUID]

    def append(self, commands: int) -> float:
        """Append so many commands in one call; returns the milliseconds of the call."""
        batch = [
            prepare(self._request(next(self.turn)), self.partition_count) for _ in range(commands)
        ]
        arguments = parameters(batch)
        cursor = self.connection.cursor(binary=True)
        began = time.perf_counter()
        cursor.execute(APPEND, arguments, prepare=True)
        outcomes = cursor.fetchall()
        millis = (time.perf_counter() - began) * 1000
        if any(row[1] != "appended" for row in outcomes):
            raise RuntimeError(f"an append was not carried out: {outcomes[0]}")
        return millis

    def _request(self, loan_id: UUID) -> Append:
        self.versions[loan_id] += 1
        # As in the service: what it names itself sorts by time, what a client's key names does not.
        version, draw_id, command_id = self.versions[loan_id], new_id(), uuid4()
        opened = Proposed(DrawOpened(loan_id, draw_id, version), version, AS_OF)
        started = Proposed(DrawReviewStarted(loan_id, draw_id), 1, AS_OF)
        return Append(
            command_id=command_id,
            payload_hash=command_id.bytes * 2,
            actor=SYSTEM,
            correlation_id=command_id,
            causation_id=None,
            proposed=(opened, started),
            status=201,
            body=b'{"success":true}',
            version=version,
        )


@contextmanager
def _store(ground: Ground, name: str, events: int) -> Iterator[_Filled]:
    with ground.database(name) as url:
        say(f"P10 filling a store with {events:,} events")
        fill(url, events)
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute("SELECT partition_count FROM ledger.store").fetchone()
            assert row is not None
            loans = _some_loans(connection)
            yield _Filled(connection, row[0], loans, cycle(list(loans)))


def _some_loans(connection: Connection[Any]) -> dict[UUID, int]:
    """Loans of the store, spread over all of it, and the versions of their streams."""
    closed = connection.execute(
        "SELECT stream_id FROM ledger.events WHERE type = 'loan.closed' ORDER BY position"
    ).fetchall()
    ids = sorted({row[0] for row in closed})
    picked = Random(1).sample(ids, min(LOANS, len(ids)))  # noqa: S311  # which loans, not a secret
    return dict(
        connection.execute(
            "SELECT stream_id, max(stream_version) FROM ledger.events"
            " WHERE stream_id = ANY (%s) GROUP BY stream_id ORDER BY random()",
            (picked,),
        ).fetchall()
    )


def _compared(
    ground: Ground, few: _Filled, many: _Filled, many_events: int, *, commands: int, pairs: int
) -> Comparison:
    name = "P10" if commands == 1 else f"P10 ({commands} commands)"
    comparison = Comparison(
        name,
        f"append p50 with {many_events:,} events stored",
        f"with {FEW_EVENTS:,}",
        "ms",
        TARGET,
        direction=Direction.AT_MOST,
    )
    for _ in range(pairs // 4):  # plans are made, the pages that every append needs are read
        few.append(commands)
        many.append(commands)
    for number in range(1, ground.rounds + 1):
        took: dict[str, list[float]] = {"limit": [], "ours": []}
        for _ in range(pairs):
            took["limit"].append(few.append(commands))
            took["ours"].append(many.append(commands))
        for side, millis in took.items():
            found = percentiles(millis)
            add_round(comparison, side, number, Round(found["p50"], {"millis": found}))
        say(f"{name} round {number} of {ground.rounds}: {comparison.ratios[-1]:.2f}")
    if many_events < MANY_EVENTS:
        comparison.notes.append(f"the target is for {MANY_EVENTS:,} events; this run was quick")
    return comparison
