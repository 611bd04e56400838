"""R3: every message two to five times, and old ones among the new: each event has one effect.

A stutterer between relay and projectors copies the relay's topic to the one that the projectors
read, and says everything more than once. Requests that are sent fifty times over are in
`tests/integration/http/test_repeats.py`, and on the way of every writer in `tests/faults/lives.py`.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

import relay
from projectors import engine
from projectors.engine import metrics
from projectors.registry import READ_MODELS
from runtime import kafka
from runtime.settings import Settings
from tests.office import WAIT_SECONDS_MAX, caught_up, open_office, read_rows, running

REPEATS = (2, 5)
OLD_ONES_SHARE = 0.2
LOANS = 4
PARTITIONS = 16


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    return Settings(database_url=database_url, **on_broker)


class Stutterer:
    """Copies one topic to another, everything several times.

    Attributes:
        heard: the records of the first topic; ``said`` how many went to the second.
    """

    def __init__(self, settings: Settings, to: str) -> None:
        self._settings = settings
        self._to = to
        self._choose = random.Random(5)
        self.heard: list[ConsumerRecord] = []
        self.said = 0

    def has_said(self, events: int) -> bool:
        """Whether so many different events went by."""
        return len({dict(record.headers)["position"] for record in self.heard}) >= events

    async def copy(self) -> None:
        """Copy for ever."""
        options = kafka.connection(self._settings)
        consumer = AIOKafkaConsumer(
            self._settings.kafka_topic, auto_offset_reset="earliest", **options
        )
        producer = AIOKafkaProducer(acks="all", **options)
        async with consumer, producer:
            async for record in consumer:
                self.heard.append(record)
                for _ in range(self._choose.randint(*REPEATS)):
                    await self._say(producer, record)
                    if self._choose.random() < OLD_ONES_SHARE:
                        await self._say(producer, self._choose.choice(self.heard))

    async def _say(self, producer: AIOKafkaProducer, record: ConsumerRecord) -> None:
        await producer.send_and_wait(
            self._to,
            record.value,
            key=record.key,
            partition=record.partition,
            headers=list(record.headers),
        )
        self.said += 1


@asynccontextmanager
async def stuttering(settings: Settings, to: str) -> AsyncIterator[Stutterer]:
    stutterer = Stutterer(settings, to)
    task = asyncio.create_task(stutterer.copy())
    try:
        yield stutterer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_every_message_several_times_over_has_one_effect(settings: Settings) -> None:
    heard_twice = settings.model_copy(update={"kafka_topic": f"{settings.kafka_topic}.twice"})
    for each in (settings, heard_twice):
        await kafka.ensure_topic(each, PARTITIONS)
    delivered = metrics.DELIVERED._value.get()
    async with (
        open_office(settings) as office,
        stuttering(settings, heard_twice.kafka_topic) as stutterer,
        running(relay.run, settings),
        running(engine.run, heard_twice),
    ):
        for _ in range(LOANS):
            await office.three_draw_loan()
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while not stutterer.has_said(office.position):
                await asyncio.sleep(0.1)
            # A projector that the store had to help skips what it is no longer in need of.
            while metrics.DELIVERED._value.get() - delivered < REPEATS[0] * office.position:
                await office.originate()
                await asyncio.sleep(0.1)
        await caught_up(settings.database_url)
    assert stutterer.said >= REPEATS[0] * office.position
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []
    assert len(read_rows(settings.database_url)["history"]) == office.position
