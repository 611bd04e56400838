"""Following one partition: duplicates dropped, gaps healed, each projection at its own pace.

Whatever way events arrive, from Kafka or straight out of the store, they take this one road. An
event is applied only to a checkpoint that stands exactly at the event before it; so late, doubled
and reordered messages, other processes and other stores' leftovers cannot do harm.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

import stamina
import structlog

from projectors.engine import checkpoints, metrics, models, parked
from projectors.engine.blame import TRANSIENT, is_of_the_event, reason_of
from projectors.engine.chain import chain_after
from projectors.engine.checkpoints import Checkpoint, CheckpointMoved, ForeignCheckpoint
from projectors.engine.committing import Leg, Pool, commit
from projectors.engine.lane import Lane, LaneRests
from projectors.engine.models import OtherVersion
from runtime.eventstore.records import StoredEvent
from runtime.messages import Message, from_store

PAGE_EVENTS_MAX = 500
HEALED_PAGES_MAX = 4
"""How far one delivery goes back to the store: the other projections wait for its end."""
RETRY_SECONDS_MAX = 5.0

log = structlog.get_logger(__name__)


class Source(Protocol):
    """The event store, as far as healing needs it."""

    async def partition_since(
        self, partition: int, position: int, limit: int, up_to: int | None = None
    ) -> Sequence[StoredEvent]:
        """The events of a partition after a position, in order."""
        ...


class PartitionFollower:
    """Brings every projection of one partition on."""

    def __init__(
        self, partition: int, lanes: Sequence[Lane], pool: Pool, source: Source, store_epoch: UUID
    ) -> None:
        self.partition = partition
        self._store_epoch = store_epoch
        self._lanes = list(lanes)
        self._pool = pool
        self._source = source
        self.lock = asyncio.Lock()

    @property
    def position(self) -> int:
        """What every projection that does not rest has applied or parked."""
        return min((lane.position for lane in self._running()), default=2**62)

    @property
    def kafka_offset(self) -> int:
        """Where to read on: the least that any running projection wants."""
        return min((lane.kafka_offset for lane in self._running()), default=0)

    @property
    def positions(self) -> dict[str, int]:
        """Where each projection stands, as far as this process knows."""
        return {lane.projection.name: lane.position for lane in self._lanes}

    def refresh(
        self,
        found: Iterable[Checkpoint],
        before: Mapping[str, int],
        others: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Take up checkpoints that another process may have moved.

        Args:
            found: as stored.
            before: ``positions`` from before they were read; what has moved here since stays.
            others: of which projections another version is live, and why not to touch it.
        """
        by_name = {checkpoint.projection: checkpoint for checkpoint in found}
        for lane in self._lanes:
            name = lane.projection.name
            self.rest_while_other(lane, others.get(name))
            checkpoint = by_name.get(name)
            if checkpoint is None or lane.position != before[name]:
                continue
            if lane.position != checkpoint.position:
                lane.doubt()
            lane.position, lane.kafka_offset = checkpoint.position, checkpoint.kafka_offset

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Apply messages to each projection that has not seen them, retrying what may pass."""
        async with self.lock:
            async for attempt in stamina.retry_context(
                on=TRANSIENT, attempts=None, timeout=None, wait_max=RETRY_SECONDS_MAX
            ):
                with attempt:
                    await _all(self._advance(lane, messages) for lane in self._running())

    def ready(self, messages: Sequence[Message]) -> list[tuple[Lane, list[Message]]]:
        """Each projection that does not rest, with the messages that follow where it stands."""
        pending = sorted(messages, key=lambda message: message.position)
        chains = [(lane, chain_after(lane.position, pending)) for lane in self._running()]
        return [(lane, chain) for lane, chain in chains if chain]

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
        return [lane for lane in self._lanes if not lane.rests]

    async def _advance(self, lane: Lane, messages: Sequence[Message]) -> None:
        """Bring one projection on; what waiting does not mend by itself lets it rest, and only it."""
        try:
            await self._follow(lane, messages)
        except (*TRANSIENT, ForeignCheckpoint):
            raise
        except OtherVersion as error:
            self.rest_while_other(lane, str(error))
        except Exception as error:
            lane.rest()
            name, partition = lane.projection.name, self.partition
            metrics.STOPPED.labels(name, str(partition)).set(1)
            log.error(
                "projection_rests",
                projection=name,
                partition=partition,
                position=lane.position,
                seconds=lane.rest_seconds,
                reason=str(error) if isinstance(error, LaneRests) else reason_of(error),
            )

    def rest_while_other(self, lane: Lane, reason: str | None) -> None:
        """Let a projection rest while another version of it is live, and say so when that begins."""
        if (reason is None) == lane.is_live:
            return
        lane.is_live = reason is None
        lane.doubt()
        name, partition = lane.projection.name, str(self.partition)
        metrics.STOPPED.labels(name, partition).set(0 if lane.is_live else 1)
        if reason is None:
            log.info("projection_goes_on", projection=name, partition=self.partition)
        else:
            log.warning(
                "projection_rests", projection=name, partition=self.partition, reason=reason
            )

    async def _follow(self, lane: Lane, messages: Sequence[Message]) -> None:
        pending = sorted(messages, key=lambda message: message.position)
        pages = 0
        while pending := [each for each in pending if each.position > lane.position]:
            chain = chain_after(lane.position, pending)
            if not chain:
                pages += 1
                if pages > HEALED_PAGES_MAX:
                    return
                chain = await self._missing(lane, pending[0])
            if not chain:
                # The store, which is the truth, has no such event: not ours, whatever it says.
                log.warning("message_unknown_to_store", position=pending[0].position)
                pending = pending[1:]
                continue
            await self._apply(lane, chain)

    async def _missing(self, lane: Lane, message: Message) -> list[Message]:
        events = await self._source.partition_since(
            self.partition, lane.position, PAGE_EVENTS_MAX, message.position
        )
        metrics.HEALED.labels(lane.projection.name).inc(len(events))
        return from_store(events, lane.position)

    async def _apply(self, lane: Lane, chain: Sequence[Message]) -> None:
        """Apply consecutive events; one that cannot be applied is found by halves, and parked."""
        error = await self._try(lane, chain)
        if error is None:
            return
        if len(chain) == 1:
            await self._park(lane, chain[0], error)
            return
        middle = len(chain) // 2
        await self._apply(lane, chain[:middle])
        if lane.position == chain[middle].prev_position:
            await self._apply(lane, chain[middle:])

    async def _try(self, lane: Lane, chain: Sequence[Message]) -> BaseException | None:
        """Apply consecutive events, all or none.

        Returns:
            What one of them raised; `None` when they are applied, by us or by somebody else.

        Raises:
            BaseException: what is no event's fault.
        """
        try:
            await self._commit(lane, chain)
        except CheckpointMoved:
            await self._reload(lane)
        except BaseException as error:
            lane.doubt()
            if not is_of_the_event(error):
                raise
            return error
        return None

    async def _commit(self, lane: Lane, chain: Sequence[Message]) -> None:
        leg = Leg(self.partition, lane, chain)
        applied = await commit(self._pool, self._store_epoch, [leg], waits=True)
        if not applied:
            raise CheckpointMoved
        self.committed(lane, chain, applied[0][1])

    def committed(self, lane: Lane, chain: Sequence[Message], applied: int) -> None:
        """Take note of messages that are applied and committed, but for those that are parked."""
        lane.kept.settle()
        self._moved(lane, chain[-1])
        lane.allowance.applied(applied)
        metrics.applied(lane.projection.name, applied)
        metrics.parked(lane.projection.name, len(chain) - applied)
        if lane.rest_seconds:
            lane.rest_seconds = 0.0
            metrics.STOPPED.labels(lane.projection.name, str(self.partition)).set(0)

    def _moved(self, lane: Lane, last: Message) -> None:
        lane.position = last.position
        if last.offset >= 0:
            lane.kafka_offset = last.offset

    async def _park(self, lane: Lane, message: Message, error: BaseException) -> None:
        """Set one event aside with why, and go on behind it.

        Raises:
            LaneRests: too much is parked already, or the event is none of the store's.
        """
        if message.offset >= 0:
            # What came over Kafka may be spoilt where the store's own is not.
            stored = await self._missing(lane, message)
            if not stored:
                raise LaneRests(f"Kafka brought {message.position}, which the store has not")
            await self._apply(lane, stored)
            return
        lane.allowance.take()
        name, reason = lane.projection.name, reason_of(error)
        try:
            async with self._pool.connection() as connection, connection.transaction():
                leg = Leg(self.partition, lane, [message])
                strides = {leg.place: leg.stride}
                if not await checkpoints.move(connection, self._store_epoch, strides, waits=True):
                    raise CheckpointMoved
                await models.require(connection, [lane.projection])
                await parked.park(connection, name, self.partition, [message], reason)
        except CheckpointMoved:
            await self._reload(lane)
            return
        self._moved(lane, message)
        metrics.parked(name, 1)
        log.error(
            "event_parked",
            projection=name,
            partition=self.partition,
            position=message.position,
            reason=reason,
        )

    async def _reload(self, lane: Lane) -> None:
        """Find out where somebody else has moved to, who kept us from applying anything twice."""
        lane.doubt()
        asked = (lane.projection.name, self.partition, self._store_epoch)
        async with self._pool.connection() as connection:
            lane.position = await checkpoints.place_of(connection, *asked)
        metrics.FENCED.labels(lane.projection.name).inc()
        log.info("fenced", projection=lane.projection.name, partition=self.partition)


async def _all(steps: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run steps side by side to their ends, then raise what the first failed one raised."""
    for outcome in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
