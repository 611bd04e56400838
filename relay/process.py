"""From the event store to Kafka: read, build, send and acknowledge, all at the same time.

The checkpoint follows the acknowledgements: everything below it the broker has. Whatever fails, the
producer is dropped, another is built, and everything after the checkpoint is sent again: a message
may go twice, none may be left out, and order within a partition holds.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import psycopg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from psycopg_pool import AsyncConnectionPool

from relay import outgoing
from relay.checkpoint import CheckpointMoved
from relay.lease import Lease, LeaseLost, session
from relay.metrics import BEGINNINGS, RELAY_LEADS
from relay.outbox import BatchRefused, Outbox, Sizes
from runtime import kafka
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store
from runtime.postgres import pool
from runtime.settings import Settings

PAGE_EVENTS_MAX = 1_000
POLL_SECONDS_MIN, POLL_SECONDS_MAX = 0.005, 0.03
POLL_GROWTH = 1.25
RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.1, 5.0
ROOM_LOOK_SECONDS = 0.002
TOPIC_LOOK_SECONDS = 1.0

E = TypeVar("E", bound=BaseException)
MakeProducer = Callable[[Settings], AIOKafkaProducer]
log = structlog.get_logger(__name__)


async def run(
    settings: Settings,
    stop: asyncio.Event | None = None,
    make_producer: MakeProducer = kafka.producer,
) -> None:
    """Relay until told to stop; without a broker there is nothing to do but wait.

    Args:
        settings: name the database, the broker and the topic.
        stop: set to end; `None` runs until cancelled.
        make_producer: what sends.
    """
    stop = stop or asyncio.Event()
    if settings.kafka_bootstrap is None:
        log.info("relay_without_broker")
        await stop.wait()
        return
    work = asyncio.create_task(_forever(settings, make_producer))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (work, stopped):
            task.cancel()
        await asyncio.gather(work, stopped, return_exceptions=True)
    if not stop.is_set():
        work.result()


async def _forever(settings: Settings, make_producer: MakeProducer) -> None:
    sizes = Sizes()
    pause = RETRY_SECONDS_MIN
    while True:
        attempt = Attempt(settings, make_producer, sizes)
        try:
            await attempt.lead()
        except* (KafkaError, OSError, TimeoutError) as group:
            log.warning("broker_away", error=repr(_first(group)))
        except* (psycopg.OperationalError, psycopg.InterfaceError) as group:
            log.warning("store_unreachable", error=repr(_first(group)))
        except* LeaseLost as group:
            log.warning("relay_lock_lost", error=repr(_first(group)))
        except* CheckpointMoved:
            log.warning("relay_overtaken")
        except* BatchRefused as group:
            log.warning("batch_too_large", error=repr(_first(group)))
            sizes.learn(_first(group))
            pause = RETRY_SECONDS_MIN
        except* kafka.BrokerRefused as group:
            log.error("broker_refused", error=repr(_first(group)))
            pause = RETRY_SECONDS_MAX
        except* kafka.TopicMismatch as group:
            log.error("topic_refused", error=repr(_first(group)))
            pause = RETRY_SECONDS_MAX
        if attempt.relayed:
            pause = RETRY_SECONDS_MIN
        await asyncio.sleep(pause)
        pause = min(pause * 2, RETRY_SECONDS_MAX)


def _first(group: BaseExceptionGroup[E]) -> E:
    """What failed first; the rest fell with it, or for the same reason."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


class Attempt:
    """One attempt at being the active relay: from taking the lock to the first failure."""

    def __init__(self, settings: Settings, make_producer: MakeProducer, sizes: Sizes) -> None:
        self._settings = settings
        self._make_producer = make_producer
        self._sizes = sizes
        self._outbox: Outbox | None = None
        self._progress = asyncio.Event()

    @property
    def relayed(self) -> int:
        """How many events this attempt had acknowledged."""
        return 0 if self._outbox is None else self._outbox.relayed

    def _acknowledged(self) -> int:
        return 0 if self._outbox is None else self._outbox.acknowledged

    async def lead(self) -> None:
        """Wait for the lock, then relay until something fails.

        Raises:
            ExceptionGroup: of what failed, a failure of the lock's session or of the broker mostly.
        """
        async with (
            session(self._settings) as locked,
            pool(self._settings, "command", max_size=2) as connections,
        ):
            store = await Reader(connections).store()
            lease = Lease(locked, self._settings, store)
            await lease.wait()
            RELAY_LEADS.set(1)
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(lease.keep(self._acknowledged, self._progress))
                    await self._relay(lease, connections, store, tasks)
            finally:
                RELAY_LEADS.set(0)

    async def _relay(
        self,
        lease: Lease,
        connections: AsyncConnectionPool,
        store: Store,
        tasks: asyncio.TaskGroup,
    ) -> None:
        await kafka.ensure_topic(self._settings, store.partition_count)
        producer = self._make_producer(self._settings)
        topic = self._settings.kafka_topic
        BEGINNINGS.inc()
        try:
            await producer.start()
            begin = await lease.begin()
            self._outbox = outbox = Outbox(
                producer, topic, store, begin, self._sizes, self._progress
            )
            log.info("relaying", topic=topic, position=begin.position)
            tasks.create_task(self._watch_topic(producer, store))
            await _read(connections, outbox, begin.position)
        finally:
            await kafka.drop(producer)

    async def _watch_topic(self, producer: AIOKafkaProducer, store: Store) -> None:
        """Notice that the topic is gone or has grown, also while there is nothing to send.

        Raises:
            KafkaError: it is gone.
            TopicMismatch: its partitions are not the store's any more.
        """
        topic = self._settings.kafka_topic
        while True:
            await asyncio.sleep(TOPIC_LOOK_SECONDS)
            try:
                found = await producer.partitions_for(topic)
            except (AssertionError, TypeError) as error:
                raise UnknownTopicOrPartitionError(topic) from error
            if len(found) != store.partition_count:
                raise kafka.TopicMismatch(f"{topic} has {len(found)} partitions now")


async def _read(connections: AsyncConnectionPool, outbox: Outbox, position: int) -> None:
    """Read the log for ever, a page at a time, and put it in the outbox.

    The log is asked, rather than telling us: a NOTIFY made an append a fifteenth dearer, within the
    lock that orders commits, and a look for what there is costs half a millisecond of ours.
    """
    pause = POLL_SECONDS_MIN
    async with asyncio.TaskGroup() as tasks:
        page = await outgoing.since(connections, position, PAGE_EVENTS_MAX)
        while True:
            following: asyncio.Task[list[outgoing.Outgoing]] | None = None
            if page:
                position = page[-1].position
                if len(page) == PAGE_EVENTS_MAX:  # read while this one is written and sent
                    reading = outgoing.since(connections, position, PAGE_EVENTS_MAX)
                    following = tasks.create_task(reading)
                await outbox.put(page, tasks)
                pause = POLL_SECONDS_MIN
            if following is None:
                await asyncio.sleep(pause)
                pause = min(pause * POLL_GROWTH, POLL_SECONDS_MAX)
            while outbox.is_full:  # noqa: ASYNC110  # a look is cheaper than an event for each batch
                await asyncio.sleep(ROOM_LOOK_SECONDS)
            if following is not None:
                page = await following
            else:
                page = await outgoing.since(connections, position, PAGE_EVENTS_MAX)
