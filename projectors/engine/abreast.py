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
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from projectors.engine import checkpoints, parked
from projectors.engine.apply import apply
from projectors.engine.blame import TRANSIENT
from projectors.engine.lane import Lane
from projectors.engine.partition import PartitionFollower, Pool
from runtime.messages import Message

log = structlog.get_logger(__name__)

Delivery = tuple[PartitionFollower, Sequence[Message]]


@dataclass(frozen=True, slots=True)
class Leg:
    """One projection in one partition, and consecutive messages that follow where it stands."""

    follower: PartitionFollower
    lane: Lane
    chain: Sequence[Message]

    @property
    def place(self) -> checkpoints.Place:
        """Of its checkpoint."""
        return self.lane.projection.name, self.follower.partition

    @property
    def step(self) -> checkpoints.Step:
        """Of its checkpoint."""
        first, last = self.chain[0], self.chain[-1]
        return checkpoints.Step(first.prev_position, last.position, last.offset)


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
        legs = [
            Leg(follower, lane, chain)
            for follower, messages in deliveries
            for lane, chain in follower.ready(messages)
        ]
        if legs and not await _apply(pool, store_epoch, legs):
            alone = _by_projection(legs)
            await asyncio.gather(*(_apply(pool, store_epoch, each) for each in alone))


def _by_projection(legs: Sequence[Leg]) -> list[list[Leg]]:
    """By name, in every process: two of them lock the rows that they share in the same order."""
    found: dict[str, list[Leg]] = {}
    for leg in legs:
        found.setdefault(leg.lane.projection.name, []).append(leg)
    return [found[name] for name in sorted(found)]


async def _apply(pool: Pool, store_epoch: UUID, legs: Sequence[Leg]) -> bool:
    """Returns whether there is nothing to be gained by another attempt with fewer of them."""
    try:
        applied = await _commit(pool, store_epoch, legs)
    except BaseException as error:
        for leg in legs:
            leg.lane.doubt()
        if not isinstance(error, Exception):
            raise
        names = sorted({leg.lane.projection.name for leg in legs})
        log.info("projecting_apart", projections=names, error=repr(error))
        return isinstance(error, TRANSIENT)
    for leg, events in applied:
        leg.follower.committed(leg.lane, leg.chain, events)
    return True


async def _commit(pool: Pool, store_epoch: UUID, legs: Sequence[Leg]) -> list[tuple[Leg, int]]:
    """Returns the legs that were free, and how many events of each were applied, not parked."""
    applied: list[tuple[Leg, int]] = []
    async with pool.connection() as connection, connection.transaction():
        steps = {leg.place: leg.step for leg in legs}
        beside = await checkpoints.move_free(connection, store_epoch, steps)
        for each in _by_projection([leg for leg in legs if leg.place in beside]):
            applied += await _project(connection, each, beside)
    return applied


async def _project(
    connection: AsyncConnection[Any],
    legs: Sequence[Leg],
    beside: Mapping[checkpoints.Place, checkpoints.Beside],
) -> list[tuple[Leg, int]]:
    projection, applied, batch = legs[0].lane.projection, [], []
    for leg in legs:
        going, found = leg.chain, beside[leg.place]
        leg.lane.meet(found.generation)
        if found.parked:
            going = await parked.park_behind(connection, *leg.place, going)
        batch += [message.recorded for message in going]
        applied.append((leg, len(going)))
    kept = {leg.follower.partition: leg.lane.kept for leg in legs}
    for part in projection.parts:
        await apply(connection, part, batch, kept)
    return applied
