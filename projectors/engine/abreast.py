"""What one delivery brings of many partitions, applied to all projections in one transaction.

A transaction costs the same few statements however many events it applies, and a delivery brings a
few of each partition. So all partitions and projections go together. Nothing else is different: a
checkpoint moves from where it must be, with the rows of its events, or not at all. One that is
elsewhere or that somebody holds is left out. When one event cannot be applied, each projection goes
by itself, and the one that it fails is left to the partitions' own road, which comes next and meets
it again.

Each statement waits for the one before it, although few need its answer. In psycopg's pipeline the
server would take a process that is frozen half-way for one at work, and its time limit for idle
transactions would not end it: nobody else could move the checkpoints until it thaws.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import structlog

from projectors.engine.blame import TRANSIENT
from projectors.engine.committing import Leg, Pool, by_projection, commit
from projectors.engine.partition import PartitionFollower
from runtime.messages import Message

log = structlog.get_logger(__name__)

Delivery = tuple[PartitionFollower, Sequence[Message]]


async def deliver(pool: Pool, store_epoch: UUID, deliveries: Sequence[Delivery]) -> None:
    """Apply what can be applied of several partitions together.

    Args:
        pool: of connections, of which one is used; where something fails, one a projection.
        store_epoch: of the store that the messages are of.
        deliveries: at most one of a partition.
    """
    async with AsyncExitStack() as locks:
        for follower, _ in sorted(deliveries, key=lambda each: each[0].partition):
            await locks.enter_async_context(follower.lock)
        followers = {follower.partition: follower for follower, _ in deliveries}
        legs = [
            Leg(follower.partition, lane, chain)
            for follower, messages in deliveries
            for lane, chain in follower.ready(messages)
        ]
        if legs and not await _apply(pool, store_epoch, legs, followers):
            alone = by_projection(legs)
            await asyncio.gather(*(_apply(pool, store_epoch, each, followers) for each in alone))


async def _apply(
    pool: Pool, store_epoch: UUID, legs: Sequence[Leg], followers: Mapping[int, PartitionFollower]
) -> bool:
    """Returns whether there is nothing to be gained by another attempt with fewer of them."""
    try:
        applied = await commit(pool, store_epoch, legs, waits=False)
    except BaseException as error:
        for leg in legs:
            leg.lane.doubt()
        if not isinstance(error, Exception):
            raise
        names = sorted({leg.lane.projection.name for leg in legs})
        log.info("projecting_apart", projections=names, error=repr(error))
        return isinstance(error, TRANSIENT)
    for leg, events in applied:
        followers[leg.partition].committed(leg.lane, leg.chain, events)
    return True
