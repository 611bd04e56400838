"""Kafka is not the truth: it may stop, forget everything, repeat and reorder, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

import relay
from projectors import engine
from projectors.registry import READ_MODELS
from projectors.schema import EVERYBODY
from runtime import kafka
from runtime.settings import Settings
from tests.integration.relay.topic import relay_position, relayed
from tests.office import WAIT_SECONDS_MAX, Office, caught_up, open_office, running
from tests.servers import BrokerServer

DRAWN_CENTS = 663_500_00
"""Principal of the worked example after its three draws."""


@pytest.fixture
def settings(database_url: str, restartable_broker: BrokerServer, topic: str) -> Settings:
    """A database, and a broker that the test may stop."""
    return Settings(
        database_url=database_url,
        kafka_bootstrap=restartable_broker.bootstrap,
        kafka_topic=topic,
        kafka_idempotence=restartable_broker.idempotence,
    )


@asynccontextmanager
async def whole_system(settings: Settings) -> AsyncIterator[Office]:
    """An office, a relay and a projector."""
    async with (
        open_office(settings) as office,
        running(relay.run, settings),
        running(engine.run, settings),
    ):
        yield office


def principal_cents(settings: Settings) -> tuple[int, int]:
    """Principal by the loans, and by the ledger's accounts."""
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(
            "SELECT (SELECT coalesce(sum(principal_cents), 0)::bigint FROM read.loan_totals"
            "  WHERE builder_user_id = %s),"
            " (SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint"
            "  FROM read.account_totals WHERE account = 'loan:principal')",
            [EVERYBODY],
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def exact(settings: Settings, loans: int) -> None:
    """The read side is level with the store, its totals right, every row as a replay makes it."""
    await caught_up(settings.database_url)
    assert principal_cents(settings) == (loans * DRAWN_CENTS, loans * DRAWN_CENTS)
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []


async def test_a_broker_that_comes_back_empty_costs_nothing(
    settings: Settings, restartable_broker: BrokerServer
) -> None:
    async with whole_system(settings) as office:
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await exact(settings, loans=1)
        await asyncio.to_thread(restartable_broker.stop)
        await office.three_draw_loan()
        await exact(settings, loans=2)
        await asyncio.to_thread(restartable_broker.start_empty)
        await office.three_draw_loan()
        await exact(settings, loans=3)
        await relayed(settings, office.position)
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await exact(settings, loans=4)


async def test_a_wipe_between_two_commands_is_not_even_noticed(
    settings: Settings, restartable_broker: BrokerServer
) -> None:
    async with whole_system(settings) as office:
        for done in range(3):
            await office.three_draw_loan()
            await relayed(settings, office.position)
            await asyncio.to_thread(restartable_broker.kill)
            await asyncio.to_thread(restartable_broker.start_empty)
            await exact(settings, loans=done + 1)


async def test_the_read_side_starts_while_the_broker_is_away(
    settings: Settings, restartable_broker: BrokerServer
) -> None:
    await asyncio.to_thread(restartable_broker.stop)
    async with whole_system(settings) as office:
        await office.three_draw_loan()
        await exact(settings, loans=1)
        await asyncio.to_thread(restartable_broker.start_empty)
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await exact(settings, loans=2)


async def test_after_a_wipe_kafka_delivers_again(
    settings: Settings, restartable_broker: BrokerServer
) -> None:
    """Healing from the store is not the new normal: the consumer finds the new topic."""
    from projectors.engine.metrics import DELIVERED

    async with whole_system(settings) as office:
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await asyncio.to_thread(restartable_broker.kill)
        await asyncio.to_thread(restartable_broker.start_empty)
        await office.active_loan()
        await relayed(settings, office.position)
        before = DELIVERED._value.get()
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while DELIVERED._value.get() == before:
                await office.originate()
                await asyncio.sleep(0.2)
        await caught_up(settings.database_url)


async def test_a_topic_of_the_wrong_shape_stops_the_relay_and_not_the_read_side(
    settings: Settings,
) -> None:
    await kafka.ensure_topic(settings, 3)
    async with whole_system(settings) as office:
        await office.three_draw_loan()
        await exact(settings, loans=1)
    assert relay_position(settings) == 0
