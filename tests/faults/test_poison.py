"""R7: one event in a thousand is poison; its loan waits, everything else is on time.

Some events raise wherever they are folded, until the projectors are mended; some cannot be read at
all, until somebody mends or skips them. While they wait, every row that does not depend on them is
as a replay without them makes it; once they have been retried, every row is as a clean replay
makes it. The retries are real programs: two at once beside a projector at work, one of them killed.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import psycopg
import pytest

import relay
from projectors import engine
from projectors.engine import retry
from projectors.registry import READ_MODELS
from runtime.postgres import connect
from runtime.settings import Settings
from tests.office import WAIT_SECONDS_MAX, Office, caught_up, open_office, read_rows, running
from tests.poison import Poison, counted, mend, parked, spoil

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EVENTS = 3_000
EVENTS_OVER_KAFKA = 500
ONE_IN = 1_000
UNREADABLE_AT = 333
LAG_SECONDS_MAX = 15.0
"""On a machine that the whole suite shares; what is held up by poison would wait for a person."""
LOANS_BETWEEN_LOOKS = 10
NAMES = [projection.name for projection in READ_MODELS]


async def wait_for(office: Office, events: int, database_url: str | None = None) -> float:
    """Work loans until there are so many events; the longest that the read side took to follow."""
    longest, loans = 0.0, 0
    while office.position < events:
        await office.three_draw_loan()
        loans += 1
        if database_url is not None and loans % LOANS_BETWEEN_LOOKS == 0:
            asked_at = monotonic()
            await caught_up(database_url, LAG_SECONDS_MAX)
            longest = max(longest, monotonic() - asked_at)
    return longest


def expected(database_url: str, poisoned: Collection[int]) -> dict[int, bool]:
    """What must be parked, as the store alone tells: position -> whether it is what blocks."""
    with psycopg.connect(database_url) as connection:
        events = connection.execute(
            "SELECT position, partition_key FROM ledger.events ORDER BY position"
        ).fetchall()
    blocked: set[UUID] = set()
    found: dict[int, bool] = {}
    for position, key in events:
        if key in blocked:
            found[position] = False
        elif position in poisoned:
            found[position] = True
            blocked.add(key)
    return found


def waiting(database_url: str) -> dict[str, dict[int, bool]]:
    """What is parked beside each read model; its checkpoints must count as much."""
    found = {}
    for name in NAMES:
        rows = parked(database_url, name)
        assert counted(database_url, name) == len(rows)
        found[name] = {position: reason is not None for position, reason in rows.items()}
    return found


async def disagreeing(settings: Settings) -> list[str]:
    """The tables that differ from a replay that leaves out what is parked or skipped."""
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    return [verdict.table for verdict in verdicts if not verdict.agrees]


def drawbridge(settings: Settings, *words: str) -> subprocess.Popen[bytes]:
    """The command line, as a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", *words],
        env=os.environ | {"DRAWBRIDGE_DATABASE_URL": settings.database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def said(program: subprocess.Popen[bytes]) -> str:
    """What it printed, once it is done as it should be."""
    output, _ = program.communicate(timeout=WAIT_SECONDS_MAX)
    assert program.returncode == 0, output
    return output.decode()


def killed_in_between(settings: Settings) -> int:
    """Start a retry and kill it once it has applied something; how much it left.

    The read model that is its last is held, so it cannot be done before we look.
    """
    before = _all_parked(settings)
    with psycopg.connect(settings.database_url) as holder:
        holder.execute(
            "SELECT FROM read.checkpoints WHERE projection = %s FOR UPDATE", [max(NAMES)]
        )
        program = drawbridge(settings, "parked", "retry")
        try:
            while (left := _all_parked(settings)) == before and program.poll() is None:
                sleep(0.01)
        finally:
            with suppress(ProcessLookupError):
                program.send_signal(signal.SIGKILL)
            program.communicate()
        holder.rollback()
    return left


def _all_parked(settings: Settings) -> int:
    return sum(counted(settings.database_url, name) for name in NAMES)


async def test_poison_holds_up_its_own_loans_and_a_retry_makes_everything_good(
    database_url: str,
) -> None:
    settings = Settings(database_url=database_url)
    poison = Poison(set(range(ONE_IN // 2, 10 * EVENTS, ONE_IN)))
    sick = [poison.into(projection) for projection in READ_MODELS]

    async def project(settings: Settings, stop: asyncio.Event) -> None:
        await engine.run(settings, stop, sick)

    async with open_office(settings) as office:
        await wait_for(office, ONE_IN)
        mended, skipped = UNREADABLE_AT, last_of_a_loan(database_url)
        payloads = spoil(database_url, [mended, skipped])
        async with running(project, settings):
            longest = await wait_for(office, EVENTS, database_url)
            await caught_up(database_url)
        print(f"{office.position} events, the read side never {longest:.1f} s behind")
        poisoned = poison.positions | {mended, skipped}
        wanted = expected(database_url, poisoned)
        assert sum(wanted.values()) >= EVENTS // ONE_IN + 1
        assert len(wanted) > sum(wanted.values())
        assert waiting(database_url) == dict.fromkeys(NAMES, wanted)
        assert await disagreeing(settings) == []

        mend(database_url, {mended: payloads[mended]})
        async with running(engine.run, settings):
            await skip(settings, skipped)
            left = await asyncio.to_thread(killed_in_between, settings)
            assert left > 0  # a kill that interrupted nothing proves nothing
            programs = [drawbridge(settings, "parked", "retry") for _ in range(2)]
            work = asyncio.create_task(wait_for(office, office.position + 200))
            for program in programs:
                await asyncio.to_thread(said, program)
            await work
            await caught_up(database_url)
    assert not any(waiting(database_url).values())
    assert await disagreeing(settings) == []
    await only_what_was_skipped_is_missing(settings, payloads, skipped)


async def test_what_is_poison_is_poison_over_kafka_too(
    database_url: str, on_broker: dict[str, Any]
) -> None:
    settings = Settings(database_url=database_url, **on_broker)
    poison = Poison({40, 41, 150, 300})
    sick = [poison.into(projection) for projection in READ_MODELS]

    async def project(settings: Settings, stop: asyncio.Event) -> None:
        await engine.run(settings, stop, sick)

    async with open_office(settings) as office, running(relay.run, settings):
        async with running(project, settings):
            await wait_for(office, EVENTS_OVER_KAFKA)
            await caught_up(database_url)
        assert waiting(database_url) == dict.fromkeys(
            NAMES, expected(database_url, poison.positions)
        )
        assert await disagreeing(settings) == []
        async with running(engine.run, settings):
            await asyncio.to_thread(said, drawbridge(settings, "parked", "retry"))
            await wait_for(office, office.position + 100)
            await caught_up(database_url)
    assert not any(waiting(database_url).values())
    assert await disagreeing(settings) == []


async def skip(settings: Settings, position: int) -> None:
    """Do without what cannot be read, beside every read model; that is on record."""
    first, *others = NAMES
    said(drawbridge(settings, "parked", "skip", first, str(position), "--reason", "unreadable"))
    async with await connect(settings, "projector") as connection:
        for name in others:
            await retry.skip(connection, name, position, "unreadable", "os:test")
    rows = json.loads(said(drawbridge(settings, "parked", "list", "--skipped", "--json")))
    assert [(row["projection"], row["position"], row["reason"]) for row in rows] == [
        (name, position, "unreadable") for name in sorted(NAMES)
    ]
    assert all(row["skipped_by"].startswith("os:") and row["error"] for row in rows)


async def only_what_was_skipped_is_missing(
    settings: Settings, payloads: dict[int, bytes], skipped: int
) -> None:
    """A rebuild from all events, now that each can be read, changes rows of the one loan only."""
    url = settings.database_url
    before = read_rows(url)
    mend(url, payloads)
    with psycopg.connect(url) as owner:
        owner.execute("DELETE FROM read.skipped")
        rows = owner.execute(
            "SELECT DISTINCT stream_id::text FROM ledger.events WHERE partition_key ="
            " (SELECT partition_key FROM ledger.events WHERE position = %s)",
            [skipped],
        ).fetchall()
    streams = {stream for (stream,) in rows}
    await engine.rebuild(settings, READ_MODELS, lambda _done, _total: None)
    after = read_rows(url)
    for table in ("loans", "draws", "history", "budget_lines", "payments"):
        differing = set(map(repr, before[table])) ^ set(map(repr, after[table]))
        assert all(any(stream in row for stream in streams) for row in differing), table
    assert before["history"] != after["history"]


def last_of_a_loan(database_url: str) -> int:
    """The last event of the loan that came last but one: nothing will wait behind it."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT max(position) FROM ledger.events GROUP BY partition_key ORDER BY 1 DESC LIMIT 2"
        ).fetchall()
    return int(rows[1][0])
