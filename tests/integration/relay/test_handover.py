"""One relay leads; when it dies, freezes or is cut off, the one that stands by does, and soon."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

import relay
from relay.lease import SILENCE_SECONDS_MAX
from runtime.settings import Settings
from tests.integration.relay.relays import RelayProcess, cut, led, relay_process
from tests.integration.relay.topic import faults, relayed, whole_topic
from tests.office import open_office, running
from tests.servers import BrokerServer

NOTICED_SECONDS_MAX = SILENCE_SECONDS_MAX + 3
HAND_OVER_SECONDS_MAX = SILENCE_SECONDS_MAX + 10
"""Generous: tests share their processors."""


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    """A database and a topic of the test's own."""
    return Settings(database_url=database_url, **on_broker)


@pytest.fixture
def first(settings: Settings, tmp_path: Path) -> Iterator[RelayProcess]:
    """A relay; the one that leads, when the other is started later."""
    with relay_process(settings, tmp_path / "first.log") as process:
        yield process


def told(what: str, seconds: float) -> float:
    """The same, printed for whoever measures (`pytest -rP`)."""
    print(f"{what}: {seconds:.2f} s")
    return seconds


async def said(lines: list[Any], event: str, times: int = 1, seconds_max: float = 30.0) -> None:
    """Wait until this process logged an event as often as that."""
    async with asyncio.timeout(seconds_max):
        while [line["event"] for line in lines].count(event) < times:
            await asyncio.sleep(0.02)


async def test_the_standby_leads_when_the_leader_is_killed(
    settings: Settings, first: RelayProcess, tmp_path: Path
) -> None:
    async with open_office(settings) as office:
        before = await led(settings)
        with relay_process(settings, tmp_path / "second.log") as second:
            await office.three_draw_loan()
            await relayed(settings, office.position)
            await second.until_said("relay_stands_by")
            first.send(signal.SIGKILL)
            killed_at = monotonic()
            await led(settings, but=before)
            told("killed", monotonic() - killed_at)
            await office.three_draw_loan()
            await relayed(settings, office.position)
            assert told("killed, and all relayed", monotonic() - killed_at) < HAND_OVER_SECONDS_MAX
            assert await faults(settings, office) == []


async def test_a_frozen_leader_loses_its_lock_and_stands_by_when_it_wakes(
    settings: Settings, first: RelayProcess, tmp_path: Path
) -> None:
    async with open_office(settings) as office:
        before = await led(settings)
        with relay_process(settings, tmp_path / "second.log") as second:
            await office.three_draw_loan()
            await relayed(settings, office.position)
            await second.until_said("relay_stands_by")
            first.send(signal.SIGSTOP)
            stopped_at = monotonic()
            now = await led(settings, but=before)
            told("frozen", monotonic() - stopped_at)
            await office.three_draw_loan()
            await relayed(settings, office.position)
            assert told("frozen, and all relayed", monotonic() - stopped_at) < HAND_OVER_SECONDS_MAX
            first.send(signal.SIGCONT)
            await first.until_said("relay_lock_lost")
            await office.three_draw_loan()
            await relayed(settings, office.position)
            assert await led(settings) == now
            assert (first.said("relaying"), second.said("relaying")) == (1, 1)
            second.send(signal.SIGKILL)
            await led(settings, but=now)
            await office.three_draw_loan()
            assert await faults(settings, office) == []


async def test_a_leader_whose_session_is_cut_stops_and_leads_again(settings: Settings) -> None:
    with capture_logs() as lines:
        async with open_office(settings) as office, running(relay.run, settings):
            await office.three_draw_loan()
            await relayed(settings, office.position)
            await asyncio.to_thread(cut, settings)
            await said(lines, "relay_lock_lost", seconds_max=NOTICED_SECONDS_MAX)
            await office.three_draw_loan()
            assert await faults(settings, office) == []
    assert [line["event"] for line in lines].count("relaying") == 2


@pytest.mark.only_on("embedded", "kafka")
async def test_a_lock_lost_while_the_broker_holds_everything_up_is_noticed(
    database_url: str, restartable_broker: BrokerServer, topic: str
) -> None:
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap=restartable_broker.bootstrap,
        kafka_topic=topic,
        kafka_idempotence=restartable_broker.idempotence,
    )
    with capture_logs() as lines:
        async with open_office(settings) as office, running(relay.run, settings):
            await office.three_draw_loan()
            await relayed(settings, office.position)
            frozen(restartable_broker, signal.SIGSTOP)
            try:
                await office.three_draw_loan()
                await asyncio.to_thread(cut, settings)
                await said(lines, "relay_lock_lost", seconds_max=NOTICED_SECONDS_MAX)
            finally:
                frozen(restartable_broker, signal.SIGCONT)
            assert await faults(settings, office) == []


async def test_a_leader_that_finds_the_checkpoint_moved_begins_anew(settings: Settings) -> None:
    with capture_logs() as lines:
        async with open_office(settings) as office, running(relay.run, settings):
            await office.three_draw_loan()
            await relayed(settings, office.position)
            with psycopg.connect(settings.database_url, autocommit=True) as other:
                other.execute("UPDATE ledger.relay_checkpoint SET position = position - 1")
            await office.three_draw_loan()
            await said(lines, "relay_overtaken")
            assert await faults(settings, office) == []


async def test_a_store_that_begins_another_epoch_is_relayed_anew(settings: Settings) -> None:
    with capture_logs() as lines:
        async with open_office(settings) as office, running(relay.run, settings):
            await office.three_draw_loan()
            await relayed(settings, office.position)
            with psycopg.connect(settings.database_url, autocommit=True) as owner:
                owner.execute("UPDATE ledger.store SET epoch = gen_random_uuid()")
            await said(lines, "relay_lock_lost", seconds_max=NOTICED_SECONDS_MAX)
            await said(lines, "relaying", times=2)
            store = await office.reader.store()
            async with asyncio.timeout(30):
                while True:
                    headers = [dict(record.headers) for record in await whole_topic(settings)]
                    ours = [
                        each for each in headers if each["store_epoch"].decode() == str(store.epoch)
                    ]
                    if len(ours) >= office.position:
                        break
    assert sorted(int(each["position"]) for each in ours) == list(range(1, office.position + 1))


def frozen(broker: BrokerServer, number: signal.Signals) -> None:
    """Stop a broker in its tracks, or let it go on."""
    pid: int = broker.pid  # type: ignore[attr-defined]  # containers have none, and are left out
    os.kill(pid, number)
