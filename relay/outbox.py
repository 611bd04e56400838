"""Events read and not yet acknowledged: a lane a partition, each a queue of batches.

A partition's next batch is handed to the producer once the one before it is acknowledged: were the
first lost and the second not, they would end up in the wrong order. Lanes do not wait for each
other, nor for pages: whatever is read while a lane is busy joins its last batch, so that batches
grow with the load.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError

from relay.checkpoint import Checkpoint
from relay.metrics import LEFT_OUT, RELAYED
from relay.outgoing import Outgoing, Wording
from runtime import kafka
from runtime.eventstore.records import Store

SEND_SECONDS_MAX = 15.0
"""After this everything is sent again by another producer: one that hangs for ever is known
(aiokafka's issue 1017)."""
AHEAD_EVENTS_MAX = 8_000
AHEAD_BYTES_MAX = 64 * 1024 * 1024
TURN_EVENTS = 100

log = structlog.get_logger(__name__)


class BatchRefused(Exception):
    """The broker takes no batch as large as this one.

    Attributes:
        size_bytes: of the batch.
        events: in it.
    """

    def __init__(self, size_bytes: int, events: int) -> None:
        super().__init__(f"{events} events in {size_bytes} bytes")
        self.size_bytes = size_bytes
        self.events = events


@dataclass(slots=True)
class Sizes:
    """What the broker takes, as far as its refusals have taught us.

    Attributes:
        batch_bytes_max: of several messages.
        message_bytes_max: of one; a larger event stays in the store, where the read side, which
            notices the gap, fetches it.
    """

    batch_bytes_max: int = kafka.BATCH_BYTES_MAX
    message_bytes_max: int = kafka.BATCH_BYTES_MAX

    def learn(self, refused: BatchRefused) -> None:
        """Make no batch as large again."""
        if refused.events > 1:
            self.batch_bytes_max = min(self.batch_bytes_max, refused.size_bytes) // 2
        else:
            self.message_bytes_max = min(self.message_bytes_max, refused.size_bytes - 1)


@dataclass(slots=True)
class _Batch:
    builder: Any
    first_position: int
    bytes: int = 0


@dataclass(slots=True)
class _Lane:
    partition: int
    last_position: int
    batches: deque[_Batch] = field(default_factory=deque)
    sending: bool = False


class Outbox:
    """What is on its way to the broker.

    Attributes:
        events: read and not yet acknowledged.
        relayed: acknowledged since the beginning.
    """

    def __init__(
        self,
        producer: AIOKafkaProducer,
        topic: str,
        store: Store,
        begin: Checkpoint,
        sizes: Sizes,
        progress: asyncio.Event,
    ) -> None:
        """Begin with nothing in it.

        Args:
            producer: sends.
            topic: has the store's partitions.
            store: whose events these are.
            begin: everything up to it is acknowledged.
            sizes: of batches.
            progress: set with each acknowledgement.
        """
        self._producer = producer
        self._topic = topic
        self._wording = Wording(store.epoch)
        self._sizes = sizes
        self._progress = progress
        self._lanes = [_Lane(at, last) for at, last in enumerate(begin.last_by_partition)]
        self._read = begin.position
        self._bytes = 0
        self.events = self.relayed = 0

    @property
    def acknowledged(self) -> int:
        """The position up to which the broker has every event."""
        waiting = (lane.batches[0].first_position for lane in self._lanes if lane.batches)
        return min(waiting, default=self._read + 1) - 1

    @property
    def is_full(self) -> bool:
        """Whether no more should be read for now."""
        return self.events >= AHEAD_EVENTS_MAX or self._bytes >= AHEAD_BYTES_MAX

    async def put(self, page: Sequence[Outgoing], tasks: asyncio.TaskGroup) -> None:
        """Queue events, and send those whose lane is free.

        Args:
            page: the next of the log.
            tasks: fails with the first batch that does.
        """
        for at in range(0, len(page), TURN_EVENTS):
            for event in page[at : at + TURN_EVENTS]:
                self._add(self._lanes[event.partition], event)
            await asyncio.sleep(0)  # for answers that have come in
        self._read = page[-1].position
        for lane in self._lanes:
            if lane.batches and not lane.sending:
                lane.sending = True
                tasks.create_task(self._send(lane))

    def _add(self, lane: _Lane, event: Outgoing) -> None:
        prev_position, lane.last_position = lane.last_position, event.position
        message = {
            "key": event.partition_key,
            "value": event.payload,
            "headers": self._wording.headers(event, prev_position),
            "timestamp": self._wording.timestamp,
        }
        # A batch that was handed over is closed, and takes no more.
        last = lane.batches[-1] if lane.batches else None
        if last is not None and last.bytes < self._sizes.batch_bytes_max:
            appended = last.builder.append(**message)
            if appended is not None:
                self._count(last, appended.size)
                return
        batch = _Batch(self._producer.create_batch(), event.position)
        appended = batch.builder.append(**message)
        if batch.builder.size() > self._sizes.message_bytes_max:
            _leave_out(event)
            return
        lane.batches.append(batch)
        self._count(batch, appended.size)

    def _count(self, batch: _Batch, size: int) -> None:
        batch.bytes += size
        self._bytes += size
        self.events += 1

    async def _send(self, lane: _Lane) -> None:
        """Send a lane's batches, each after the one before it was acknowledged, until none is left.

        Raises:
            BatchRefused: one is too large.
            KafkaError, TimeoutError: the broker did not take one, or did not answer.
        """
        while lane.batches:
            batch = lane.batches[0]
            builder = batch.builder
            builder.close()
            size, events = builder.size(), builder.record_count()
            try:
                async with asyncio.timeout(SEND_SECONDS_MAX):
                    acknowledged = await self._producer.send_batch(
                        builder, self._topic, partition=lane.partition
                    )
                    await acknowledged
            except MessageSizeTooLargeError as error:
                raise BatchRefused(size, events) from error
            except (AssertionError, TypeError) as error:
                # How the library says that the topic, or this partition of it, is gone.
                raise UnknownTopicOrPartitionError(f"{self._topic} {lane.partition}") from error
            lane.batches.popleft()
            self._bytes -= batch.bytes
            self.events -= events
            self.relayed += events
            RELAYED.inc(events)
            self._progress.set()
        lane.sending = False


def _leave_out(event: Outgoing) -> None:
    """The next message of its partition shows the gap, and the read side asks the store."""
    LEFT_OUT.inc()
    log.error("event_too_large_for_kafka", position=event.position, bytes=len(event.payload))
