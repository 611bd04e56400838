"""Checking that live read models are what a replay of the store gives, row by row."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, sql

from projectors.bookkeeping import VERIFY
from projectors.engine import models
from projectors.engine.projection import Projection
from projectors.engine.rebuild import tables, work
from projectors.engine.rebuild.comparing import Verdict, differences, level
from projectors.engine.rebuild.crew import work_off
from projectors.engine.rebuild.following import Follower, catch_up, live_of, skipped_and_parked
from projectors.engine.rebuild.rebuilding import AS_EVER, Options, TellCount
from projectors.engine.rebuild.work import Phase, Target
from projectors.engine.rebuild.worker import Post
from projectors.engine.rebuild.workshop import workshop
from runtime.eventstore.records import Store
from runtime.settings import Settings


async def verify(
    settings: Settings,
    projections: Sequence[Projection],
    progress: TellCount,
    options: Options = AS_EVER,
) -> list[Verdict]:
    """Compare live read models, row by row, with a replay up to the positions they are at.

    What is parked or was skipped is left out, as it is of them. Nothing is kept. Of the options,
    only the number of processes counts.

    Raises:
        RebuildRefused: it could not be done; see `projectors.engine.rebuild.errors`.
        OtherVersion: another version of a read model is live than this code's.
    """
    shadows = [tables.beside(projection, VERIFY) for projection in projections]
    async with workshop(settings) as (connection, reader, store):
        await models.require(connection, projections)
        targets = await _targets(connection, store, projections)
        plan = work.new_work(store, False, targets, projections)
        await work.forget(connection, VERIFY)
        await tables.create(connection, shadows)
        await work.begin(connection, VERIFY, plan)
        processes = options.processes
        try:
            options.phase("replaying")
            await work_off(connection, Post(settings, VERIFY), processes, progress)
            await tables.finish(
                settings, shadows, at_once=processes, with_indexes=False, told=_unheard
            )
            await work.enter(connection, VERIFY, Phase.FOLLOWING, plan)
            options.phase("comparing")
            verdicts: list[Verdict] = []
            for shadow in shadows:
                left_out, place = (
                    targets[shadow.name].left_out,
                    sql.Identifier(VERIFY, "checkpoints"),
                )
                follower = await Follower.of(connection, reader, shadow, place, left_out)
                verdicts += await _compared(settings, connection, store, follower)
            return verdicts
        finally:
            await work.forget(connection, VERIFY)


async def _targets(
    connection: AsyncConnection[Any], store: Store, projections: Sequence[Projection]
) -> dict[str, Target]:
    """Where the live projections are; nowhere, where they are of another store."""
    # One snapshot: what is left out must be of the same moment as the positions.
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        live = {each.name: await live_of(connection, each.name) for each in projections}
    return {
        name: Target(
            tuple(
                each.positions.get(partition, 0) if each.epochs == {store.epoch} else 0
                for partition in range(store.partition_count)
            ),
            frozenset(skipped_and_parked(each)),
        )
        for name, each in live.items()
    }


async def _compared(
    settings: Settings, connection: AsyncConnection[Any], store: Store, follower: Follower
) -> list[Verdict]:
    shadow = follower.shadow
    await catch_up(connection, store, follower, skipped_and_parked)
    async with level(settings, store, follower, skipped_and_parked) as (snapshot, _):
        return [await differences(snapshot, shadow.name, table) for table in shadow.tables]


def _unheard(_done: int, _total: int) -> None:
    pass
