"""How far the relay has come, kept in the database and moved only by compare-and-set.

Should two relays ever believe that they lead, it lets only one of them move on, and what both sent
is dropped by position on the read side.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

LOCK_KEY = 0x6472_6C79  # "drly"; the other half of the lock is the topic


class CheckpointMoved(Exception):
    """Another relay moved the checkpoint: this one must begin anew."""


@dataclass(slots=True)
class Checkpoint:
    """Everything up to a position has been acknowledged by the broker.

    Attributes:
        position: in the whole log.
        last_by_partition: the last position at or before it in each partition, 0 for none; what
            the next message of the partition names as ``prev_position``.
    """

    position: int
    last_by_partition: list[int]


async def try_lock(connection: AsyncConnection[Any], topic: str) -> bool:
    """Become the active relay of a topic, if no other is; the session's end gives it up.

    A lock a topic, as there is a checkpoint a topic: with one for the whole store, whoever relays to
    another topic would stand by for ever, and nobody would see why.
    """
    asked = await connection.execute(
        "SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCK_KEY, topic]
    )
    row = await asked.fetchone()
    return bool(row and row[0])


async def load(
    connection: AsyncConnection[Any], epoch: UUID, topic: str, partition_count: int
) -> Checkpoint:
    """The stored checkpoint.

    ``prev_position`` of the next messages is read from the log itself, so that it cannot be wrong.
    """
    await connection.execute(
        "INSERT INTO ledger.relay_checkpoint (topic, epoch, position) VALUES (%s, %s, 0)"
        " ON CONFLICT DO NOTHING",
        [topic, epoch],
    )
    found = await connection.execute(
        "SELECT c.position, array(SELECT coalesce((SELECT max(e.position) FROM ledger.events e"
        " WHERE e.partition = p AND e.position <= c.position), 0)"
        " FROM generate_series(0, %s) AS p ORDER BY p)"
        " FROM ledger.relay_checkpoint c WHERE c.topic = %s AND c.epoch = %s",
        [partition_count - 1, topic, epoch],
    )
    row = await found.fetchone() or (0, [0] * partition_count)
    return Checkpoint(row[0], row[1])


async def move(
    connection: AsyncConnection[Any], epoch: UUID, topic: str, *, from_position: int, to: int
) -> None:
    """Move the checkpoint on, after every acknowledgement.

    Raises:
        CheckpointMoved: it was not where we left it.
    """
    moved = await connection.execute(
        "UPDATE ledger.relay_checkpoint SET position = %s"
        " WHERE topic = %s AND epoch = %s AND position = %s",
        [to, topic, epoch, from_position],
    )
    if moved.rowcount != 1:
        raise CheckpointMoved
