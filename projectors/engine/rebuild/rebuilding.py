"""Rebuilding read models from the store while the live ones go on.

The live tables serve queries and follow the log all the while. Beside them, the store is replayed
up to a fixed position by several processes, indexed, brought up to wherever the live ones have come
by the projector's own steps, compared with them at one common position, and put in their place. All
of it can be interrupted anywhere, and is gone on with by whoever asks for the same again.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from os import cpu_count
from typing import Any

from psycopg import AsyncConnection, sql

from projectors.bookkeeping import NEXT
from projectors.engine.projection import Projection
from projectors.engine.rebuild import tables, work
from projectors.engine.rebuild.comparing import Weighed, level, weigh
from projectors.engine.rebuild.crew import work_off
from projectors.engine.rebuild.following import Follower, catch_up, live_of, nothing, skipped
from projectors.engine.rebuild.swapping import swap
from projectors.engine.rebuild.work import Phase, Target, Work
from projectors.engine.rebuild.worker import Post
from projectors.engine.rebuild.workshop import Workplace, workshop
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store
from runtime.settings import Settings

BEHIND_EVENTS_MAX = 20_000

TellCount = Callable[[int, int], None]
"""Told how many steps of a phase are done, of how many."""


def _unheard(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Options:
    """How to rebuild.

    Attributes:
        workers: processes; one a core unless given.
        restart: begin anew, whatever is unfinished.
        with_skipped: apply what was skipped, and forget that it was.
        phase: told the name of each phase as it begins.
        say: told what a person may want to know.
        chunk_events: about how many events are committed together; as many as ever unless given.
        behind_events_max: a live projection further behind is not waited for, nor compared with.
    """

    workers: int | None = None
    restart: bool = False
    with_skipped: bool = False
    phase: Callable[[str], None] = _unheard
    say: Callable[[str], None] = _unheard
    chunk_events: int | None = None
    behind_events_max: int = BEHIND_EVENTS_MAX

    @property
    def processes(self) -> int:
        """How many processes."""
        return self.workers or cpu_count() or 1


AS_EVER = Options()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        events: that the store held; ``events_read`` those that any of the projections wants.
        resumed: whether it went on with an unfinished one.
        phases: the seconds that each took.
        tables: rows and checksums before and after.
    """

    events: int
    events_read: int
    workers: int
    resumed: bool
    phases: Mapping[str, float]
    tables: tuple[Weighed, ...]

    @property
    def seconds(self) -> float:
        """How long it took altogether."""
        return sum(self.phases.values())


@dataclass(slots=True)
class Stopwatch:
    """Seconds by phase."""

    announce: Callable[[str], None] = _unheard
    seconds: dict[str, float] = field(default_factory=dict)

    @asynccontextmanager
    async def phase(self, name: str) -> AsyncIterator[None]:
        """Measure what happens inside."""
        self.announce(name)
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began


async def rebuild(
    settings: Settings,
    projections: Sequence[Projection],
    progress: TellCount,
    options: Options = AS_EVER,
) -> Rebuilt:
    """Replace read models by what the store says.

    Args:
        settings: whose user owns the read tables.
        projections: rebuilt side by side, the store being read once.
        progress: told how many steps of the phase are done, of how many.
        options: how.

    Raises:
        RebuildRefused: the live tables are as they were; see `projectors.engine.rebuild.errors`.
    """
    async with workshop(settings) as place:
        return await rebuild_in(place, settings, projections, progress, options)


async def rebuild_in(
    place: Workplace,
    settings: Settings,
    projections: Sequence[Projection],
    progress: TellCount,
    options: Options,
) -> Rebuilt:
    """`rebuild` by whoever is in the workshop already."""
    watch = Stopwatch(options.phase)
    shadows = [tables.beside(projection, NEXT) for projection in projections]
    connection, reader, store = place
    async with watch.phase("planning"):
        plan, resumed = await _planned(connection, reader, store, projections, options)
    async with watch.phase("replaying"):
        post = Post(settings, NEXT)
        done = await work_off(connection, post, options.processes, progress)
    if plan.phase is not Phase.FOLLOWING:
        async with watch.phase("indexing"):
            await tables.finish(
                settings, shadows, at_once=options.processes, with_indexes=True, told=progress
            )
            await work.enter(connection, NEXT, Phase.FOLLOWING, plan)
    weighed: list[Weighed] = []
    for shadow in shadows:
        weighed += await _put_in_place(settings, connection, reader, plan, shadow, watch)
    await work.forget(connection, NEXT)
    return Rebuilt(
        done.events, done.read, options.processes, resumed, watch.seconds, tuple(weighed)
    )


