"""Talking to a broker through our own clients."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from runtime import kafka
from runtime.settings import Settings
from tests.office import WAIT_SECONDS_MAX

PARTITIONS = 4
PARTITION = 1


async def send(settings: Settings, *values: bytes) -> None:
    """Values into one partition, in order, each acknowledged."""
    async with kafka.producer(settings) as producer:
        for value in values:
            await producer.send_and_wait(settings.kafka_topic, value, partition=PARTITION)


async def fetched(settings: Settings, count: int) -> list[bytes | None]:
    """The first values of that partition."""
    at = TopicPartition(settings.kafka_topic, PARTITION)
    consumer = AIOKafkaConsumer(**kafka.connection(settings))
    async with consumer, asyncio.timeout(WAIT_SECONDS_MAX):
        consumer.assign([at])
        consumer.seek(at, 0)
        return [(await consumer.getone()).value for _ in range(count)]


async def grow(settings: Settings, partition_count: int) -> None:
    """Add partitions, as whoever runs the brokers might."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    try:
        await admin.create_partitions({settings.kafka_topic: NewPartitions(partition_count)})
    finally:
        await admin.close()


async def drop_topic(settings: Settings) -> None:
    """Delete the topic, as whoever runs the brokers might."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    try:
        await admin.delete_topics([settings.kafka_topic])
    finally:
        await admin.close()
