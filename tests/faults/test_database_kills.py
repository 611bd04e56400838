"""N1 and N2 while PostgreSQL is killed again and again: nothing lost, nothing doubled.

Eight writers append without pause; whoever is told that the outcome is unknown sends the same
command again, as a client would. The checker reads the tables only. On a server that confirms what
is not yet on the disk it must turn red.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from deploy.preparing import prepare
from local.embedded import DataFolder, Postgres
from runtime.eventstore.appender import Appender, OutcomeUnknown, QueueFull
from runtime.eventstore.records import Append, Appended, Outcome, Replayed
from runtime.ids import new_id
from runtime.postgres import pool
from runtime.settings import Settings
from tests.faults.gap_writer import command

KILLS = 16
"""Of the database alone; `test_kills` strikes it as well, as one kind among the whole system's."""
KILLS_UNSAFE = 10
WRITERS = 8
AT_IT_SECONDS_MAX = 120


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    with DataFolder(tmp_path) as folder, Postgres(folder) as running:
        prepare(running.url())
        yield running


class Writers:
    """Clients that keep a history: what they sent, what they were told, what was under way."""

    def __init__(self, appender: Appender) -> None:
        self.appender = appender
        self.stop = asyncio.Event()
        self.under_way: set[UUID] = set()
        self.acknowledged: dict[UUID, int | None] = {}
        self.faults: list[str] = []

    async def write(self) -> None:
        stream_id, version = new_id(), 0
        while not self.stop.is_set():
            request = command(stream_id, version, 2)
            self.under_way.add(request.command_id)
            outcome = await self._until_known(request)
            self.under_way.discard(request.command_id)
            if not isinstance(outcome, Appended | Replayed):
                # The stream is ours alone: only a loss can have moved it back.
                self.faults.append(f"the stream lost what was acknowledged: {outcome}")
                return
            self.acknowledged[request.command_id] = outcome.last_position
            version += 2

    async def at_it_again(self) -> None:
        """Return once a round of commands has been acknowledged since now."""
        wanted = len(self.acknowledged) + WRITERS
        async with asyncio.timeout(AT_IT_SECONDS_MAX):
            while len(self.acknowledged) < wanted and not self.faults:
                await asyncio.sleep(0.005)

    async def _until_known(self, request: Append) -> Outcome:
        while True:
            try:
                return await self.appender.append(request)
            except (OutcomeUnknown, QueueFull):
                await asyncio.sleep(0.05)


async def hunt(server: Postgres, kills: int, *, unsafe: bool) -> Writers:
    """Write and kill; every kill must find commands under way, or it would prove nothing."""
    settings = Settings(database_url=server.url())
    choose = random.Random(7)
    async with pool(settings, "command") as database, Appender(settings, database) as appender:
        if unsafe:  # Behind the back of the appender, which would not have started.
            with psycopg.connect(server.url(), autocommit=True) as owner:
                owner.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
                owner.execute("ALTER DATABASE drawbridge SET synchronous_commit = off")
        writers = Writers(appender)
        writing = [asyncio.create_task(writers.write()) for _ in range(WRITERS)]
        for _ in range(kills):
            await writers.at_it_again()
            await asyncio.sleep(0.05 + choose.random() * 0.3)
            if not unsafe:
                assert writers.under_way
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        await asyncio.sleep(0.2)
        writers.stop.set()
        await asyncio.gather(*writing)
    return writers


def faults(server: Postgres, writers: Writers) -> list[str]:
    """Everything wrong with what is stored, beside what the writers were told."""
    found = list(writers.faults)
    with psycopg.connect(server.url()) as connection:
        rows = connection.execute(
            "SELECT position, command_id, stream_id, stream_version FROM ledger.events"
            " ORDER BY position"
        ).fetchall()
    if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
        found.append("positions have holes")
    last = {row[1]: row[0] for row in rows}
    if last != writers.acknowledged:
        lost = len(set(writers.acknowledged.items()) - set(last.items()))
        found.append(f"{lost} acknowledged commands are not where they were said to be")
    if set(Counter(row[1] for row in rows).values()) != {2}:
        found.append("a command has more or fewer events than it proposed")
    versions: dict[UUID, list[int]] = {}
    for _, _, stream_id, version in rows:
        versions.setdefault(stream_id, []).append(version)
    if any(seen != list(range(1, len(seen) + 1)) for seen in versions.values()):
        found.append("a stream's versions have holes")
    return found


@pytest.mark.slow
async def test_killing_the_database_loses_and_doubles_nothing(server: Postgres) -> None:
    writers = await hunt(server, KILLS, unsafe=False)

    assert len(writers.acknowledged) > KILLS * WRITERS
    assert faults(server, writers) == []


async def test_on_a_server_that_confirms_too_early_the_checker_turns_red(server: Postgres) -> None:
    writers = await hunt(server, KILLS_UNSAFE, unsafe=True)

    assert faults(server, writers) != []
