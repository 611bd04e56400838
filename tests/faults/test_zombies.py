"""R5: projectors that freeze in the middle of work, come back, or die: nothing doubled, nothing lost.

Two real projectors share the partitions. One is frozen, as a machine under a hypervisor is, until
the broker has given its partitions away and all is caught up without it. When it thaws, it goes on
where it was, in the middle of a batch that somebody else has applied: its checkpoints fence it.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection

import relay
from local.embedded import Child
from projectors import engine
from projectors.engine import checkpoints
from projectors.engine.process import SESSION
from projectors.registry import READ_MODELS
from runtime.postgres import connect
from runtime.settings import Settings
from tests.integration.projectors.test_delivery import at_the_bench
from tests.office import Office, behind, caught_up, open_office, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FREEZES = 2
FREEZES_MAX = 10
"""Whether a projector is in the middle of its own partitions' work when it is frozen is chance."""
KILLS = 2
SESSION_SECONDS = 6.0
CAUGHT_UP_SECONDS_MAX = 180.0
"""Frozen within a transaction, it holds its checkpoint until the server ends its session."""
LONG_ANSWER = b"SELECT repeat('loan', 250) FROM generate_series(1, 20000)"
"""More than the kernel takes off the server while nobody reads."""
SEED = 11


@dataclass
class Projector:
    """A projector process."""

    child: Child
    thread: ThreadPoolExecutor

    async def start(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self.thread, self.child.start)
        await self.has_said("consuming")

    async def stop(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self.thread, self.child.stop)
        self.thread.shutdown()

    def send(self, number: signal.Signals) -> None:
        os.kill(self.child.pid, number)

    def said(self, word: str) -> int:
        """How many lines of its log have a word."""
        return self.child.log.read_text(errors="replace").count(word)

    async def has_said(self, word: str) -> None:
        before = self.said(word)
        async with asyncio.timeout(CAUGHT_UP_SECONDS_MAX):
            while self.said(word) <= before:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def projector(settings: Settings, folder: Path, name: str) -> AsyncIterator[Projector]:
    """``drawbridge project``, as a program of its own."""
    environment = os.environ | {
        "DRAWBRIDGE_DATABASE_URL": settings.database_url,
        "DRAWBRIDGE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap or "",
        "DRAWBRIDGE_KAFKA_TOPIC": settings.kafka_topic,
        "DRAWBRIDGE_KAFKA_IDEMPOTENCE": str(settings.kafka_idempotence),
    }
    log = folder / f"{name}.log"
    log.touch()
    program = [sys.executable, "-m", "deploy.cli", "project"]
    # The kernel takes the end of the thread that started a child for its parent's death.
    its = Projector(Child(name, program, log=log, env=environment), ThreadPoolExecutor(1))
    try:
        await its.start()
        yield its
    finally:
        if its.child.alive:
            its.send(signal.SIGCONT)
        await its.stop()


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    """A database and a topic of the test's own."""
    return Settings(database_url=database_url, **on_broker)


