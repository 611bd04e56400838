"""P8: the relay against a bare producer of the same bytes, each in a process of its own.

The limit has its messages in memory, keys, values and headers ready, and hands the library whole
batches, its fastest way; the relay reads the log, writes the headers and keeps its checkpoint.
"""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psycopg

from bench.appends import _batch
from bench.compare import Comparison, interleave
from bench.ground import Ground
from runtime.eventstore.batch import APPEND, parameters

EVENTS, EVENTS_QUICK = 100_000, 20_000
BATCH_EVENTS = 100
SECONDS_MAX = 300
TARGET = 0.6


def measure(ground: Ground) -> list[Comparison]:
    """Messages a second by the clock, and by the processor time of the sending process."""
    events = EVENTS_QUICK if ground.quick else EVENTS
    clock = Comparison(
        "P8", "relay, messages", "a bare producer of the same bytes, acks=all", "/s", TARGET
    )
    with ground.database("bench_relay") as url:
        _fill(url, events)

        def run(program: str) -> float:
            told = _run(program, url, ground.bootstrap, events)
            clock.details.append({"program": program, **told})
            return events / told["seconds"]

        interleave(clock, lambda: run("relay"), lambda: run("producer"), ground.rounds)
    ours, limit = (_processor(clock, name) for name in ("relay", "producer"))
    clock.notes.append(
        f"processor time a message, in the sending process: relay {ours:.1f} µs, "
        f"producer {limit:.1f} µs"
    )
    return [clock]


def _fill(url: str, events: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.cursor(binary=True)
        for _ in range(events // BATCH_EVENTS):
            cursor.execute(APPEND, parameters(_batch()), prepare=True)
        connection.execute("VACUUM ANALYZE ledger.events")


def _run(program: str, url: str, bootstrap: str, events: int) -> dict[str, float]:
    topic = f"bench.{uuid4().hex[:12]}"
    done = subprocess.run(
        [sys.executable, "-m", "bench.relaying_one", program, url, bootstrap, topic, str(events)],
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS_MAX,
        cwd=Path(__file__).parent.parent,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _processor(comparison: Comparison, program: str) -> float:
    found = [one for one in comparison.details if one["program"] == program]
    return min(float(one["processor_microseconds"]) for one in found)
