"""What we count on in a broker, whichever it is."""

import asyncio

import pytest
from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError

from runtime import kafka
from runtime.settings import Settings
from tests.integration.broker.talk import PARTITION, PARTITIONS, drop_topic, fetched, grow, send
from tests.servers import BrokerServer


@pytest.fixture
def settings(on_broker: dict[str, object]) -> Settings:
    """A topic of the test's own."""
    return Settings(**on_broker)


def on(server: BrokerServer, topic: str) -> Settings:
    """The same on a broker that the test may stop."""
    return Settings(
        kafka_bootstrap=server.bootstrap, kafka_topic=topic, kafka_idempotence=server.idempotence
    )


async def test_messages_come_back_in_order(settings: Settings) -> None:
    sent = [str(number).encode() for number in range(50)]
    await kafka.ensure_topic(settings, PARTITIONS)
    await send(settings, *sent)
    assert await fetched(settings, 50) == sent


@pytest.mark.parametrize("partition_count", [1, 16])
async def test_a_topic_is_made_with_the_partitions_of_the_store_and_found_again(
    settings: Settings, partition_count: int
) -> None:
    assert await kafka.topic_partitions(settings) == 0
    await kafka.ensure_topic(settings, partition_count)
    assert await kafka.topic_partitions(settings) == partition_count
    await kafka.ensure_topic(settings, partition_count)


@pytest.mark.parametrize("made", [15, 17])
async def test_a_topic_of_one_partition_less_or_more_is_refused(
    settings: Settings, made: int
) -> None:
    await kafka.ensure_topic(settings, made)
    with pytest.raises(kafka.TopicMismatch):
        await kafka.ensure_topic(settings, 16)
    assert await kafka.topic_partitions(settings) == made


async def test_a_topic_that_several_make_at_once_is_made_once(settings: Settings) -> None:
    await asyncio.gather(*(kafka.ensure_topic(settings, 16) for _ in range(4)))
    assert await kafka.topic_partitions(settings) == 16


@pytest.mark.only_on("embedded")
async def test_what_was_sent_for_a_topic_that_was_not_there_is_not_in_the_one_that_is_made(
    settings: Settings,
) -> None:
    """The embedded broker keeps it, and would number the new topic over it."""
    await kafka.ensure_topic(settings, PARTITIONS)
    producer = kafka.producer(settings)
    await producer.start()
    try:
        await producer.send_and_wait(settings.kafka_topic, b"held", partition=PARTITION)
        await drop_topic(settings)
        await producer.send_and_wait(settings.kafka_topic, b"astray", partition=PARTITION)
    finally:
        await producer.stop()
    assert await kafka.topic_partitions(settings) == 0
    await kafka.ensure_topic(settings, PARTITIONS)
    sent = [str(number).encode() for number in range(5)]
    await send(settings, *sent)
    assert await fetched(settings, 5) == sent


async def test_a_topic_is_waited_for_until_another_makes_it(settings: Settings) -> None:
    waiting = asyncio.create_task(kafka.await_topic(settings, PARTITIONS))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    assert await kafka.topic_partitions(settings) == 0
    await kafka.ensure_topic(settings, PARTITIONS)
    await waiting
    with pytest.raises(kafka.TopicMismatch):
        await kafka.await_topic(settings, PARTITIONS + 1)


async def test_asking_about_a_topic_does_not_make_it(settings: Settings) -> None:
    client = AIOKafkaClient(**kafka.connection(settings))
    await client.bootstrap()
    try:
        client.add_topic(settings.kafka_topic)
        await client.force_metadata_update()
    finally:
        await client.close()
    assert await kafka.topic_partitions(settings) == 0


async def test_a_broker_that_is_away_is_away_and_not_refusing(topic: str) -> None:
    with pytest.raises(KafkaConnectionError):
        await kafka.ensure_topic(Settings(kafka_bootstrap="127.0.0.1:9", kafka_topic=topic), 16)


async def test_emptied_it_comes_back_on_the_same_port(
    restartable_broker: BrokerServer, topic: str
) -> None:
    settings = on(restartable_broker, topic)
    await kafka.ensure_topic(settings, PARTITIONS)
    await send(settings, b"before")
    restartable_broker.kill()
    restartable_broker.start_empty()
    assert restartable_broker.bootstrap == settings.kafka_bootstrap
    assert await kafka.topic_partitions(settings) == 0
    await kafka.ensure_topic(settings, PARTITIONS)
    await send(settings, b"after")
    assert await fetched(settings, 1) == [b"after"]


@pytest.mark.only_on("kafka", "containers")
async def test_killed_it_comes_back_with_what_it_acknowledged(
    restartable_broker: BrokerServer, topic: str
) -> None:
    settings = on(restartable_broker, topic)
    await kafka.ensure_topic(settings, PARTITIONS)
    await send(settings, b"before")
    restartable_broker.kill()
    restartable_broker.start()
    await send(settings, b"after")
    assert await fetched(settings, 2) == [b"before", b"after"]


@pytest.mark.only_on("kafka", "containers")
async def test_a_topic_that_grew_is_refused(settings: Settings) -> None:
    await kafka.ensure_topic(settings, PARTITIONS)
    await grow(settings, PARTITIONS + 1)
    with pytest.raises(kafka.TopicMismatch):
        await kafka.ensure_topic(settings, PARTITIONS)
