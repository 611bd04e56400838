"""One run: the system, its writers, the reader that follows, the nemesis, and what they leave."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from local.embedded import DataFolder
from tests.faults.checker import Artefacts, collect
from tests.faults.clients import ANSWER_SECONDS_MAX, Front
from tests.faults.history import History
from tests.faults.lives import BUILDER, Writer, write
from tests.faults.nemesis import Nemesis
from tests.faults.system import System, running_system, user_id

WRITERS = 8
LEVEL_SECONDS_MAX = 180.0
LEVEL_LOOK_SECONDS = 0.1

# What some projection has yet to apply, and what the relay has yet to send. A read side that never
# began has no checkpoint to be behind of.
_BEHIND = (
    "SELECT (SELECT (count(*) = 0)::int FROM read.checkpoints) + (SELECT count(*) FROM ledger.events e JOIN read.checkpoints c USING (partition)"
    " WHERE e.position > c.position) + (SELECT h.position - coalesce(max(r.position), 0)"
    " FROM ledger.head h LEFT JOIN ledger.relay_checkpoint r ON r.topic = %s GROUP BY h.position)"
)


class NotLevel(Exception):
    """The read side or the topic did not catch up by itself in time."""


@dataclass(slots=True)
class Run:
    """A run under way.

    Attributes:
        level_seconds: how long the read side and the topic needed after the last command.
        verified: what ``projections verify`` found wrong; empty when every row agrees.
    """

    system: System
    front: Front
    history: History
    nemesis: Nemesis
    writers: list[Writer]
    folder: Path
    level_seconds: float = 0.0
    verified: str = "projections verify did not run"

    @property
    def tail(self) -> Path:
        """What the reader wrote down."""
        return self.folder / "tail.txt"

    @property
    def astray(self) -> list[str]:
        """Operations that did not become what the rules foretell."""
        return [said for writer in self.writers for said in writer.astray]

    async def strike(self, seconds: float, faults: Callable[[], Awaitable[None]]) -> None:
        """Let the writers work, and faults come to pass, for at least so many seconds."""
        until = monotonic() + seconds
        is_struck = asyncio.ensure_future(faults())

        def is_over() -> bool:
            return monotonic() > until and is_struck.done()

        await asyncio.gather(is_struck, *(writer.work(is_over) for writer in self.writers))

    async def rest(self, seconds: float = 1.0) -> Artefacts:
        """Let the writers work in peace for a moment, all catch up, and gather what is left.

        Raises:
            NotLevel: the read side or the topic does not catch up by itself.
        """
        await write(self.writers, seconds)
        began_at = monotonic()
        await self._level()
        self.level_seconds = monotonic() - began_at
        await self.system.stop("tail", "api", "query", "relay", "projector")
        self._verify()
        system = self.system
        return await collect(
            system.database_url, system.broker.bootstrap, system.topic, self.history.path, self.tail
        )

    async def _level(self) -> None:
        until = monotonic() + LEVEL_SECONDS_MAX
        while True:
            ((behind,),) = await self.system.ask(_BEHIND, self.system.topic)
            if not behind:
                return
            if monotonic() > until:
                raise NotLevel(f"{behind} events behind after {LEVEL_SECONDS_MAX:g} s")
            await asyncio.sleep(LEVEL_LOOK_SECONDS)

    def _verify(self) -> None:
        """Ask the service itself, as a program, to compare its tables with a replay."""
        self.verified = verify(self.system, self.system.database_url)


@asynccontextmanager
async def running(
    path: Path,
    *,
    seed: int,
    think_seconds: float,
    away_seconds: float = 60.0,
    answer_seconds_max: float = ANSWER_SECONDS_MAX,
) -> AsyncIterator[Run]:
    """A system with writers and a reader, and a nemesis that waits for its orders.

    Args:
        path: an empty folder of its own.
        seed: of the writers and the nemesis.
        think_seconds: the longest pause of a writer between two operations.
        away_seconds: the longest that the broker stays away.
        answer_seconds_max: how long a client waits for an answer before it asks again.
    """
    with DataFolder(path) as folder, History(path / "history.jsonl") as history:
        async with running_system(folder) as system:
            front = Front(system.urls("api"), history, _die("front", seed), answer_seconds_max)
            builder = await user_id(system, BUILDER)
            writers = [
                Writer(front, builder, _die(f"writer {number}", seed), think_seconds)
                for number in range(WRITERS)
            ]
            nemesis = Nemesis(system, front, history, seed)
            nemesis.broker.away_seconds = away_seconds
            run = Run(system, front, history, nemesis, writers, path)
            run.tail.touch()
            program = [sys.executable, "-m", "tests.faults.tail", system.database_url]
            await system.keep("tail", "tail", [*program, str(run.tail)])
            try:
                yield run
            finally:
                await front.close()


def verify(system: System, database_url: str) -> str:
    """What ``projections verify``, as a program, finds wrong with a database's read tables."""
    done = system.command("projections", "verify", "--json", DRAWBRIDGE_DATABASE_URL=database_url)
    if done.returncode == 0 and json.loads(done.stdout):
        return ""
    return done.stdout or done.stderr


def _die(of: str, seed: int) -> random.Random:
    return random.Random(f"{of} {seed}")