async def _planned(
    connection: AsyncConnection[Any],
    reader: Reader,
    store: Store,
    projections: Sequence[Projection],
    options: Options,
) -> tuple[Work, bool]:
    """The unfinished rebuild if it is the one that is wanted, or a new one."""
    targets = {
        each.name: await _target(connection, reader, store, each.name, options)
        for each in projections
    }
    wanted = work.new_work(store, options.with_skipped, targets, projections)
    found = await work.unfinished(connection, NEXT)
    if found is not None:
        reason = "so it was asked" if options.restart else work.why_not(found, wanted)
        if reason is None:
            options.say("going on with an unfinished rebuild; --restart begins anew")
            return found, True
        options.say(f"an unfinished rebuild is dropped and another begun: {reason}")
    await work.forget(connection, NEXT)
    await tables.create(connection, [tables.beside(each, NEXT) for each in projections])
    await work.begin(connection, NEXT, wanted, options.chunk_events)
    return wanted, False


async def _target(
    connection: AsyncConnection[Any], reader: Reader, store: Store, name: str, options: Options
) -> Target:
    """Where the live projection is, if it has begun and is not far behind: there the two can be
    compared."""
    live, heads = await live_of(connection, name), await reader.heads()
    left_out = frozenset() if options.with_skipped else frozenset(live.skipped)
    ends = heads
    if live.has_begun and live.is_of(store.epoch, store.partition_count):
        most = options.behind_events_max
        behind = await events_between(connection, live.positions, heads, most)
        ends = live.positions if behind <= most else heads
    positions = tuple(ends.get(partition, 0) for partition in range(store.partition_count))
    return Target(positions, frozenset(each for each in left_out if each <= max(positions)))


async def events_between(
    connection: AsyncConnection[Any],
    after: Mapping[int, int],
    up_to: Mapping[int, int],
    events_max: int,
) -> int:
    """How many events lie between positions, counted to one more than is of interest."""
    found = await connection.execute(
        "SELECT count(*) FROM (SELECT FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[])"
        " AS span (partition, after, last) JOIN ledger.events e ON e.partition = span.partition"
        " AND e.position > span.after AND e.position <= span.last LIMIT %s) AS between_them",
        [
            list(up_to),
            [after.get(partition, 0) for partition in up_to],
            list(up_to.values()),
            events_max + 1,
        ],
    )
    row = await found.fetchone()
    return int(row[0]) if row else 0


async def _put_in_place(
    settings: Settings,
    connection: AsyncConnection[Any],
    reader: Reader,
    plan: Work,
    shadow: Projection,
    watch: Stopwatch,
) -> list[Weighed]:
    """Bring new tables up to the live ones, compare, swap; nothing if that was done before."""
    store, left_out = plan.store, plan.targets[shadow.name].left_out
    follower = await Follower.of(
        connection, reader, shadow, sql.Identifier(NEXT, "checkpoints"), left_out
    )
    if not follower.positions:
        return []
    leaves_out = nothing if plan.with_skipped else skipped
    async with watch.phase("catching up"):
        await catch_up(connection, store, follower, leaves_out)
    async with (
        watch.phase("comparing"),
        level(settings, store, follower, leaves_out) as (snapshot, not_compared),
    ):
        weighed = await weigh(snapshot, follower, not_compared)
    async with watch.phase("swapping"):
        await catch_up(connection, store, follower, leaves_out)
        leave = partial(work.leave, connection, NEXT, shadow.name)
        await swap(connection, store, follower, with_skipped=plan.with_skipped, leave=leave)
    return weighed
