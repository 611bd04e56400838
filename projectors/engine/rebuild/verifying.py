"""Checking that live read models are what a replay of the store gives, row by row."""

from collections.abc import Sequence

from psycopg import sql

from projectors.engine.projection import Projection
from projectors.engine.rebuild import tables, work
from projectors.engine.rebuild.comparing import Verdict, differences, level
from projectors.engine.rebuild.crew import work_off
from projectors.engine.rebuild.following import Follower, catch_up, live_of, skipped_and_parked
from projectors.engine.rebuild.rebuilding import AS_EVER, Options, Progress, workshop
from projectors.engine.rebuild.tables import VERIFY
from projectors.engine.rebuild.work import Phase, Target
from projectors.engine.rebuild.worker import Post
from runtime.settings import Settings


async def verify(
    settings: Settings,
    projections: Sequence[Projection],
    progress: Progress,
    options: Options = AS_EVER,
) -> list[Verdict]:
    """Compare live read models, row by row, with a replay up to the positions they are at.

    What is parked or was skipped is left out, as it is of them. Nothing is kept.

    Args:
        settings: whose user owns the read tables.
        projections: to compare, the store being read once.
        progress: told how many steps of the phase are done, of how many.
        options: how many processes; nothing else counts here.

    Raises:
        RebuildRefused: it could not be done; see `projectors.engine.rebuild.errors`.
    """
    shadows = [tables.beside(projection, VERIFY) for projection in projections]
    verdicts: list[Verdict] = []
    async with workshop(settings) as (connection, reader, store):
        # One snapshot: what is left out must be of the same moment as the positions.
        async with connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            live = {each.name: await live_of(connection, each.name) for each in projections}
        targets = {
            name: Target(
                tuple(
                    each.positions.get(partition, 0) if each.epochs == {store.epoch} else 0
                    for partition in range(store.partition_count)
                ),
                frozenset(skipped_and_parked(each)),
            )
            for name, each in live.items()
        }
        plan = work.new_work(store, False, targets, projections)
        await work.forget(connection, VERIFY)
        await tables.create(connection, shadows)
        await work.begin(connection, VERIFY, plan)
        try:
            options.phase("replaying")
            await work_off(connection, Post(settings, VERIFY), options.processes, progress)
            await tables.finish(
                settings, shadows, at_once=options.processes, with_indexes=False, told=_unheard
            )
            await work.enter(connection, VERIFY, Phase.FOLLOWING, plan)
            options.phase("comparing")
            for shadow in shadows:
                follower = await Follower.of(
                    connection,
                    reader,
                    shadow,
                    sql.Identifier(VERIFY, "checkpoints"),
                    targets[shadow.name].left_out,
                )
                await catch_up(connection, store, follower, skipped_and_parked)
                async with level(settings, store, follower, skipped_and_parked) as (snapshot, _):
                    verdicts += [
                        await differences(snapshot, shadow.name, table) for table in shadow.tables
                    ]
        finally:
            await work.forget(connection, VERIFY)
    return verdicts


def _unheard(_done: int, _total: int) -> None:
    pass
