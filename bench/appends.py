"""P3: the append function against a plain insert of as many rows into the same indexes."""

import re
import subprocess
import tempfile
import threading
import time
from datetime import date
from pathlib import Path
from uuid import uuid4

import psycopg

from bench.compare import Comparison, interleave
from domain.draws.events import DrawReviewStarted
from domain.kernel.actors import SYSTEM
from domain.loans.events import DrawOpened
from local.embedded.programs import programs
from runtime.eventstore.batch import APPEND, Prepared, parameters, prepare
from runtime.eventstore.codec import encode
from runtime.eventstore.records import Append, Proposed

CONNECTIONS = 1
BATCH_EVENTS = 100
COMMAND_EVENTS = 2  # one on the loan and one on the draw, as drawing, approving and funding append
EFFECTIVE_ON = date(2025, 2, 10)
SECONDS = 5.0
BATCHES = 4_000

_LIMIT_TABLE = """
CREATE TABLE IF NOT EXISTS bench_events (LIKE ledger.events INCLUDING ALL);
"""
_LIMIT_SQL = """
INSERT INTO bench_events (
    position, recorded_at, stream_id, partition_key, command_id, correlation_id, causation_id,
    stream_version, schema_version, effective_on, partition, type, actor, leaf_hash, payload)
SELECT nextval('bench_position'), now(), e.id, e.id, e.id, e.id, NULL, 1, 1, DATE '2025-02-10',
    3, 'loan.draw_opened', 'system:00000000-0000-0000-0000-000000000000',
    decode(repeat('ab', 32), 'hex'), convert_to(repeat('x', {payload}), 'UTF8')
FROM unnest(ARRAY(SELECT gen_random_uuid() FROM generate_series(1, 100))) AS e (id);
"""


def measure(url: str, rounds: int) -> Comparison:
    """Events a second: batches of fifty commands of two events, with their command log."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_LIMIT_TABLE)
        connection.execute("CREATE SEQUENCE IF NOT EXISTS bench_position")
    comparison = Comparison(
        "P3", "append function, 100 events a batch", "pgbench, 100-row unnest insert", "/s", 0.5
    )
    return interleave(comparison, lambda: _ours(url), lambda: _pgbench(url), rounds)


def _ours(url: str) -> float:
    work = [[_batch() for _ in range(BATCHES // CONNECTIONS)] for _ in range(CONNECTIONS)]
    done: list[int] = []
    started = threading.Barrier(CONNECTIONS + 1)

    def append(batches: list[list[Prepared]]) -> None:
        # The arrays are written before the clock starts: the function is measured, not Python.
        ready = [parameters(batch) for batch in batches]
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.cursor(binary=True)
            started.wait()
            until = time.monotonic() + SECONDS
            sent = 0
            for arguments in ready:
                cursor.execute(APPEND, arguments, prepare=True)
                sent += 1
                if time.monotonic() > until:
                    break
            done.append(sent)

    threads = [threading.Thread(target=append, args=(batches,)) for batches in work]
    for thread in threads:
        thread.start()
    started.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    return sum(done) * BATCH_EVENTS / (time.monotonic() - began)


def _batch() -> list[Prepared]:
    return [prepare(_request(), 16) for _ in range(BATCH_EVENTS // COMMAND_EVENTS)]


def _request() -> Append:
    command_id, loan_id, draw_id = uuid4(), uuid4(), uuid4()
    opened = DrawOpened(loan_id, draw_id, 1)
    started = DrawReviewStarted(loan_id, draw_id)
    return Append(
        command_id=command_id,
        payload_hash=command_id.bytes * 2,
        actor=SYSTEM,
        correlation_id=command_id,
        causation_id=None,
        proposed=(Proposed(opened, 1, EFFECTIVE_ON), Proposed(started, 1, EFFECTIVE_ON)),
        status=201,
        body=b'{"success":true}',
        version=1,
    )


def _pgbench(url: str) -> float:
    payload = len(encode(DrawOpened(uuid4(), uuid4(), 1)))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(_LIMIT_SQL.format(payload=payload))
        done = subprocess.run(
            [
                *(str(programs() / "pgbench"), "--no-vacuum", "--protocol=prepared"),
                *(f"--client={CONNECTIONS}", f"--jobs={CONNECTIONS}", f"--time={SECONDS:.0f}"),
                *("--file", str(script), url),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench printed no rate:\n{done.stdout}")
    return float(found.group(1)) * BATCH_EVENTS
