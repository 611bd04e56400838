"""What a topic may hold besides the next event, and where a stored offset may point."""

import asyncio
from typing import Any, LiteralString

import psycopg
import pytest
from aiokafka import AIOKafkaProducer

import relay
from projectors import engine
from projectors.engine.metrics import DELIVERED
from projectors.registry import READ_MODELS
from relay import outgoing
from runtime import kafka
from runtime.ids import new_id
from runtime.postgres import pool
from runtime.settings import Settings
from tests.office import WAIT_SECONDS_MAX, Office, caught_up, open_office, running


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    """A database and a topic of the test's own."""
    return Settings(database_url=database_url, **on_broker)


async def agrees(settings: Settings) -> bool:
    """Whether every row is as a replay of the store makes it."""
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    return all(verdict.agrees for verdict in verdicts)


async def projected(settings: Settings, office: Office) -> None:
    """One more worked example, relayed and applied."""
    async with running(relay.run, settings), running(engine.run, settings):
        await office.three_draw_loan()
        await caught_up(settings.database_url)


async def test_projectors_make_no_topic_and_read_the_store_until_the_relay_has_made_it(
    settings: Settings,
) -> None:
    async with open_office(settings) as office, running(engine.run, settings):
        await office.three_draw_loan()
        await caught_up(settings.database_url)
        assert await kafka.topic_partitions(settings) == 0
        before = DELIVERED._value.get()
        async with running(relay.run, settings), asyncio.timeout(WAIT_SECONDS_MAX):
            while DELIVERED._value.get() == before:
                await office.originate()
                await asyncio.sleep(0.2)
        await caught_up(settings.database_url)
    assert await agrees(settings)


async def test_a_relay_that_forgot_its_checkpoint_repeats_and_nothing_doubles(
    settings: Settings,
) -> None:
    async with open_office(settings) as office:
        await projected(settings, office)
        _execute(settings, "UPDATE ledger.relay_checkpoint SET position = 0")
        await projected(settings, office)
    assert await agrees(settings)


@pytest.mark.parametrize("offset", [0, 3, 10**6])
async def test_a_stored_offset_may_point_anywhere(settings: Settings, offset: int) -> None:
    async with open_office(settings) as office:
        await projected(settings, office)
        _execute(settings, "UPDATE read.checkpoints SET kafka_offset = %s", offset)
        await projected(settings, office)
        await projected(settings, office)
    assert await agrees(settings)


async def test_messages_of_another_store_are_left_alone(settings: Settings) -> None:
    async with open_office(settings) as office:
        await projected(settings, office)
        async with pool(settings, "command") as database:
            events = await outgoing.since(database, 0, 100)
        foreign = outgoing.Wording(new_id())
        producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
        await producer.start()
        for event in events:
            await producer.send_and_wait(
                settings.kafka_topic,
                key=event.partition_key,
                value=event.payload,
                headers=foreign.headers(event, 0),
                partition=event.partition,
            )
            await producer.send_and_wait(
                settings.kafka_topic, value=b"not ours", partition=event.partition
            )
        await producer.stop()
        await projected(settings, office)
    assert await agrees(settings)


async def test_read_models_of_another_store_are_refused(settings: Settings) -> None:
    async with open_office(settings) as office:
        await projected(settings, office)
    _execute(settings, "UPDATE read.checkpoints SET store_epoch = %s", new_id())
    with pytest.raises(engine.ForeignCheckpoint):
        await engine.run(settings)
    await engine.rebuild(settings, READ_MODELS, lambda _done, _total: None)
    assert await agrees(settings)


def _execute(settings: Settings, statement: LiteralString, *values: object) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(statement, values)
