"""How far behind relay and projections are, told by one who is neither."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

import relay
from projectors import engine
from projectors.registry import READ_MODELS
from query_api import lag
from runtime.settings import Settings
from tests.integration.query.conftest import serving
from tests.integration.relay.relays import relay_process
from tests.integration.relay.topic import relayed
from tests.office import WAIT_SECONDS_MAX, caught_up, open_office, running

PROJECTIONS = sorted(model.name for model in READ_MODELS)


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    """A database and a topic of the test's own."""
    return Settings(database_url=database_url, **on_broker)


async def figures(client: httpx.AsyncClient) -> dict[str, dict[str, float]]:
    """Metrics by name and by their one label, once what was asked before is old."""
    await asyncio.sleep(lag.FRESH_SECONDS)
    answer = await client.get("/metrics")
    return {
        sample.name: {
            next(iter(each.labels.values()), ""): each.value
            for each in family.samples
            if each.name == sample.name
        }
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if family.name.startswith("drawbridge") and len(sample.labels) <= 1
    }


async def test_the_lag_of_a_projector_that_was_killed_rises(
    settings: Settings, tmp_path: Path
) -> None:
    polling = settings.model_copy(update={"kafka_bootstrap": None})
    async with open_office(polling) as office, serving(polling) as (_, client):
        with relay_process(polling, tmp_path / "project.log", "deploy.cli", "project") as projector:
            await office.active_loan()
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                while not await asyncio.to_thread(has_checkpoints, settings):
                    await asyncio.sleep(0.1)
            await caught_up(settings.database_url)
            before, at = await figures(client), office.position
            projector.send(signal.SIGKILL)
            projector.process.wait()
        await office.active_loan()
        first = await figures(client)
        second = await figures(client)
    assert sorted(before["drawbridge_projection_lag_seconds"]) == PROJECTIONS
    for name in PROJECTIONS:
        assert before["drawbridge_projection_lag_events"][name] == 0
        assert before["drawbridge_projection_lag_seconds"][name] == 0
        assert first["drawbridge_projection_lag_events"][name] == office.position - at
        seconds = [each["drawbridge_projection_lag_seconds"][name] for each in (first, second)]
        assert seconds[1] - seconds[0] >= lag.FRESH_SECONDS
        assert first["drawbridge_parked_events"][name] == 0
    assert first["drawbridge_store_position"] == {"": office.position}
    assert "drawbridge_relay_lag_events" not in first  # nobody relays where there is no broker


async def test_the_lag_of_a_relay_that_stopped_rises(settings: Settings) -> None:
    async with open_office(settings) as office, serving(settings) as (_, client):
        async with running(relay.run, settings):
            await office.active_loan()
            await relayed(settings, office.position)
            before, at = await figures(client), office.position
        await office.active_loan()
        first = await figures(client)
        second = await figures(client)
    topic = settings.kafka_topic
    assert before["drawbridge_relay_lag_events"][topic] == 0
    assert before["drawbridge_relay_lag_seconds"][topic] == 0
    assert first["drawbridge_relay_lag_events"][topic] == office.position - at
    seconds = [each["drawbridge_relay_lag_seconds"][topic] for each in (first, second)]
    assert seconds[1] - seconds[0] >= lag.FRESH_SECONDS


async def test_parked_events_are_counted(settings: Settings) -> None:
    async with open_office(settings), serving(settings) as (_, client):
        execute(
            settings,
            "INSERT INTO read.checkpoints"
            " (projection, partition, position, kafka_offset, store_epoch, parked)"
            " SELECT 'journal', p, 0, 0, epoch, p FROM ledger.store, generate_series(1, 3) AS p",
        )
        found = await figures(client)
    assert found["drawbridge_parked_events"] == dict.fromkeys(PROJECTIONS, 0) | {"journal": 6}


async def test_what_was_taken_of_another_epoch_of_the_store_counts_for_nothing(
    settings: Settings,
) -> None:
    polling = settings.model_copy(update={"kafka_bootstrap": None})
    async with open_office(polling) as office, serving(polling) as (_, client):
        async with running(engine.run, polling):
            await office.active_loan()
            await caught_up(settings.database_url)
        execute(
            settings,
            "UPDATE read.checkpoints SET store_epoch = gen_random_uuid()"
            " WHERE projection = 'journal'",
        )
        found = (await figures(client))["drawbridge_projection_lag_events"]
    assert found == dict.fromkeys(PROJECTIONS, 0) | {"journal": office.position}


async def test_without_an_answer_of_the_database_old_figures_are_not_shown(
    settings: Settings,
) -> None:
    async with open_office(settings) as office, serving(settings) as (_, client):
        await office.active_loan()
        assert (await figures(client))["drawbridge_lag_known"] == {"": 1}
        execute(settings, "ALTER TABLE read.checkpoints RENAME TO away")
        found = await figures(client)
    assert found["drawbridge_lag_known"] == {"": 0}
    assert "drawbridge_projection_lag_seconds" not in found
    assert found["drawbridge_store_position"][""] != office.position  # it is no number


async def test_the_database_is_asked_once_a_second_however_often_we_are(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_office(settings) as office, serving(settings) as (_, client):
        before = (await figures(client))["drawbridge_store_position"]
        monkeypatch.setattr(lag, "FRESH_SECONDS", 3600.0)  # a second may pass while a loan is made
        await office.active_loan()
        again = [await client.get("/metrics") for _ in range(3)]
    assert before == {"": 0}
    assert all("drawbridge_store_position 0.0" in answer.text for answer in again)


def has_checkpoints(settings: Settings) -> bool:
    """Whether every read model has begun."""
    with psycopg.connect(settings.database_url) as connection:
        rows = connection.execute("SELECT DISTINCT projection FROM read.checkpoints").fetchall()
    return len(rows) == len(PROJECTIONS)


def execute(settings: Settings, statement: str) -> None:
    """As the owner."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(statement.encode())
