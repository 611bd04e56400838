"""From the event store to Kafka, a page at a time.

A page is read, sent, and acknowledged by the broker in full before the checkpoint moves. Whatever
fails in between, the producer is dropped, another is built, and the page is sent again from the
checkpoint: a message may go twice, none may be left out, and order within a partition holds.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from command_api.relay import checkpoint
from command_api.relay.checkpoint import Checkpoint, CheckpointMoved
from runtime import kafka
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store, StoredEvent
from runtime.messages import headers_of
from runtime.postgres import connect, pool
from runtime.settings import Settings

PAGE_EVENTS_MAX = 1_000
PAYLOAD_BYTES_MAX = kafka.BATCH_BYTES_MAX - 4096
POLL_SECONDS_MIN, POLL_SECONDS_MAX = 0.005, 0.05
RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.1, 5.0
STANDBY_SECONDS = 1.0
SEND_SECONDS_MAX = 30.0
"""After this a page is sent again by another producer: one that hangs for ever is known (aiokafka's
issue 1017)."""

RELAYED = Counter("drawbridge_relayed_events_total", "Events acknowledged by the broker.")
RELAY_POSITION = Gauge("drawbridge_relay_position", "Up to where the broker has every event.")

log = structlog.get_logger(__name__)


async def run(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Relay until told to stop; without a broker there is nothing to do but wait.

    Args:
        settings: name the database, the broker and the topic.
        stop: set to end; `None` runs until cancelled.
    """
    stop = stop or asyncio.Event()
    if settings.kafka_bootstrap is None:
        log.info("relay_without_broker")
        await stop.wait()
        return
    work = asyncio.create_task(_forever(settings))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (work, stopped):
            task.cancel()
        await asyncio.gather(work, stopped, return_exceptions=True)
    if not stop.is_set():
        work.result()


async def _forever(settings: Settings) -> None:
    pause = RETRY_SECONDS_MIN
    while True:
        relay = Relay(settings)
        try:
            await relay.lead()
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("broker_away", error=repr(error))
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            log.warning("store_unreachable", error=str(error))
        except kafka.BrokerRefused as error:
            log.error("broker_refused", error=str(error))
            pause = RETRY_SECONDS_MAX
        except kafka.TopicMismatch as error:
            log.error("topic_refused", error=str(error))
            pause = RETRY_SECONDS_MAX
        except CheckpointMoved:
            log.warning("relay_overtaken")
        if relay.relayed:
            pause = RETRY_SECONDS_MIN
        await asyncio.sleep(pause)
        pause = min(pause * 2, RETRY_SECONDS_MAX)


class Relay:
    """One attempt at being the active relay: from taking the lock to the first failure.

    Attributes:
        relayed: how many events this attempt had acknowledged.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.relayed = 0

    async def lead(self) -> None:
        """Wait for the lock, then relay until something fails."""
        async with (
            await connect(self._settings, "command") as connection,
            pool(self._settings, "command", max_size=2) as connections,
        ):
            reader = Reader(connections)
            store = await reader.store()
            while not await checkpoint.try_lock(connection):  # noqa: ASYNC110  # asked of the database
                await asyncio.sleep(STANDBY_SECONDS)
            await kafka.ensure_topic(self._settings, store.partition_count)
            producer = kafka.producer(self._settings)
            try:
                await producer.start()
                await self._relay(connection, reader, store, producer)
            finally:
                await kafka.drop(producer)

    async def _relay(
        self,
        connection: AsyncConnection[Any],
        reader: Reader,
        store: Store,
        producer: AIOKafkaProducer,
    ) -> None:
        topic = self._settings.kafka_topic
        at = await checkpoint.load(connection, store.epoch, topic, store.partition_count)
        log.info("relaying", topic=topic, position=at.position)
        pause = POLL_SECONDS_MIN
        page = await reader.since(at.position, PAGE_EVENTS_MAX)
        while True:
            if not page:
                await asyncio.sleep(pause)
                pause = min(pause * 2, POLL_SECONDS_MAX)
                page = await reader.since(at.position, PAGE_EVENTS_MAX)
                continue
            pause = POLL_SECONDS_MIN
            last = page[-1].position
            # The next page is read while the broker makes this one durable.
            async with asyncio.timeout(SEND_SECONDS_MAX):
                _, following = await asyncio.gather(
                    self._send(producer, page, at, store), reader.since(last, PAGE_EVENTS_MAX)
                )
            await checkpoint.move(
                connection, store.epoch, topic, from_position=at.position, to=last
            )
            at.position = last
            self.relayed += len(page)
            RELAYED.inc(len(page))
            RELAY_POSITION.set(last)
            page = following

    async def _send(
        self,
        producer: AIOKafkaProducer,
        page: Sequence[StoredEvent],
        at: Checkpoint,
        store: Store,
    ) -> None:
        """Send a page and wait for every acknowledgement."""
        by_partition: dict[int, list[StoredEvent]] = defaultdict(list)
        for stored in page:
            by_partition[stored.partition].append(stored)
        waiting = {
            partition: _batches(producer, events, at, store)
            for partition, events in by_partition.items()
        }
        # A partition's second batch waits for its first: were the first lost and the second not,
        # they would end up in the wrong order.
        while waiting := {partition: batches for partition, batches in waiting.items() if batches}:
            await asyncio.gather(
                *[
                    await producer.send_batch(
                        batches.pop(0), self._settings.kafka_topic, partition=partition
                    )
                    for partition, batches in waiting.items()
                ]
            )


def _batches(
    producer: AIOKafkaProducer, events: Sequence[StoredEvent], at: Checkpoint, store: Store
) -> list[Any]:
    """A partition's events as the producer's own batches, each as full as its limit allows."""
    batches = [producer.create_batch()]
    for stored in events:
        prev_position = at.last_by_partition[stored.partition]
        at.last_by_partition[stored.partition] = stored.position
        if len(stored.payload) > PAYLOAD_BYTES_MAX:
            # No broker would take it. The next message shows the gap, and the store fills it.
            log.error("event_too_large_for_kafka", position=stored.position)
            continue
        message = {
            "key": str(stored.partition_key).encode(),
            "value": stored.payload,
            "headers": headers_of(stored, prev_position, store.epoch),
            "timestamp": int(stored.recorded_at.timestamp() * 1000),
        }
        if batches[-1].append(**message) is None:
            batches.append(producer.create_batch())
            batches[-1].append(**message)
    return [batch for batch in batches if batch.record_count()]
