"""The read side's process: follows Kafka, and the store wherever Kafka fails to bring an event.

Two loops. One takes batches from Kafka as they come. The other looks once a second at how far the
store is ahead of each partition; where nothing has moved although the store did, it reads the store
itself, and goes on doing so at polling pace for as long as Kafka stays silent. A broker that is
absent, away, wiped, or missing messages is thus one and the same case, and needs no detection.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import stamina
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from projectors.engine import abreast, checkpoints, metrics, models
from projectors.engine.blame import TRANSIENT
from projectors.engine.committing import Pool
from projectors.engine.lane import Lane
from projectors.engine.partition import PartitionFollower
from projectors.engine.projection import Projection
from runtime import kafka
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store
from runtime.messages import from_kafka
from runtime.settings import Settings

SILENCE_SECONDS = 1.0
"""How long a partition may stand still behind the store before we read the store."""
FOREIGN_SILENCE_SECONDS = 4.0
"""The same for partitions that another process was given: first it is theirs to mend."""
CONSUMER_SILENCE_SECONDS_MAX = 5.0
"""How long a consumer may bring nothing, while the store does its work, before it is replaced."""
POLL_SECONDS_MIN, POLL_SECONDS_MAX = 0.01, 0.05
"""Between looks at the store while Kafka brings nothing."""
RECONNECT_SECONDS_MIN, RECONNECT_SECONDS_MAX = 0.5, 10.0
BATCH_RECORDS_MAX = 2_000

log = structlog.get_logger(__name__)

Batches = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class Engine:
    """Follows every partition of one store for some projections."""

    def __init__(
        self,
        settings: Settings,
        projections: Sequence[Projection],
        pool: Pool,
        reader: Reader,
        store: Store,
    ) -> None:
        self._settings = settings
        self._projections = {projection.name: projection for projection in projections}
        self._pool = pool
        self._reader = reader
        self._store = store
        self._assigned: set[int] = set()
        self._behind_since: dict[int, tuple[int, float]] = {}
        self._delivered_at = self._helped_since = time.monotonic()
        self._connected = False
        self._renew_consumer = asyncio.Event()
        self._seek_to_end: set[int] = set()
        self.followers: dict[int, PartitionFollower] = {
            partition: PartitionFollower(
                partition,
                [Lane(projection, 0, 0) for projection in projections],
                pool,
                reader,
                store.epoch,
            )
            for partition in range(store.partition_count)
        }

    @property
    def store_epoch(self) -> UUID:
        """Of the store that is followed; after its restore it takes another engine."""
        return self._store.epoch

    async def refresh(self) -> None:
        """Read all checkpoints anew, and which read models are this code's."""
        before = {partition: each.positions for partition, each in self.followers.items()}
        async with self._pool.connection() as connection:
            live = await models.prints(connection, self._projections)
            others = {
                name: reason
                for name, projection in self._projections.items()
                if (reason := models.why_not(projection, live.get(name))) is not None
            }
            ours = self._projections.keys() - others.keys()
            found = await checkpoints.load(
                connection, ours, self._store.partition_count, self._store.epoch
            )
        for partition, follower in self.followers.items():
            its_own = (each for each in found if each.partition == partition)
            follower.refresh(its_own, before[partition], others)

    async def watch(self) -> None:
        """Look after partitions that stand still although the store has moved; for ever."""
        pause = POLL_SECONDS_MIN
        refreshed_at = 0.0
        while True:
            await asyncio.sleep(pause)
            looked_at = time.monotonic()
            try:
                if looked_at - refreshed_at >= SILENCE_SECONDS:
                    await self.refresh()
                    refreshed_at = looked_at
                healed = await self._heal(await self._reader.heads())
            except TRANSIENT as error:
                log.warning("store_unreachable", error=str(error))
                pause = SILENCE_SECONDS
                continue
            if self._connected and looked_at - self._delivered_at < SILENCE_SECONDS:
                pause = SILENCE_SECONDS
            elif healed:
                pause = POLL_SECONDS_MIN
            else:
                pause = min(pause * 2, SILENCE_SECONDS if self._connected else POLL_SECONDS_MAX)

    async def _heal(self, heads: Mapping[int, int]) -> int:
        now = time.monotonic()
        still = [p for p, head in heads.items() if self._stands_still(p, head, now)]
        counts = await asyncio.gather(*(self.followers[p].catch_up(heads[p]) for p in still))
        if any(counts):
            self._seek_to_end.update(self._assigned.intersection(still))
            self._doubt_consumer(now)
        return sum(counts)

    def _doubt_consumer(self, now: float) -> None:
        """Build another consumer when this one has brought nothing while the store had to help.

        Once is no sign: after a quiet hour, the store may be looked at before Kafka has delivered.
        """
        if self._delivered_at >= self._helped_since:
            self._helped_since = now
        elif now - self._helped_since > CONSUMER_SILENCE_SECONDS_MAX:
            self._helped_since = now
            self._renew_consumer.set()

    def _stands_still(self, partition: int, head: int, now: float) -> bool:
        position = self.followers[partition].position
        if position >= head:
            self._behind_since.pop(partition, None)
            return False
        then, since = self._behind_since.get(partition, (-1, now))
        if then != position:
            self._behind_since[partition] = (position, now)
            since = now
        return now - since >= self._patience(partition, now)

    def _patience(self, partition: int, now: float) -> float:
        if self._assigned and partition not in self._assigned:
            return FOREIGN_SILENCE_SECONDS
        # Once Kafka has been silent for a while, an event need not be old to be fetched.
        return 0.0 if now - self._delivered_at >= SILENCE_SECONDS else SILENCE_SECONDS

    async def consume(self) -> None:
        """Take what Kafka brings; for ever, whatever happens to the broker."""
        pause = RECONNECT_SECONDS_MIN
        while True:
            self._renew_consumer.clear()
            started_at = time.monotonic()
            try:
                await kafka.await_topic(self._settings, self._store.partition_count)
                await self._consume()
            except (TimeoutError, KafkaError, OSError) as error:
                log.warning("broker_away", error=str(error))
            except kafka.TopicMissing as error:
                log.warning("topic_awaited", topic=str(error))
            except kafka.BrokerRefused as error:
                log.error("broker_refused", error=str(error))
            except kafka.TopicMismatch as error:
                log.error("topic_refused", error=str(error))
            self._assigned.clear()
            if time.monotonic() - started_at > RECONNECT_SECONDS_MAX:
                pause = RECONNECT_SECONDS_MIN
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_SECONDS_MAX)

    async def _consume(self) -> None:
        consumer = kafka.consumer(self._settings)
        consumer.subscribe([self._settings.kafka_topic], listener=_Rebalance(self, consumer))
        try:
            await consumer.start()
            log.info("consuming", topic=self._settings.kafka_topic)
            self._connected = True
            while True:
                batches = await consumer.getmany(timeout_ms=200, max_records=BATCH_RECORDS_MAX)
                if self._renew_consumer.is_set():
                    return  # what it brought last may be of partitions that the store has not
                await self._deliver(batches)
                await self._reseek(consumer)
        finally:
            self._connected = False
            await kafka.drop(consumer)

    async def _deliver(self, batches: Batches) -> None:
        deliveries: list[abreast.Delivery] = []
        for at, records in batches.items():
            read = (from_kafka(record, self._store.epoch) for record in records)
            if messages := [message for message in read if message is not None]:
                metrics.DELIVERED.inc(len(messages))
                deliveries.append((self.followers[at.partition], messages))
        if not deliveries:
            return
        self._delivered_at = time.monotonic()
        await abreast.deliver(self._pool, self._store.epoch, deliveries)
        await asyncio.gather(
            *(
                follower.deliver(messages)
                for follower, messages in deliveries
                if follower.position < messages[-1].position
            )
        )

    async def _reseek(self, consumer: AIOKafkaConsumer) -> None:
        """Leave an offset that a recreated topic may not reach for years.

        Skipping to the end is safe: what lies before it is in the store, and a message that follows
        a gap shows it.
        """
        wanted, self._seek_to_end = self._seek_to_end, set()
        ours = [at for at in consumer.assignment() if at.partition in wanted]
        if ours:
            await consumer.seek_to_end(*ours)

    async def take_over(self, consumer: AIOKafkaConsumer, given: set[TopicPartition]) -> None:
        """Begin with the partitions we were given where their read models stand."""
        if any(at.partition not in self.followers for at in given):
            # Somebody has added partitions: the next consumer is refused the topic, by its name.
            self._renew_consumer.set()
            return
        async for attempt in stamina.retry_context(on=TRANSIENT, attempts=None, timeout=None):
            with attempt:
                await self.refresh()
        self._assigned = {at.partition for at in given}
        for at in given:
            consumer.seek(at, self.followers[at.partition].kafka_offset)

    def give_up(self) -> None:
        """Forget which partitions were ours; a batch under way is fenced by its checkpoints."""
        self._assigned = set()


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    def __init__(self, engine: Engine, consumer: AIOKafkaConsumer) -> None:
        self._engine = engine
        self._consumer = consumer

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        self._engine.give_up()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._engine.take_over(self._consumer, assigned)
