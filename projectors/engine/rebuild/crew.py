"""The worker processes of a replay: started, replaced when they die, ended with whoever asked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from psycopg import AsyncConnection, sql

from projectors.engine.rebuild import worker
from projectors.engine.rebuild.errors import Poison, WorkersLost
from projectors.engine.rebuild.work import Counted, counted
from projectors.engine.rebuild.worker import Post

CONTEXT: SpawnContext | ForkServerContext = get_context("spawn")
"""How workers begin: not as copies of us, which would share our connections and our event loop."""
REPLACEMENTS_MAX = 8
"""How many dead workers are replaced; more is no accident."""
WATCH_SECONDS = 0.1
STOP_SECONDS_MAX = 5.0
HELD_SECONDS = 0.5
HELD_WAITS_MAX = 60
"""How often to wait for chunks held by nobody we know: by a worker of a command that was killed."""


@dataclass(slots=True)
class _Crew:
    """Processes at work, each with a slot in which it counts."""

    post: Post
    processes: dict[int, BaseProcess]
    seen: Any
    lost: int = 0

    def start(self, slot: int) -> None:
        process = CONTEXT.Process(
            target=worker.main, args=(self.post, self.seen, slot), daemon=True
        )
        process.start()
        self.processes[slot] = process

    def ended(self) -> dict[int, int]:
        """Those that ended since, by slot, with their exit codes."""
        codes = {
            slot: process.exitcode
            for slot, process in self.processes.items()
            if process.exitcode is not None
        }
        for slot in codes:
            self.processes.pop(slot).join()
            self.seen[slot] = 0
        return codes

    def stop(self) -> None:
        """End them all; what they had in hand is rolled back."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.join(STOP_SECONDS_MAX)
            if process.is_alive():
                process.kill()
                process.join()


async def work_off(
    connection: AsyncConnection[Any],
    post: Post,
    workers: int,
    told: Callable[[int, int], None],
) -> Counted:
    """Have every chunk done that is not.

    Args:
        connection: autocommitting, that may read what is done.
        post: where to work.
        workers: how many processes.
        told: how many events are done, of how many.

    Raises:
        Poison: an event cannot be applied.
        WorkersLost: too many of them died.
    """
    now = await counted(connection, post.schema)
    crew = _Crew(post, {}, CONTEXT.RawArray("q", max(1, workers)))
    try:
        for slot in range(min(workers, now.open_chunks)):
            crew.start(slot)
        waits = 0
        while now.open_chunks:
            told(min(now.done + sum(crew.seen), now.events), now.events)
            await asyncio.sleep(WATCH_SECONDS)
            await _look_after(connection, crew)
            now = await counted(connection, post.schema)
            if now.open_chunks and not crew.processes:
                waits += 1
                if waits > HELD_WAITS_MAX:
                    raise WorkersLost("a killed command's worker still holds a chunk; try again")
                await asyncio.sleep(HELD_SECONDS)
                crew.start(0)
        told(now.events, now.events)
    finally:
        crew.stop()
    return now


async def _look_after(connection: AsyncConnection[Any], crew: _Crew) -> None:
    for slot, code in crew.ended().items():
        if code == worker.POISONED:
            raise await _poison(connection, crew.post.schema)
        if code == 0:
            continue
        crew.lost += 1
        if crew.lost > REPLACEMENTS_MAX:
            raise WorkersLost(
                f"{crew.lost} workers died, the last one with exit code {code}; what is done is"
                " kept, so rebuild again once their memory and the database are well"
            )
        crew.start(slot)


async def _poison(connection: AsyncConnection[Any], schema: str) -> Exception:
    found = await connection.execute(
        sql.SQL("SELECT failure FROM {}.work").format(sql.Identifier(schema))
    )
    row = await found.fetchone()
    return Poison(*row[0]) if row and row[0] else WorkersLost("a worker met poison and lost it")
