"""P9: from sending a command to when a query that asks for its position is answered with it.

API, relay, broker and projectors are real processes on this machine. First they are loaded as far
as they go: commands answered and projected, over the time until the last of them is. Then commands
come at half that rate, and for each the time is taken from when it was due to when the read side has
seen its position, by the same look-ups as the query API's.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any
from uuid import uuid4

import psycopg

from bench.ceiling import _requests
from bench.compare import Comparison, Direction, Round, add_round, percentiles, say
from bench.ground import Ground
from bench.load import HOST, Paced, Tally, split
from bench.loans import active_loans
from bench.serving import COMMAND_API, bearer, serving
from projectors.registry import READ_MODELS
from projectors.standing import ReadSide
from query_api.database import Database
from query_api.progress import Progress
from runtime.postgres import pool
from runtime.settings import Settings

LOANS = 256
CONNECTIONS = 32
SECONDS, SECONDS_QUICK = 10.0, 4.0
WARM_UP_SECONDS = 2.0
CAUGHT_UP_SECONDS_MAX = 120.0
VISIBLE_P99_MILLIS = 100.0
STOP_SECONDS_MAX = 15.0
LOOK_SECONDS = 0.005

EVERY_TABLE = tuple(table for each in READ_MODELS for table in each.tables)

Noted = tuple[float, float, int]
"""When a command was due and when it was answered, and the position it was recorded at."""


def measure(ground: Ground) -> list[Comparison]:
    """The ceiling of the whole pipeline, and what is seen how late at half of it."""
    whole = Comparison("P9 ceiling", "commands answered and projected", "", "/s", None)
    half = Comparison(
        "P9",
        "command to visible in the read side, p99 at half of the ceiling",
        "",
        "ms",
        VISIBLE_P99_MILLIS,
        direction=Direction.AT_MOST,
    )
    seconds = SECONDS_QUICK if ground.quick else SECONDS
    with ground.database("bench_visible") as url:
        settings = Settings(
            database_url=url,
            kafka_bootstrap=ground.bootstrap,
            kafka_topic=f"bench.{uuid4().hex[:12]}",
            kafka_idempotence=False,
        )
        loans = asyncio.run(active_loans(settings, LOANS))
        requests = split(_requests(loans, bearer(settings), len(loans)))
        with serving(COMMAND_API, settings) as api, _following(settings):
            _wait_until_seen(url)
            for number in range(1, ground.rounds + 1):
                most = asyncio.run(_at_most(settings, api.port, requests, seconds))
                add_round(whole, "ours", number, most)
                rate = most.value / 2
                seen = asyncio.run(_at_rate(settings, api.port, requests, seconds, rate))
                add_round(half, "ours", number, seen)
                say(f"P9 round {number}: {most.value:,.0f} /s; {_told(seen)}")
                half.notes.append(f"at {rate:,.0f} commands/s: {_told(seen)}")
    return [whole, half]


def _told(seen: Round) -> str:
    parts = (
        f"{name} " + "/".join(f"{at[share]:.0f}" for share in ("p50", "p99", "max"))
        for name, at in seen.details["millis"].items()
    )
    return "p50/p99/max ms: " + ", ".join(parts)


@contextmanager
def _following(settings: Settings) -> Iterator[None]:
    """A relay and a projector process."""
    environment = os.environ | {
        "DRAWBRIDGE_DATABASE_URL": settings.database_url,
        "DRAWBRIDGE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap or "",
        "DRAWBRIDGE_KAFKA_TOPIC": settings.kafka_topic,
        "DRAWBRIDGE_KAFKA_IDEMPOTENCE": str(settings.kafka_idempotence),
        "DRAWBRIDGE_LOG_LEVEL": "WARNING",
    }
    programs = [
        subprocess.Popen([sys.executable, "-m", "deploy.cli", name], env=environment)
        for name in ("relay", "project")
    ]
    try:
        yield
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            try:
                program.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def _wait_until_seen(url: str) -> None:
    """Wait until every event is projected, and came by the broker where it could."""
    until = time.monotonic() + CAUGHT_UP_SECONDS_MAX
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            relayed = connection.execute("SELECT max(position) FROM ledger.relay_checkpoint")
            side, (sent,) = ReadSide.read(connection), relayed.fetchone() or (0,)
            if min(sent or 0, side.position([each.name for each in READ_MODELS])) >= side.head:
                return
            if time.monotonic() > until:
                raise RuntimeError("the read side did not catch up")
            time.sleep(LOOK_SECONDS)


class _Noting(Paced):
    """Notes when each command was due and answered, and at which position."""

    notes: list[Noted]
    watch: Any = None

    def _count(self) -> None:
        before = self._tally.ok
        super()._count()
        if self._tally.ok == before:
            return
        head = self._received[: self._received.find(b"\r\n\r\n")].lower()
        at = head.find(b"x-ledger-position:")
        position = int(head[at + 18 : (head + b"\r").find(b"\r", at)])
        self.watch((self._sent_at, time.perf_counter(), position))


async def _send(
    port: int, requests: Sequence[bytes], seconds: float, rate: float, watch: Any
) -> Tally:
    """Send commands at a rate, or as fast as they are answered where it is 0."""
    loop, tally, began = asyncio.get_running_loop(), Tally(), time.perf_counter()
    counts_from = began + WARM_UP_SECONDS
    interval, shared = CONNECTIONS / rate if rate else 0.0, cycle(requests)
    made: list[_Noting] = []
    for number in range(CONNECTIONS):
        made.append(one := _Noting(shared, tally, counts_from, interval))
        one.watch = watch
        one.begin_at(began + interval * number / CONNECTIONS)
        await loop.create_connection(lambda: made[-1], HOST, port)
    await asyncio.sleep(WARM_UP_SECONDS + seconds)
    for one in made:
        one.stopping = True
    await asyncio.sleep(0.2)
    if tally.failed:
        raise RuntimeError(f"{tally.failed} failed, such as {tally.first_failure}")
    return tally


async def _at_most(
    settings: Settings, port: int, requests: Sequence[bytes], seconds: float
) -> Round:
    began = time.perf_counter()
    tally = await _send(port, requests, seconds, 0, lambda _: None)
    answered = time.perf_counter() - began
    await asyncio.to_thread(_wait_until_seen, settings.database_url)
    whole = time.perf_counter() - began
    return Round(
        tally.ok / (seconds * whole / answered), {"answered_per_second": tally.ok / seconds}
    )


async def _at_rate(
    settings: Settings, port: int, requests: Sequence[bytes], seconds: float, rate: float
) -> Round:
    """Send, and wait for each command's position as a query with ``min_position`` would."""
    parts: dict[str, list[float]] = {
        name: [] for name in ("visible", "answered", "relayed", "projected")
    }
    relayed: list[tuple[float, int]] = []
    waiting: set[asyncio.Task[None]] = set()
    async with pool(settings, "query") as connections, pool(settings, "command") as others:
        progress = Progress(Database(connections), CAUGHT_UP_SECONDS_MAX)

        async def visible(noted: Noted) -> None:
            due_at, answered_at, position = noted
            async with progress.reading(EVERY_TABLE, position):
                pass
            seen_at = time.perf_counter()
            sent_on = next((at for at, up_to in relayed if up_to >= position), seen_at)
            parts["visible"].append((seen_at - due_at) * 1000)
            parts["answered"].append((answered_at - due_at) * 1000)
            parts["relayed"].append((sent_on - answered_at) * 1000)
            parts["projected"].append((seen_at - sent_on) * 1000)

        def watch(noted: Noted) -> None:
            waiting.add(task := asyncio.create_task(visible(noted)))
            task.add_done_callback(waiting.discard)

        looking = asyncio.create_task(_look_at_relay(Database(others), relayed))
        try:
            await _send(port, requests, seconds, rate, watch)
            await asyncio.gather(*waiting)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
    told = {name: percentiles(values) for name, values in parts.items()}
    return Round(told["visible"]["p99"], {"rate": rate, "millis": told})


async def _look_at_relay(database: Database, relayed: list[tuple[float, int]]) -> None:
    """Note how far the relay has come, a few times in the time that a command takes."""
    while True:
        ((position,),) = await database.tuples(
            "SELECT coalesce(max(position), 0) FROM ledger.relay_checkpoint"
        )
        if not relayed or relayed[-1][1] < position:
            relayed.append((time.perf_counter(), position))
            del relayed[:-200]
        await asyncio.sleep(LOOK_SECONDS)
