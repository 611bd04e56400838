"""Every committed event reaches Kafka, in order within its partition, with what places it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from domain.events.envelope import event_id
from relay import run
from runtime import kafka
from runtime.messages import from_kafka
from runtime.settings import Settings
from tests.integration.relay.topic import relayed
from tests.office import WAIT_SECONDS_MAX, open_office, running


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    """A database and a topic of the test's own."""
    return Settings(database_url=database_url, **on_broker)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of the whole topic, in no group."""
    consumer = AIOKafkaConsumer(
        settings.kafka_topic, auto_offset_reset="earliest", **kafka.connection(settings)
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def take(consumer: AIOKafkaConsumer, count: int) -> list[ConsumerRecord]:
    """The next records, as many as that."""
    found: list[ConsumerRecord] = []
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(records)
    return found


async def test_another_topic_of_the_same_store_is_relayed_beside_the_first(
    settings: Settings,
) -> None:
    other = settings.model_copy(update={"kafka_topic": f"{settings.kafka_topic}.other"})
    async with open_office(settings) as office, running(run, settings), running(run, other):
        await office.three_draw_loan()
        for each in (settings, other):
            await relayed(each, office.position)


async def test_every_event_arrives_once_in_order_and_rebuilds_its_envelope(
    settings: Settings,
) -> None:
    async with open_office(settings) as office, running(run, settings):
        for _ in range(3):
            await office.three_draw_loan()
        store = await office.reader.store()
        stored = {each.position: each for each in await office.reader.since(0, 1000)}
        await kafka.await_topic(settings, store.partition_count)
        async with reading(settings) as consumer:
            records = await take(consumer, office.position)
    last: dict[int, int] = {}
    for record in records:
        message = from_kafka(record, store.epoch)
        assert message is not None
        assert message.prev_position == last.get(record.partition, 0)
        last[record.partition] = message.position
        assert message.recorded == stored[message.position].decode()
        assert record.value == stored[message.position].payload
    assert (
        sorted(stored)
        == sorted(int(dict(record.headers)["position"]) for record in records)
        == list(range(1, office.position + 1))
    )


async def test_headers_are_cloudevents_in_binary_mode(settings: Settings) -> None:
    async with open_office(settings) as office, running(run, settings):
        loan_id = await office.originate()
        store = await office.reader.store()
        await kafka.await_topic(settings, store.partition_count)
        async with reading(settings) as consumer:
            (record,) = await take(consumer, 1)
    headers = {name: value.decode() for name, value in record.headers}
    assert record.key == str(loan_id).encode()
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == "loan.originated"
    assert headers["ce_subject"] == str(loan_id)
    assert headers["store_epoch"] == str(store.epoch)
    identity = event_id(loan_id, 1)
    assert headers["ce_id"] == str(identity)
    trace, span = UUID(headers["correlation_id"]).hex, identity.hex[:16]
    assert headers["traceparent"] == f"00-{trace}-{span}-01"
    assert (headers["position"], headers["prev_position"], headers["stream_version"]) == (
        "1",
        "0",
        "1",
    )


async def test_a_topic_of_another_partition_count_is_refused(settings: Settings) -> None:
    await kafka.ensure_topic(settings, 4)
    with pytest.raises(kafka.TopicMismatch):
        await kafka.ensure_topic(settings, 16)


async def test_the_second_relay_waits_and_takes_over(settings: Settings) -> None:
    async with open_office(settings) as office:
        store = await office.reader.store()
        await kafka.ensure_topic(settings, store.partition_count)
        async with reading(settings) as consumer, running(run, settings):
            async with running(run, settings):
                await office.originate()
                assert len(await take(consumer, 1)) == 1
                await relayed(settings, office.position)
            await office.originate()
            (record,) = await take(consumer, 1)
            await asyncio.sleep(0.5)  # for what must not come
            assert await consumer.getmany(timeout_ms=200) == {}
    assert int(dict(record.headers)["position"]) == 2
