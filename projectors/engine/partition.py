"""Following one partition: duplicates dropped, gaps healed, each projection at its own pace.

Whatever way events arrive, from Kafka or straight out of the store, they take this one road. An
event is applied only to a checkpoint that stands exactly at the event before it; so late, doubled
and reordered messages, other processes and other stores' leftovers cannot do harm.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
import psycopg_pool
import stamina
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from projectors.engine import checkpoints, metrics
from projectors.engine.apply import apply
from projectors.engine.checkpoints import Checkpoint, CheckpointMoved
from projectors.engine.projection import Projection
from runtime.eventstore.records import StoredEvent
from runtime.messages import Message, from_store

PAGE_EVENTS_MAX = 500
RETRY_SECONDS_MAX = 5.0
TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError, psycopg_pool.PoolTimeout)

log = structlog.get_logger(__name__)

Pool = AsyncConnectionPool[AsyncConnection[Any]]


class Source(Protocol):
    """The event store, as far as healing needs it."""

    async def partition_since(
        self, partition: int, position: int, limit: int, up_to: int | None = None
    ) -> Sequence[StoredEvent]:
        """The events of a partition after a position, in order."""
        ...


@dataclass(slots=True)
class Lane:
    """One projection in one partition.

    Attributes:
        position: of the last event applied, as far as this process knows.
        stopped: it met poison and waits for a person.
    """

    projection: Projection
    position: int
    kafka_offset: int
    stopped: bool = False


class PartitionFollower:
    """Brings every projection of one partition on."""

    def __init__(self, partition: int, lanes: Sequence[Lane], pool: Pool, source: Source) -> None:
        self.partition = partition
        self._lanes = list(lanes)
        self._pool = pool
        self._source = source
        self._lock = asyncio.Lock()

    @property
    def position(self) -> int:
        """What every projection that is not stopped has applied."""
        return min((lane.position for lane in self._running()), default=2**62)

    @property
    def kafka_offset(self) -> int:
        """Where to read on: the least that any running projection wants."""
        return min((lane.kafka_offset for lane in self._running()), default=0)

    @property
    def positions(self) -> dict[str, int]:
        """Where each projection stands, as far as this process knows."""
        return {lane.projection.name: lane.position for lane in self._lanes}

    def refresh(self, found: Iterable[Checkpoint], before: Mapping[str, int]) -> None:
        """Take up checkpoints that another process may have moved.

        Args:
            found: as stored.
            before: ``positions`` from before they were read; what has moved here since stays.
        """
        by_name = {checkpoint.projection: checkpoint for checkpoint in found}
        for lane in self._lanes:
            name = lane.projection.name
            checkpoint = by_name.get(name)
            if checkpoint is None or lane.position != before[name]:
                continue
            lane.position, lane.kafka_offset = checkpoint.position, checkpoint.kafka_offset
            if lane.stopped and checkpoint.stopped_reason is None:
                # It was rebuilt, or somebody skipped the event.
                lane.stopped = False
                metrics.STOPPED.labels(name, str(self.partition)).set(0)

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Apply messages to each projection that has not seen them, retrying what may pass."""
        async with self._lock:
            async for attempt in stamina.retry_context(
                on=TRANSIENT, attempts=None, timeout=None, wait_max=RETRY_SECONDS_MAX
            ):
                with attempt:
                    await _all(self._advance(lane, messages) for lane in self._running())

    async def catch_up(self, head: int) -> int:
        """Apply what the store holds and nobody delivered.

        Args:
            head: the partition's last position in the store.

        Returns:
            How many events were read for it.
        """
        healed = 0
        while (start := self.position) < head:
            events = await self._source.partition_since(
                self.partition, start, PAGE_EVENTS_MAX, head
            )
            if not events:
                break
            await self.deliver(from_store(events, start))
            healed += len(events)
        return healed

    def _running(self) -> list[Lane]:
        return [lane for lane in self._lanes if not lane.stopped]

    async def _advance(self, lane: Lane, messages: Sequence[Message]) -> None:
        pending = sorted(messages, key=lambda message: message.position)
        while pending := [each for each in pending if each.position > lane.position]:
            chain = _chain(pending, lane.position)
            if not chain:
                chain = await self._missing(lane, pending[0])
            if not chain:
                # The store, which is the truth, has no such event: not ours, whatever it says.
                log.warning("message_unknown_to_store", position=pending[0].position)
                pending = pending[1:]
                continue
            await self._apply(lane, chain)
            if lane.stopped:
                return

    async def _missing(self, lane: Lane, message: Message) -> list[Message]:
        events = await self._source.partition_since(
            self.partition, lane.position, PAGE_EVENTS_MAX, message.position
        )
        metrics.HEALED.labels(lane.projection.name).inc(len(events))
        return from_store(events, lane.position)

    async def _apply(self, lane: Lane, chain: Sequence[Message]) -> None:
        """Apply consecutive events; if one of them is poison, those before it, and stop there."""
        try:
            await self._commit(lane, chain)
        except CheckpointMoved:
            await self._reload(lane)
        except TRANSIENT:
            raise
        except Exception as error:
            if len(chain) == 1:
                await self._stop(lane, chain[0], error)
                return
            for message in chain:
                if lane.stopped or lane.position != message.prev_position:
                    return
                await self._apply(lane, [message])

    async def _commit(self, lane: Lane, chain: Sequence[Message]) -> None:
        batch = [message.recorded for message in chain]
        first, last = chain[0], chain[-1]
        async with self._pool.connection() as connection, connection.transaction():
            await checkpoints.move(
                connection,
                lane.projection.name,
                self.partition,
                from_position=first.prev_position,
                to_position=last.position,
                kafka_offset=last.offset,
            )
            for part in lane.projection.parts:
                await apply(connection, part, batch)
        lane.position = last.position
        if last.offset >= 0:
            lane.kafka_offset = last.offset
        metrics.applied(lane.projection.name, batch)

    async def _reload(self, lane: Lane) -> None:
        async with self._pool.connection() as connection:
            found = await connection.execute(
                "SELECT position FROM read.checkpoints WHERE projection = %s AND partition = %s",
                [lane.projection.name, self.partition],
            )
            row = await found.fetchone()
        lane.position = row[0] if row is not None else 0

    async def _stop(self, lane: Lane, message: Message, error: Exception) -> None:
        """Poison. Stopping is loud and safe; parking the event's stream alone would go here."""
        lane.stopped = True
        name, reason = lane.projection.name, f"event {message.position}: {error!r}"
        metrics.STOPPED.labels(name, str(self.partition)).set(1)
        log.error(
            "projection_stopped",
            projection=name,
            partition=self.partition,
            position=message.position,
            exc_info=error,
        )
        async with self._pool.connection() as connection:
            await checkpoints.note_stop(connection, name, self.partition, reason)


async def _all(steps: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run steps side by side to their ends, then raise what the first failed one raised."""
    for outcome in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _chain(pending: Sequence[Message], position: int) -> list[Message]:
    """The messages that follow a position without a gap."""
    chain: list[Message] = []
    for message in pending:
        if message.prev_position == position:
            chain.append(message)
            position = message.position
        elif message.position != position:
            break
    return chain
