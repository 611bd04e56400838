"""The one transaction that events are applied in: checkpoints moved, rows written, all or nothing.

A checkpoint moves from where it must be, with the rows of its events, or not at all. What stands on
its row beside the position is true while the transaction holds it: whether anything of the partition
is parked, and by the generation whether the rows are those that this process knows. Where they are
not, they may be another version's, and then nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from projectors.engine import checkpoints, models, parked
from projectors.engine.apply import apply
from projectors.engine.lane import Lane
from runtime.messages import Message

Pool = AsyncConnectionPool[AsyncConnection[Any]]


@dataclass(frozen=True, slots=True)
class Leg:
    """One projection in one partition, and consecutive messages that follow where it stands."""

    partition: int
    lane: Lane
    chain: Sequence[Message]

    @property
    def place(self) -> checkpoints.Place:
        """Of its checkpoint."""
        return self.lane.projection.name, self.partition

    @property
    def stride(self) -> checkpoints.Stride:
        """Of its checkpoint."""
        first, last = self.chain[0], self.chain[-1]
        return checkpoints.Stride(first.prev_position, last.position, last.offset)


def by_projection(legs: Sequence[Leg]) -> list[list[Leg]]:
    """By name, in every process: two of them lock the rows that they share in the same order."""
    found: dict[str, list[Leg]] = {}
    for leg in legs:
        found.setdefault(leg.lane.projection.name, []).append(leg)
    return [found[name] for name in sorted(found)]


async def commit(
    pool: Pool, store_epoch: UUID, legs: Sequence[Leg], *, waits: bool
) -> list[tuple[Leg, int]]:
    """Apply the events of some projections in some partitions.

    Args:
        pool: of connections, of which one is used.
        store_epoch: of the store that the events are of.
        legs: at most one of a projection and partition.
        waits: for a checkpoint that somebody holds; else it is left out, so that nobody who has
            others locked can wait in a circle.

    Returns:
        The legs whose checkpoints were where they must be, and how many events of each were
        applied, not parked.

    Raises:
        OtherVersion: another version of a read model is live than this process's.
    """
    applied: list[tuple[Leg, int]] = []
    async with pool.connection() as connection, connection.transaction():
        strides = {leg.place: leg.stride for leg in legs}
        beside = await checkpoints.move(connection, store_epoch, strides, waits=waits)
        for each in by_projection([leg for leg in legs if leg.place in beside]):
            applied += await _project(connection, each, beside)
    return applied


async def _project(
    connection: AsyncConnection[Any],
    legs: Sequence[Leg],
    beside: Mapping[checkpoints.Place, checkpoints.Fenced],
) -> list[tuple[Leg, int]]:
    projection, applied, batch = legs[0].lane.projection, [], []
    if any(leg.lane.generation != beside[leg.place].generation for leg in legs):
        await models.require(connection, [projection])
    for leg in legs:
        going, found = leg.chain, beside[leg.place]
        leg.lane.meet(found.generation)
        if found.parked:
            going = await parked.park_behind(connection, *leg.place, going)
        batch += [message.recorded for message in going]
        applied.append((leg, len(going)))
    kept = {leg.partition: leg.lane.kept for leg in legs}
    for part in projection.parts:
        await apply(connection, part, batch, kept)
    return applied
