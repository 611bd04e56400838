"""Two relays that both take themselves for the leader: every event is in the topic, in order.

The lock is taken out of both, in processes of their own; the compare-and-set on the checkpoint is
all that is between them. What they send twice, the read side drops by position.
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from projectors import engine
from projectors.registry import READ_MODELS
from runtime.settings import Settings
from tests.integration.relay.relays import relay_process
from tests.integration.relay.topic import faults, relayed, stored, whole_topic
from tests.office import Office, caught_up, open_office, running
from tests.servers import BrokerServer

pytestmark = pytest.mark.timeout(600)

UNLOCKED = "tests.faults.unlocked_relay"
OVERTAKEN_MIN = 6
STRIFE_SECONDS_MAX = 240.0


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    """A database and a topic of the test's own."""
    return Settings(database_url=database_url, **on_broker)


async def test_what_two_leaders_relay_is_whole_and_in_order_and_the_read_side_exact(
    settings: Settings, tmp_path: Path
) -> None:
    async with open_office(settings) as office, running(engine.run, settings):
        with (
            relay_process(settings, tmp_path / "one.log", UNLOCKED) as one,
            relay_process(settings, tmp_path / "two.log", UNLOCKED) as other,
        ):
            for each in (one, other):
                await each.until_said("relaying")
            async with asyncio.timeout(STRIFE_SECONDS_MAX):
                while min(one.said("relaying"), other.said("relaying")) < 2 or (
                    one.said("relay_overtaken") + other.said("relay_overtaken") < OVERTAKEN_MIN
                ):
                    await office.three_draw_loan()
            assert await faults(settings, office) == []
            records = await whole_topic(settings)
        await caught_up(settings.database_url)
    assert len(records) > len(await kept(settings))  # both have sent, or it proves nothing
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []


@pytest.mark.only_on("embedded", "kafka")
async def test_a_checkpoint_moved_before_the_acknowledgement_turns_the_check_red(
    database_url: str, restartable_broker: BrokerServer, topic: str, tmp_path: Path
) -> None:
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap=restartable_broker.bootstrap,
        kafka_topic=topic,
        kafka_idempotence=restartable_broker.idempotence,
    )
    for program, is_red in ((("early",), True), ((), False)):
        async with open_office(settings) as office:
            await killed_while_the_broker_is_frozen(
                settings, office, restartable_broker, tmp_path / "struck.log", *program
            )
            with relay_process(settings, tmp_path / "whole.log", UNLOCKED):
                await office.originate()
                assert bool(await faults(settings, office)) is is_red
        settings = settings.model_copy(update={"kafka_topic": f"{topic}.again"})


async def killed_while_the_broker_is_frozen(
    settings: Settings, office: Office, broker: BrokerServer, log: Path, *program: str
) -> None:
    """Leave a relay with batches on their way and others waiting for them, and kill it."""
    pid: int = broker.pid  # type: ignore[attr-defined]  # containers have none, and are left out
    with relay_process(settings, log, UNLOCKED, *program) as struck:
        await office.three_draw_loan()
        await relayed(settings, office.position)
        os.kill(pid, signal.SIGSTOP)
        try:
            for _ in range(2):
                loan_id = await office.active_loan()
                for number in (1, 2, 3):  # read apart, so that they wait for one another
                    await asyncio.sleep(0.3)
                    await office.funded_draw(loan_id, number)
            await asyncio.sleep(0.3)
            struck.send(signal.SIGKILL)
            await asyncio.to_thread(struck.process.wait)
        finally:
            os.kill(pid, signal.SIGCONT)


async def kept(settings: Settings) -> list[Any]:
    """Every event of the store."""
    async with open_office(settings) as office:
        return list(await stored(office))
