"""The projector process."""

import asyncio
from collections.abc import Sequence

import structlog

from projectors.engine import models
from projectors.engine.checkpoints import ForeignCheckpoint
from projectors.engine.engine import Engine
from projectors.engine.projection import Projection
from runtime import garbage
from runtime.eventstore.reader import Reader
from runtime.postgres import connect, pool
from runtime.settings import Settings

SESSION = {
    # A checkpoint and its rows are one transaction: what a crash takes, it takes together, and it is
    # applied again. So the read side need not wait for the disk.
    "synchronous_commit": "off",
    # So long does a process that is frozen within a transaction keep its checkpoints from others.
    "idle_in_transaction_session_timeout": "10s",
}

log = structlog.get_logger(__name__)


async def run(
    settings: Settings,
    stop: asyncio.Event | None = None,
    projections: Sequence[Projection] | None = None,
) -> None:
    """Keep read models up with the log until told to stop.

    Args:
        settings: name the database, and a broker if there is one.
        stop: set to end; `None` runs until cancelled.
        projections: all of them unless given.
    """
    from projectors.registry import READ_MODELS  # here, because read models import the engine

    garbage.collect_less_often()
    stop = stop or asyncio.Event()
    async with pool(settings, "projector", max_size=None, **SESSION) as connections:
        reader, chosen = Reader(connections), projections or READ_MODELS
        while True:
            engine = Engine(settings, chosen, connections, reader, await reader.store())
            try:
                await _follow(settings, engine, stop)
            except ForeignCheckpoint:
                if (await reader.store()).epoch == engine.store_epoch:
                    raise
                # It was restored under us: as much as is still true of what we know is in the tables.
                log.warning("store_was_restored")
            else:
                return


async def resting(settings: Settings) -> str:
    """Which read models rest because another version of them is live, for who asks how we are.

    That is no fault: it is so while one release takes over from another.
    """
    from projectors.registry import READ_MODELS  # as above

    async with await connect(settings, "projector") as connection:
        live = await models.prints(connection, [each.name for each in READ_MODELS])
    names = [each.name for each in READ_MODELS if models.why_not(each, live.get(each.name))]
    return f"resting: {', '.join(names)}" if names else "all live"


async def _follow(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    """Follow one epoch of the store."""
    await engine.refresh()
    log.info("projecting", broker=settings.kafka_bootstrap or "none")
    tasks = [asyncio.create_task(engine.watch()), asyncio.create_task(stop.wait())]
    if settings.kafka_bootstrap is not None:
        tasks.append(asyncio.create_task(engine.consume()))
    try:
        finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in finished:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