@asynccontextmanager
async def at_work(office: Office, workers: int = 1) -> AsyncIterator[None]:
    """Loan after loan meanwhile."""
    stop = asyncio.Event()

    async def work() -> None:
        while not stop.is_set():
            await office.three_draw_loan()

    tasks = [asyncio.create_task(work()) for _ in range(workers)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def in_the_middle(settings: Settings, choose: random.Random) -> None:
    """Return at some moment at which there is work that nobody has applied yet."""
    await asyncio.sleep(choose.uniform(0.5, 1.5))
    async with asyncio.timeout(CAUGHT_UP_SECONDS_MAX):
        while not await asyncio.to_thread(behind, settings.database_url):
            await asyncio.sleep(0.002)


async def disagreeing(settings: Settings) -> list[str]:
    """The tables that differ from a replay."""
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    return [verdict.table for verdict in verdicts if not verdict.agrees]


async def test_a_projector_frozen_in_the_middle_of_work_does_no_harm_when_it_thaws(
    settings: Settings, tmp_path: Path
) -> None:
    choose = random.Random(SEED)
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office(settings))
        await stack.enter_async_context(running(relay.run, settings))
        both = [
            await stack.enter_async_context(projector(settings, tmp_path, name))
            for name in ("one", "other")
        ]
        freezes = fenced = 0
        while fenced < FREEZES:  # a zombie that tried nothing proves nothing
            assert freezes < FREEZES_MAX
            victim = both[freezes % 2]
            before = victim.said("fenced")
            freezes += 1
            async with at_work(office):
                await in_the_middle(settings, choose)
                victim.send(signal.SIGSTOP)
                await asyncio.sleep(SESSION_SECONDS + choose.uniform(0.5, 1.5))
            await caught_up(settings.database_url, CAUGHT_UP_SECONDS_MAX)
            async with at_work(office):
                victim.send(signal.SIGCONT)
                await asyncio.sleep(choose.uniform(1.0, 2.0))
            await caught_up(settings.database_url, CAUGHT_UP_SECONDS_MAX)
            assert await disagreeing(settings) == []
            fenced += victim.said("fenced") > before
    print(f"{office.position} events, {freezes} freezes, fenced after {fenced} of them")


async def test_a_projector_killed_in_the_middle_of_work_leaves_it_to_the_other(
    settings: Settings, tmp_path: Path
) -> None:
    choose = random.Random(SEED)
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office(settings))
        await stack.enter_async_context(running(relay.run, settings))
        both = [
            await stack.enter_async_context(projector(settings, tmp_path, name))
            for name in ("one", "other")
        ]
        for number in range(KILLS):
            victim = both[number % 2]
            async with at_work(office):
                await in_the_middle(settings, choose)
                victim.send(signal.SIGKILL)
                await asyncio.sleep(choose.uniform(0.0, 1.0))
            await caught_up(settings.database_url, CAUGHT_UP_SECONDS_MAX)
            await victim.start()
        await caught_up(settings.database_url, CAUGHT_UP_SECONDS_MAX)
    assert await disagreeing(settings) == []


async def test_a_projector_frozen_while_it_reads_a_long_answer_holds_up_nobody_for_long(
    settings: Settings,
) -> None:
    """The server waits for it to read on, which is neither idle nor a statement's time."""
    async with at_the_bench(settings.database_url) as bench:
        await bench.follower().catch_up(bench.last)
    touch = "UPDATE read.checkpoints SET position = position WHERE partition = 0"
    frozen = await connect(settings, "projector", **SESSION)
    await frozen.execute("BEGIN")
    await frozen.execute(touch)
    frozen.pgconn.send_query(LONG_ANSWER)
    frozen.pgconn.flush()
    async with await connect(settings, "projector") as other:
        await other.execute(touch)
    frozen.pgconn.finish()


async def test_without_the_fence_a_zombie_is_found_out(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unfenced(
        connection: AsyncConnection[Any],
        _: UUID,
        strides: Mapping[checkpoints.Place, checkpoints.Stride],
        *,
        waits: bool,
    ) -> dict[checkpoints.Place, checkpoints.Fenced]:
        for (projection, partition), stride in strides.items():
            await connection.execute(
                "UPDATE read.checkpoints SET position = greatest(position, %s)"
                " WHERE projection = %s AND partition = %s",
                [stride.to_position, projection, partition],
            )
        return {place: checkpoints.Fenced(0, 0) for place in strides}

    async with at_the_bench(database_url) as bench:
        zombie, owner = bench.follower(), bench.follower()
        # From there on nothing begins: what began twice would be parked, and found out by that.
        await zombie.deliver(bench.messages[:8])
        await owner.catch_up(bench.last)
        monkeypatch.setattr(checkpoints, "move", unfenced)
        await zombie.deliver(bench.messages[8:12])
        monkeypatch.undo()
        assert "account_totals" in await bench.disagreeing()
