"""A broker that is killed while it is written to and comes back with its log: nothing is lost.

Every event is in the topic at least once, its first copies in order within each partition.
"""

import asyncio

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from structlog.testing import capture_logs

import relay
from projectors import engine
from projectors.registry import READ_MODELS
from relay.outbox import SEND_SECONDS_MAX
from runtime import kafka
from runtime.eventstore.records import StoredEvent
from runtime.settings import Settings
from tests.integration.broker.talk import grow
from tests.integration.relay.topic import relay_position, relayed, stored, whole_topic, wrong
from tests.office import WAIT_SECONDS_MAX, Office, caught_up, open_office, running
from tests.servers import BrokerServer

pytestmark = [pytest.mark.only_on("kafka", "containers"), pytest.mark.timeout(900)]

AWAY_SECONDS = (0.0, 0.0, SEND_SECONDS_MAX + 2)
"""How long it stays away after each kill: a while that the producer itself bridges, and one after
which the relay builds another."""


@pytest.fixture
def settings(database_url: str, restartable_broker: BrokerServer, topic: str) -> Settings:
    """A database, and a broker that the test may kill."""
    return Settings(
        database_url=database_url,
        kafka_bootstrap=restartable_broker.bootstrap,
        kafka_topic=topic,
        kafka_idempotence=restartable_broker.idempotence,
    )


async def at_work(office: Office, stop: asyncio.Event) -> None:
    """Loan after loan, until told to stop."""
    while not stop.is_set():
        await office.three_draw_loan()


async def test_nothing_is_lost_and_order_is_kept_when_it_is_killed_while_written_to(
    settings: Settings, restartable_broker: BrokerServer
) -> None:
    interrupted = 0
    with capture_logs() as said:
        async with (
            open_office(settings) as office,
            running(relay.run, settings),
            running(engine.run, settings),
        ):
            stop = asyncio.Event()
            work = asyncio.create_task(at_work(office, stop))
            for away_seconds in AWAY_SECONDS:
                await relayed(settings, office.position + 100)
                await asyncio.to_thread(restartable_broker.kill)
                interrupted += await asyncio.to_thread(relay_position, settings) < office.position
                await asyncio.sleep(away_seconds)
                await asyncio.to_thread(restartable_broker.start)
            stop.set()
            await work
            await relayed(settings, office.position)
            await caught_up(settings.database_url)
            kept = await stored(office)
    assert interrupted == len(AWAY_SECONDS)  # a kill that interrupted nothing proves nothing
    assert [line["event"] for line in said].count("relaying") > 1  # by another producer each
    records = await whole_topic(settings)
    assert wrong(records, kept) == []
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []
    planted_bugs_are_found(records, kept)


def planted_bugs_are_found(records: list[ConsumerRecord], kept: list[StoredEvent]) -> None:
    """The check itself: a lost message and two in the wrong order turn it red, doubled ones do not."""
    of_one = [record for record in records if record.partition == records[0].partition]
    once = {dict(record.headers)["position"]: record for record in reversed(of_one)}
    first, second, third, *rest = reversed(once.values())
    ours = [event for event in kept if event.partition == first.partition]
    assert wrong([first, first, second, third, *rest, first], ours) == []
    assert wrong([first, third, *rest], ours) != []
    assert wrong([second, first, third, *rest], ours) != []


async def test_a_topic_that_is_deleted_is_made_anew_and_the_read_side_follows(
    settings: Settings,
) -> None:
    async with (
        open_office(settings) as office,
        running(relay.run, settings),
        running(engine.run, settings),
    ):
        store = await office.reader.store()
        await office.three_draw_loan()
        await relayed(settings, office.position)
        admin = AIOKafkaAdminClient(**kafka.connection(settings))
        await admin.start()
        await admin.delete_topics([settings.kafka_topic])
        await admin.close()
        await office.three_draw_loan()
        await caught_up(settings.database_url)
        await relayed(settings, office.position)
        assert await kafka.topic_partitions(settings) == store.partition_count
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await caught_up(settings.database_url)
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []


async def test_a_topic_that_grows_is_refused_and_the_read_side_follows_the_store(
    settings: Settings,
) -> None:
    with capture_logs() as said:
        async with open_office(settings) as office, running(engine.run, settings):
            store = await office.reader.store()
            async with running(relay.run, settings):
                await office.three_draw_loan()
                await relayed(settings, office.position)
            await grow(settings, store.partition_count + 1)
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                while "topic_refused" not in [line["event"] for line in said]:
                    await asyncio.sleep(0.1)
            await office.three_draw_loan()
            await caught_up(settings.database_url)
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []
