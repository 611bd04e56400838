"""Whatever a producer fails with, another one sends again: nothing is lost, order holds.

What the broker here can be brought to do, it does. The rest is raised by a producer that is the
library's own in all else.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
)
from structlog.testing import capture_logs

import relay
from runtime import kafka
from runtime.settings import Settings
from tests.integration.broker.talk import grow
from tests.integration.relay.test_handover import said
from tests.integration.relay.topic import faults, relayed, stored, whole_topic, wrong
from tests.office import WAIT_SECONDS_MAX, open_office, running
from tests.servers import BrokerServer

ERRORS = [
    KafkaTimeoutError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    ConnectionResetError,
]
FAILURES = 4
HEADERS_BYTES = 1_200
"""What a message and its batch have beside the payload, and a little more."""
Make = Callable[[Settings], AIOKafkaProducer]


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    """A database and a topic of the test's own."""
    return Settings(database_url=database_url, **on_broker)


class Failing(AIOKafkaProducer):
    """Raises some times, before a batch is sent or after it is acknowledged."""

    every = 3
    error: type[Exception] = KafkaTimeoutError
    sent = failed = 0

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        kind = type(self)
        kind.sent += 1
        fails = kind.sent % kind.every == 0 and kind.failed < FAILURES
        if fails and kind.sent % 2:
            kind.failed += 1
            raise kind.error
        acknowledged = await super().send_batch(batch, topic, partition=partition)
        if not fails:
            return acknowledged

        async def lost() -> None:
            await acknowledged
            kind.failed += 1
            raise kind.error

        return lost()


class Refusing(AIOKafkaProducer):
    """Takes no batch above a size."""

    size_bytes_max = 0

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        if batch.size() > self.size_bytes_max:
            raise MessageSizeTooLargeError
        return await super().send_batch(batch, topic, partition=partition)


class Hanging(AIOKafkaProducer):
    """Answers nothing any more from its third batch on, if it is the first of its kind."""

    sent = 0

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        Hanging.sent += 1
        if Hanging.sent == 3:
            await asyncio.Event().wait()
        return await super().send_batch(batch, topic, partition=partition)


def making(kind: type[AIOKafkaProducer]) -> Make:
    """Producers of a kind, made as ours are."""

    def make(settings: Settings) -> AIOKafkaProducer:
        made = kafka.producer(settings)
        made.__class__ = kind
        return made

    return make


def by(make: Make) -> Any:
    """A relay with such producers."""

    async def run(settings: Settings, stop: asyncio.Event) -> None:
        await relay.run(settings, stop, make)

    return run


@pytest.mark.parametrize("error", ERRORS)
async def test_a_producer_that_fails_is_replaced_and_what_it_may_have_sent_is_sent_again(
    settings: Settings, error: type[Exception]
) -> None:
    kind = type("FailingSo", (Failing,), {"error": error, "sent": 0, "failed": 0})
    async with open_office(settings) as office, running(by(making(kind)), settings):
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while kind.failed < FAILURES:
                await office.active_loan()
        assert await faults(settings, office) == []


async def test_batches_that_the_broker_finds_too_large_are_made_smaller(
    settings: Settings,
) -> None:
    with capture_logs() as lines:
        async with open_office(settings) as office:
            for _ in range(3):
                await office.three_draw_loan()
            largest = max(len(event.payload) for event in await stored(office))
            kind = type("RefusingSome", (Refusing,), {"size_bytes_max": largest + HEADERS_BYTES})
            async with running(by(making(kind)), settings):
                assert await faults(settings, office) == []
    assert "event_too_large_for_kafka" not in [line["event"] for line in lines]
    assert "batch_too_large" in [line["event"] for line in lines]


async def test_a_single_event_that_the_broker_finds_too_large_is_left_to_the_store(
    settings: Settings,
) -> None:
    kind = type("RefusingMore", (Refusing,), {"size_bytes_max": 1_400})
    async with open_office(settings) as office:
        await office.three_draw_loan()
        async with running(by(making(kind)), settings):
            await relayed(settings, office.position)
            records = await whole_topic(settings)
        kept = await stored(office)
    sizes = {event.position: len(event.payload) for event in kept}
    there = {int(dict(record.headers)["position"]) for record in records}
    left_out = sizes.keys() - there
    assert left_out
    assert min(sizes[at] for at in left_out) >= max(sizes[at] for at in there)


@pytest.mark.slow
async def test_a_producer_that_hangs_is_given_up(settings: Settings) -> None:
    async with open_office(settings) as office, running(by(making(Hanging)), settings):
        for _ in range(3):
            await office.three_draw_loan()
        await relayed(settings, office.position)
        assert await faults(settings, office) == []


def on(server: BrokerServer, topic: str, database_url: str) -> Settings:
    """The same on a broker that the test may stop."""
    return Settings(
        database_url=database_url,
        kafka_bootstrap=server.bootstrap,
        kafka_topic=topic,
        kafka_idempotence=server.idempotence,
    )


@pytest.mark.slow
@pytest.mark.only_on("embedded", "kafka")
async def test_a_broker_that_freezes_and_wakes_has_everything(
    database_url: str, restartable_broker: BrokerServer, topic: str
) -> None:
    settings = on(restartable_broker, topic, database_url)
    pid: int = restartable_broker.pid  # type: ignore[attr-defined]  # containers have none
    with capture_logs() as lines:
        async with open_office(settings) as office, running(relay.run, settings):
            await office.three_draw_loan()
            await relayed(settings, office.position)
            os.kill(pid, signal.SIGSTOP)
            try:
                await office.three_draw_loan()
                await said(lines, "broker_away")
            finally:
                os.kill(pid, signal.SIGCONT)
            await office.three_draw_loan()
            assert await faults(settings, office) == []


async def test_a_topic_deleted_under_an_idle_relay_is_made_anew(settings: Settings) -> None:
    with capture_logs() as lines:
        async with open_office(settings) as office, running(relay.run, settings):
            store = await office.reader.store()
            await office.three_draw_loan()
            await relayed(settings, office.position)
            await delete(settings)
            await said(lines, "relaying", times=2)
            assert await kafka.topic_partitions(settings) == store.partition_count
            at = office.position
            await office.three_draw_loan()
            await relayed(settings, office.position)
            records = await whole_topic(settings)
            kept = [event for event in await stored(office) if event.position > at]
    there = {int(dict(record.headers)["position"]) for record in records}
    assert {event.position for event in kept} <= there


@pytest.mark.only_on("kafka", "containers")
async def test_a_topic_that_grows_under_the_relay_is_refused_while_it_does(
    settings: Settings,
) -> None:
    with capture_logs() as lines:
        async with open_office(settings) as office, running(relay.run, settings):
            store = await office.reader.store()
            await office.three_draw_loan()
            await relayed(settings, office.position)
            await grow(settings, store.partition_count + 1)
            await said(lines, "topic_refused")
            await delete(settings)
            await said(lines, "relaying", times=2)


@pytest.mark.only_on("kafka", "containers")
async def test_a_topic_that_takes_only_small_batches_gets_them(settings: Settings) -> None:
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    small = NewTopic(settings.kafka_topic, 16, 1, topic_configs={"max.message.bytes": "3000"})
    await admin.create_topics([small])
    await admin.close()
    with capture_logs() as lines:
        async with open_office(settings) as office:
            for _ in range(3):
                await office.three_draw_loan()
            async with running(relay.run, settings):
                await relayed(settings, office.position)
                records, kept = await whole_topic(settings), await stored(office)
    assert "batch_too_large" in [line["event"] for line in lines]
    left_out = {line["position"] for line in lines if line["event"] == "event_too_large_for_kafka"}
    missing = {f"{position} is missing" for position in left_out}
    assert {each for each in wrong(records, kept) if "missing" in each} == missing


async def delete(settings: Settings) -> None:
    """Delete the topic, as whoever runs the brokers might."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    try:
        await admin.delete_topics([settings.kafka_topic])
    finally:
        await admin.close()
