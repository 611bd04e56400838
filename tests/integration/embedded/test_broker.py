"""The embedded broker: speaks Kafka, keeps its port, forgets everything."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded import Broker


async def _produce(bootstrap: str, topic: str, *values: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=4, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for value in values:
            await producer.send_and_wait(topic, value, key=b"loan", partition=1)


async def _consume(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    partition = TopicPartition(topic, 1)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with consumer, asyncio.timeout(20):
        consumer.assign([partition])
        consumer.seek(partition, 0)
        return [(await consumer.getone()).value for _ in range(count)]


async def test_messages_come_back_in_order(broker: str, topic: str) -> None:
    sent = [str(number).encode() for number in range(50)]
    await _produce(broker, topic, *sent)
    assert await _consume(broker, topic, 50) == sent


@pytest.mark.parametrize("end", [Broker.stop, Broker.kill])
async def test_it_comes_back_empty_on_the_same_port(
    restartable_broker: Broker, topic: str, end: object
) -> None:
    await _produce(restartable_broker.bootstrap, topic, b"before")
    bootstrap = restartable_broker.bootstrap
    assert callable(end)
    end(restartable_broker)
    assert not restartable_broker.alive
    restartable_broker.start()
    assert restartable_broker.bootstrap == bootstrap
    await _produce(bootstrap, topic, b"after")
    assert await _consume(bootstrap, topic, 1) == [b"after"]
