"""How far each projection has come in each partition, moved only by compare-and-set.

The position is what counts: it names events for ever. The Kafka offset beside it only says where
to start reading; it may point outside a topic that was made anew, or at another message inside it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from runtime.arrays import ARRAY_TYPES

_TEXTS, _SMALLINTS, _BIGINTS = (ARRAY_TYPES[name] for name in ("text", "smallint", "bigint"))


class CheckpointMoved(Exception):
    """Somebody else moved the checkpoint: what we were about to apply is applied already."""


class ForeignCheckpoint(Exception):
    """The read models were filled from another store: rebuild them."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A projection's place in a partition.

    Attributes:
        position: of the last event applied, 0 for none.
        kafka_offset: of the next record to read.
    """

    projection: str
    partition: int
    position: int
    kafka_offset: int


@dataclass(frozen=True, slots=True)
class Fenced:
    """What stands on a checkpoint's row beside its place, known once it is locked.

    Attributes:
        parked: how many events of the partition wait beside the projection.
        generation: grows whenever anything else than following changes the projection's rows, as a
            retry of parked events or a rebuild does: what is kept of them is to be read again.
    """

    parked: int
    generation: int


async def load(
    connection: AsyncConnection[Any],
    projections: Collection[str],
    partition_count: int,
    store_epoch: UUID,
) -> list[Checkpoint]:
    """All checkpoints of these projections, made where they are missing and the projection is live.

    Raises:
        ForeignCheckpoint: one belongs to another store.
    """
    names = list(projections)
    found = await _all_of(connection, names)
    if len(found) < len(names) * partition_count:
        # Only then: it would wait for whoever is just moving one of those that are there. Who
        # removes a read model waits for us or is waited for, so that none is left behind.
        await connection.execute(
            "INSERT INTO read.checkpoints"
            " (projection, partition, position, kafka_offset, store_epoch)"
            " SELECT live.projection, partition, 0, 0, %s"
            " FROM read.models AS live CROSS JOIN generate_series(0, %s) AS partition"
            " WHERE live.projection = ANY (%s) FOR KEY SHARE OF live ON CONFLICT DO NOTHING",
            [store_epoch, partition_count - 1, names],
        )
        found = await _all_of(connection, names)
    for checkpoint, epoch in found:
        if epoch != store_epoch:
            raise ForeignCheckpoint(
                f"{checkpoint.projection} was filled from another store; rebuild it"
            )
    return [checkpoint for checkpoint, _ in found]


async def _all_of(
    connection: AsyncConnection[Any], names: list[str]
) -> list[tuple[Checkpoint, UUID]]:
    rows = await connection.execute(
        "SELECT projection, partition, position, kafka_offset, store_epoch FROM read.checkpoints"
        " WHERE projection = ANY(%s)",
        [names],
    )
    return [(Checkpoint(*place), epoch) for *place, epoch in await rows.fetchall()]


Place = tuple[str, int]
"""A projection and a partition."""


@dataclass(frozen=True, slots=True)
class Stride:
    """Where a checkpoint moves: from the event before a batch to the last one of it.

    Attributes:
        kafka_offset: of the next record; negative keeps what is stored.
    """

    from_position: int
    to_position: int
    kafka_offset: int


_MOVE = """
WITH free AS (
    SELECT held.projection, held.partition, stride.to_position, stride.kafka_offset
    FROM unnest(%b::text[], %b::smallint[], %b::bigint[], %b::bigint[], %b::bigint[])
        AS stride (projection, partition, from_position, to_position, kafka_offset)
    JOIN read.checkpoints AS held USING (projection, partition)
    WHERE held.position = stride.from_position AND held.store_epoch = %s
    FOR UPDATE OF held
)
UPDATE read.checkpoints AS held
SET position = free.to_position,
    kafka_offset = CASE WHEN free.kafka_offset < 0 THEN held.kafka_offset
                        ELSE free.kafka_offset END
FROM free
WHERE held.projection = free.projection AND held.partition = free.partition
RETURNING held.projection, held.partition, held.parked, held.generation
"""
_MOVE_FREE = _MOVE.replace("FOR UPDATE OF held", "FOR UPDATE OF held SKIP LOCKED")


async def move(
    connection: AsyncConnection[Any],
    store_epoch: UUID,
    strides: Mapping[Place, Stride],
    *,
    waits: bool,
) -> dict[Place, Fenced]:
    """Move those of several checkpoints that are where they must be.

    Args:
        connection: in the transaction that applies the events.
        store_epoch: of the store that the events are of; a restored one has another, and may have
            other events at the same positions.
        strides: of each checkpoint.
        waits: for one that somebody holds; else it is left where it is.

    Returns:
        What stands beside those that were moved, for as long as the transaction has them locked.
    """
    moved = await connection.execute(
        _MOVE if waits else _MOVE_FREE,
        [
            _TEXTS.of([projection for projection, _ in strides]),
            _SMALLINTS.of([partition for _, partition in strides]),
            _BIGINTS.of([stride.from_position for stride in strides.values()]),
            _BIGINTS.of([stride.to_position for stride in strides.values()]),
            _BIGINTS.of([stride.kafka_offset for stride in strides.values()]),
            store_epoch,
        ],
        prepare=True,
    )
    return {
        (projection, partition): Fenced(*row)
        for projection, partition, *row in await moved.fetchall()
    }


async def place_of(
    connection: AsyncConnection[Any], projection: str, partition: int, store_epoch: UUID
) -> int:
    """The position that somebody else has moved a checkpoint to.

    Raises:
        ForeignCheckpoint: it is of another epoch of the store, and so is what we know of it.
    """
    found = await connection.execute(
        "SELECT position, store_epoch FROM read.checkpoints"
        " WHERE projection = %s AND partition = %s",
        [projection, partition],
    )
    position, of = await found.fetchone() or (0, store_epoch)
    if of != store_epoch:
        raise ForeignCheckpoint(f"{projection} is of another epoch of the store")
    return int(position)
