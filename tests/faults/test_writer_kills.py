"""N1 and N2 while the processes that append are killed: a command is in the store whole, or not at all.

What a killed process had been told must be there. What it was not told may be: then whole.
"""

import asyncio
import random

import psycopg
import pytest

from tests.faults.test_gap_hunt import Acknowledged, acknowledged_in, start_writers

ROUNDS = 8
PROCESSES = 4
SECONDS_MAX = 0.4


async def killed(url: str, seed: int, choose: random.Random) -> list[Acknowledged]:
    """Start writers, kill them in full flight, and return what they had been told."""
    process = await start_writers(url, 1_000_000, seed)
    assert process.stdout is not None
    first = await process.stdout.readline()  # From here on it is under way.
    await asyncio.sleep(choose.random() * SECONDS_MAX)
    process.kill()
    output = await process.stdout.read()
    await process.wait()
    return acknowledged_in(first + output)


def faults(url: str, acknowledged: list[Acknowledged]) -> list[str]:
    """Everything wrong with what is stored."""
    with psycopg.connect(url) as connection:
        # The server may be finishing what a killed process had sent: look at one moment.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        rows = connection.execute(
            "SELECT position, stream_id::text, stream_version, command_id FROM ledger.events"
            " ORDER BY position"
        ).fetchall()
        answers = connection.execute(
            "SELECT command_id, first_position, last_position FROM ledger.command_log"
        ).fetchall()
    found = []
    if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
        found.append("positions have holes")
    streams = {position: stream for position, stream, _, _ in rows}
    commands = {position: command for position, _, _, command in rows}
    for first, last, stream in acknowledged:
        if any(streams.get(position) != stream for position in range(first, last + 1)):
            found.append(f"acknowledged {first}..{last} is not there")
    answered = {
        position: command for command, first, last in answers for position in range(first, last + 1)
    }
    if answered != commands:
        found.append("a command's events and its answer are not there together")
    return found


@pytest.mark.slow
async def test_killing_the_writers_leaves_no_command_lost_or_half_done(database_url: str) -> None:
    choose = random.Random(11)
    acknowledged: list[Acknowledged] = []
    for at in range(ROUNDS):
        seeds = range(at * PROCESSES, (at + 1) * PROCESSES)
        for told in await asyncio.gather(*(killed(database_url, seed, choose) for seed in seeds)):
            assert told
            acknowledged += told

    assert faults(database_url, acknowledged) == []


@pytest.mark.parametrize(
    "planted",
    [
        "DELETE FROM ledger.events WHERE position = (SELECT max(position) FROM ledger.events)",
        "DELETE FROM ledger.events WHERE position = 2",
        "DELETE FROM ledger.command_log WHERE first_position = 1",
        "UPDATE ledger.events SET stream_id = gen_random_uuid() WHERE position = 1",
    ],
)
async def test_the_checker_finds_what_was_tampered_with(database_url: str, planted: str) -> None:
    acknowledged = await killed(database_url, 1, random.Random(1))
    assert faults(database_url, acknowledged) == []

    with psycopg.connect(database_url) as owner:
        owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER append_only")
        owner.execute(planted.encode())

    assert faults(database_url, acknowledged) != []
