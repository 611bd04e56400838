"""What one delivery brings of many partitions, applied to each projection in one transaction.

A transaction costs the same few statements however many events it applies, and a delivery brings a
few of each partition. So the batches of all partitions go together. Nothing else is different: each
checkpoint moves from where it must be or none does. Whatever stands in the way, a batch that another
process has applied, an event that cannot be, a server that is away, is left to the partition's own
road, which comes next and meets it again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import structlog

from projectors.engine import checkpoints, parked
from projectors.engine.apply import apply
from projectors.engine.lane import Lane
from projectors.engine.partition import PartitionFollower, Pool
from runtime.messages import Message

log = structlog.get_logger(__name__)

Delivery = tuple[PartitionFollower, Sequence[Message]]


@dataclass(frozen=True, slots=True)
class Leg:
    """The part of one partition: consecutive messages that follow where its lane stands."""

    follower: PartitionFollower
    lane: Lane
    chain: Sequence[Message]


async def deliver(pool: Pool, store_epoch: UUID, deliveries: Sequence[Delivery]) -> None:
    """Apply what can be applied of several partitions together.

    Args:
        pool: of connections, as many of which are used as there are projections.
        store_epoch: of the store that the messages are of.
        deliveries: at most one of a partition.
    """
    async with AsyncExitStack() as locks:
        for follower, _ in sorted(deliveries, key=lambda each: each[0].partition):
            await locks.enter_async_context(follower.lock)
        legs: dict[str, list[Leg]] = {}
        for follower, messages in deliveries:
            for lane, chain in follower.ready(messages):
                legs.setdefault(lane.projection.name, []).append(Leg(follower, lane, chain))
        shared = [_apply(pool, store_epoch, each) for each in legs.values() if len(each) > 1]
        await asyncio.gather(*shared)


async def _apply(pool: Pool, store_epoch: UUID, legs: Sequence[Leg]) -> None:
    try:
        applied = await _commit(pool, store_epoch, legs)
    except BaseException as error:
        for leg in legs:
            leg.lane.doubt()
        if not isinstance(error, Exception):
            raise
        log.info("projecting_apart", projection=legs[0].lane.projection.name, error=repr(error))
        return
    for leg, events in zip(legs, applied, strict=True):
        leg.follower.committed(leg.lane, leg.chain, events)


async def _commit(pool: Pool, store_epoch: UUID, legs: Sequence[Leg]) -> list[int]:
    """Returns how many events of each leg were applied; the others are parked."""
    projection, applied, batch = legs[0].lane.projection, [], []
    async with pool.connection() as connection, connection.transaction():
        beside = await checkpoints.move_all(
            connection,
            projection.name,
            store_epoch,
            {leg.follower.partition: _step(leg.chain) for leg in legs},
        )
        for leg in legs:
            partition, going = leg.follower.partition, leg.chain
            leg.lane.meet(beside[partition].generation)
            if beside[partition].parked:
                going = await parked.park_behind(connection, projection.name, partition, going)
            batch += [message.recorded for message in going]
            applied.append(len(going))
        kept = {leg.follower.partition: leg.lane.kept for leg in legs}
        for part in projection.parts:
            await apply(connection, part, batch, kept)
    return applied


def _step(chain: Sequence[Message]) -> checkpoints.Step:
    first, last = chain[0], chain[-1]
    return checkpoints.Step(first.prev_position, last.position, last.offset)
