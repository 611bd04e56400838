"""P7 and P11: how fast read models are rebuilt, and in how much memory.

The limit of speed is one COPY of the very rows that the rebuild reads, into a table with all the
indexes of the store: what writing that much down takes at least. Memory is the peak of the command
and of its largest worker.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO, Any

import psycopg

from bench.compare import Comparison, Direction, Round, interleave, say
from bench.ground import Ground
from bench.store import fill
from domain.events.catalogue import CATALOGUE
from projectors.registry import projections

WORKERS = 2
EVENTS, EVENTS_QUICK = 1_000_000, 100_000
EVENTS_FOR_SPEED = 500_000  # tells the same as a million, in half the time
TIMES_LARGER = 10
BYTES_A_READ = 1 << 20
_GIGABYTES_A_MILLION = 4.0
_MODELS: tuple[tuple[str, ...], ...] = (("loan_summary",), ("history",), ())
"""The one that folds most, the one that writes most, and all of them at once."""


def measure(ground: Ground) -> list[Comparison]:
    """Both, on stores filled for them."""
    events = EVENTS if "P11" in ground.only else EVENTS_FOR_SPEED
    events = EVENTS_QUICK if ground.quick else events
    found: list[Comparison] = []
    with ground.database("bench_rebuild") as url:
        ground.demand_room(events / 1_000_000 * _GIGABYTES_A_MILLION)
        fill(url, events)
        if not ground.only or "P7" in ground.only:
            found += [_speed(url, names, ground.rounds) for names in _MODELS]
        if "P11" in ground.only:  # a store ten times as large takes its time: only when named
            found.append(_memory(ground, url, events * TIMES_LARGER))
    return found


def _speed(url: str, names: Sequence[str], rounds: int) -> Comparison:
    told = " and ".join(names) or "all read models"
    comparison = Comparison(
        f"P7 {told}",
        f"rebuild of {told}, {WORKERS} workers, from planning to swap",
        "COPY of the event rows it reads, with the store's indexes",
        "events/s",
        0.4,
    )
    with tempfile.TemporaryFile() as rows:
        count = _export(url, names, rows)

        def ours() -> Round:
            done = _rebuilt(url, names)
            return Round(done["events_read"] / done["seconds"], done)

        interleave(comparison, ours, lambda: count / _copied(url, rows), rounds)
    comparison.notes.append(f"{count:,} events, those whose type the read models say they read")
    return comparison


def _memory(ground: Ground, small_url: str, large: int) -> Comparison:
    comparison = Comparison(
        "P11",
        f"peak memory of a rebuild of all read models at {large:,} events",
        f"at {large // TIMES_LARGER:,}",
        "MB",
        1.1,
        direction=Direction.AT_MOST,
        notes=["of the command and its largest worker together"],
    )
    with ground.database("bench_rebuild_large") as url:
        ground.demand_room(large / 1_000_000 * _GIGABYTES_A_MILLION)
        fill(url, large)
        interleave(comparison, lambda: _peak(url), lambda: _peak(small_url), 1)
    return comparison


def _peak(url: str) -> Round:
    done = _rebuilt(url, ())
    return Round(done["coordinator_mb"] + done["worker_mb"], done)


def _rebuilt(url: str, names: Sequence[str]) -> dict[str, Any]:
    words = [sys.executable, "-m", "bench.rebuilding_one", url, str(WORKERS), *names]
    out = subprocess.run(
        words, check=True, stdout=subprocess.PIPE, text=True
    ).stdout  # our own program
    done: dict[str, Any] = json.loads(out)
    say(f"{done['events_read']:,} events in {done['seconds']:.1f} s")
    return done


def _export(url: str, names: Sequence[str], into: IO[bytes]) -> int:
    """The rows that a rebuild of these reads, as COPY writes them; how many."""
    chosen = projections(list(names) or None)
    types = [kind.name for kind in CATALOGUE if any(one.wants(kind.cls) for one in chosen)]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE wanted AS SELECT unnest(%s::text[]) AS type", [types])
        query = "SELECT e.* FROM ledger.events e JOIN wanted USING (type) ORDER BY e.position"
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)".encode()) as rows:
            for data in rows:
                into.write(data)
        return cursor.rowcount


def _copied(url: str, rows: IO[bytes]) -> float:
    """Seconds to write the rows into a new table with the store's indexes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS public.copied")
        connection.execute("CREATE TABLE public.copied (LIKE ledger.events INCLUDING ALL)")
        rows.seek(0)
        began = time.monotonic()
        statement = "COPY public.copied FROM STDIN (FORMAT binary)"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            while data := rows.read(BYTES_A_READ):
                copy.write(data)
        seconds = time.monotonic() - began
        connection.execute("DROP TABLE public.copied")
    return seconds
