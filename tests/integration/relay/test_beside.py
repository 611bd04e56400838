"""Relay and projector tell of themselves on a port, and of what they cannot work without."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.embedded import free_port
from runtime.settings import Settings
from tests.integration.relay.relays import RelayProcess, relay_process
from tests.integration.relay.topic import relayed
from tests.office import WAIT_SECONDS_MAX, open_office
from tests.servers import BrokerServer


@pytest.fixture
def settings(database_url: str, restartable_broker: BrokerServer, topic: str) -> Settings:
    """A database, and a broker that the test may stop."""
    return Settings(
        database_url=database_url,
        kafka_bootstrap=restartable_broker.bootstrap,
        kafka_topic=topic,
        kafka_idempotence=restartable_broker.idempotence,
    )


async def answer(process: RelayProcess, url: str, status: int) -> dict[str, Any]:
    """The data of an answer, once it comes with that status."""
    async with httpx.AsyncClient() as client, asyncio.timeout(WAIT_SECONDS_MAX):
        while process.process.poll() is None:
            try:
                found = await client.get(url)
            except httpx.TransportError:
                found = None
            if found is not None and found.status_code == status:
                told: dict[str, Any] = found.json()["data"]
                return told
            await asyncio.sleep(0.1)
    raise AssertionError(process.log.read_text())


@pytest.mark.parametrize("word", ["relay", "project"])
async def test_health_names_each_dependency_and_a_broker_that_is_away_makes_it_unready(
    settings: Settings, restartable_broker: BrokerServer, tmp_path: Path, word: str
) -> None:
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    program = ("deploy.cli", word, "--metrics-port", str(port))
    with relay_process(settings, tmp_path / "log", *program) as process:
        well = await answer(process, f"{at}/health", 200)
        restartable_broker.stop()
        unwell = await answer(process, f"{at}/health", 503)
        alive = await answer(process, f"{at}/health/live", 200)
        process.process.terminate()
        assert process.process.wait(WAIT_SECONDS_MAX) == 0
    others = {"postgres": "ok"} | ({"read_models": "ok"} if word == "project" else {})
    states = {name: each["status"] for name, each in well["dependencies"].items()}
    assert states == {**others, "broker": "ok"}
    states = {name: each["status"] for name, each in unwell["dependencies"].items()}
    assert states == {**others, "broker": "unavailable"}
    assert alive == {"status": "ok"}


async def test_a_relay_shows_what_it_has_relayed_and_that_it_leads(
    settings: Settings, tmp_path: Path
) -> None:
    port = free_port()
    program = ("deploy.cli", "relay", "--metrics-port", str(port))
    async with open_office(settings) as office:
        with relay_process(settings, tmp_path / "log", *program):
            await office.active_loan()
            await relayed(settings, office.position)
            async with httpx.AsyncClient() as client:
                lines = (await client.get(f"http://127.0.0.1:{port}/metrics")).text.splitlines()
    assert f"drawbridge_relay_position {office.position}.0" in lines
    assert f"drawbridge_relayed_events_total {office.position}.0" in lines
    assert "drawbridge_relay_leads 1.0" in lines
