"""N5: positions and versions have no holes, and a reader that tails the log misses nothing.

Sixteen writers in four processes append at random while one reader follows. The checker knows
nothing of the service: it compares what the reader saw with what the table holds, and what the
writers were told with both. With the head's lock taken out of the function it must turn red, or it
would prove nothing.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import AsyncConnection

PROCESSES = 4
WRITERS_A_PROCESS = 4
PAGE_ROWS_MAX = 500
POLL_SECONDS = 0.002

GapRow = tuple[int, str, int]
Acknowledged = tuple[int, int, str]
ROWS = "SELECT position, stream_id::text, stream_version FROM ledger.events"


@dataclass(frozen=True, slots=True)
class History:
    """What everybody saw: the tailing reader, the writers, and the table at the end."""

    tailed: Sequence[GapRow]
    acknowledged: Sequence[Acknowledged]
    stored: Sequence[GapRow]


def faults(history: History) -> list[str]:
    """Everything wrong with a history; empty when it is as it should be."""
    found = []
    positions = [position for position, _, _ in history.stored]
    if positions != list(range(1, len(positions) + 1)):
        found.append("positions in the table have holes")
    missed = len(set(history.stored) - set(history.tailed))
    if missed:
        found.append(f"the reader missed {missed} events")
    if [row[0] for row in history.tailed] != sorted({row[0] for row in history.tailed}):
        found.append("the reader saw events twice or out of order")
    versions = defaultdict(list)
    for _, stream, version in history.stored:
        versions[stream].append(version)
    if any(seen != list(range(1, len(seen) + 1)) for seen in versions.values()):
        found.append("a stream's versions have holes or are out of order")
    stream_at = {position: stream for position, stream, _ in history.stored}
    lost = [
        position
        for first, last, stream in history.acknowledged
        for position in range(first, last + 1)
        if stream_at.get(position) != stream
    ]
    if lost:
        found.append(f"{len(lost)} acknowledged events are not where the writer was told")
    if sum(last - first + 1 for first, last, _ in history.acknowledged) != len(history.stored):
        found.append("not every stored event was acknowledged once")
    return found


async def tail(url: str, stop: asyncio.Event) -> list[GapRow]:
    """Follow the log as every reader here does: what is after the last position seen."""
    seen: list[GapRow] = []
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            finishing = stop.is_set()
            last = seen[-1][0] if seen else 0
            cursor = await connection.execute(
                f"{ROWS} WHERE position > %s ORDER BY position LIMIT %s",
                (last, PAGE_ROWS_MAX),
            )
            page = await cursor.fetchall()
            seen += page
            if not page:
                if finishing:
                    return seen
                await asyncio.sleep(POLL_SECONDS)


async def start_writers(url: str, events: int, seed: int) -> asyncio.subprocess.Process:
    """A process of writers, which says on its standard output what it is told."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.gap_writer"),
        *map(str, (WRITERS_A_PROCESS, events, seed)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "DRAWBRIDGE_DATABASE_URL": url},
    )


def acknowledged_in(output: bytes) -> list[Acknowledged]:
    """What a process said, without a line that its death cut short."""
    words = [line.split() for line in output.decode().splitlines(keepends=True) if line[-1] == "\n"]
    return [(int(first), int(last), stream) for first, last, stream in words]


async def write(url: str, events: int, seed: int) -> list[Acknowledged]:
    """Let one process of writers append to its end."""
    process = await start_writers(url, events, seed)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return acknowledged_in(output)


async def hunt(url: str, events: int) -> History:
    stop = asyncio.Event()
    tailing = asyncio.create_task(tail(url, stop))
    told = await asyncio.gather(*(write(url, events // PROCESSES, n) for n in range(PROCESSES)))
    stop.set()
    tailed = await tailing
    with psycopg.connect(url) as connection:
        stored: list[GapRow] = connection.execute(f"{ROWS} ORDER BY position").fetchall()
    return History(tailed, [each for acknowledged in told for each in acknowledged], stored)


@pytest.mark.slow
async def test_a_tailing_reader_misses_none_of_fifty_thousand_events(database_url: str) -> None:
    history = await hunt(database_url, 50_000)

    assert len(history.stored) == 50_000
    assert faults(history) == []


def take_out_the_lock(url: str) -> None:
    """Give out positions as a sequence would: in order, but without waiting for the commit."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'append'"
            " AND pronamespace = 'ledger'::regnamespace"
        ).fetchone()
        assert row is not None
        locked: str = row[0]
        begin = locked.index("SELECT h.position")
        end = locked.index(";", begin) + 1
        assert "FOR UPDATE" in locked[begin:end]
        unlocked = """
            PERFORM pg_advisory_lock(1);
            head := (SELECT last_value FROM ledger.unlocked);
            PERFORM setval('ledger.unlocked', head + cardinality(e_stream_id));
            PERFORM pg_advisory_unlock(1);
            PERFORM pg_sleep(random() * 0.003);
            moment := clock_timestamp();"""
        connection.execute("CREATE SEQUENCE ledger.unlocked MINVALUE 0 START 0")
        connection.execute((locked[:begin] + unlocked + locked[end:]).encode())


async def test_without_the_lock_the_hunt_turns_red(database_url: str) -> None:
    take_out_the_lock(database_url)

    history = await hunt(database_url, 4_000)

    assert len(history.stored) == 4_000
    assert any("the reader missed" in fault for fault in faults(history))


GOOD = History(
    tailed=[(1, "a", 1), (2, "b", 1), (3, "a", 2)],
    acknowledged=[(1, 1, "a"), (2, 2, "b"), (3, 3, "a")],
    stored=[(1, "a", 1), (2, "b", 1), (3, "a", 2)],
)


def test_the_checker_passes_a_good_history() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    "planted",
    [
        History(GOOD.tailed[:2], GOOD.acknowledged, GOOD.stored),
        History(GOOD.tailed[::-1], GOOD.acknowledged, GOOD.stored),
        History([*GOOD.tailed, GOOD.tailed[-1]], GOOD.acknowledged, GOOD.stored),
        History(GOOD.tailed, GOOD.acknowledged, GOOD.stored[:2]),
        History(GOOD.tailed, [*GOOD.acknowledged, (4, 4, "c")], GOOD.stored),
        History(GOOD.tailed, [(1, 1, "b"), (2, 2, "a"), (3, 3, "a")], GOOD.stored),
        History(GOOD.tailed, GOOD.acknowledged, [GOOD.stored[0], (2, "b", 2), GOOD.stored[2]]),
        History(GOOD.tailed, GOOD.acknowledged, [*GOOD.stored[:2], (4, "a", 2)]),
    ],
    ids=[
        "tail dropped",
        "swapped",
        "doubled",
        "lost",
        "never stored",
        "exchanged",
        "version skipped",
        "position skipped",
    ],
)
def test_the_checker_finds_every_planted_fault(planted: History) -> None:
    assert faults(planted) != []
