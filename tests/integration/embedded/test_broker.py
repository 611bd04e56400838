"""Tansu: ended in order or killed, it keeps its port and forgets everything."""

from collections.abc import Callable

import pytest

from local.embedded import Broker
from runtime import kafka
from runtime.settings import Settings
from tests.integration.broker.talk import PARTITIONS, fetched, send

pytestmark = pytest.mark.only_on("embedded")


@pytest.mark.parametrize("end", [Broker.stop, Broker.kill])
async def test_it_comes_back_empty_on_the_same_port(
    restartable_broker: Broker, topic: str, end: Callable[[Broker], None]
) -> None:
    on = {"kafka_bootstrap": restartable_broker.bootstrap, "kafka_topic": topic}
    settings = Settings(kafka_idempotence=False, **on)
    await kafka.ensure_topic(settings, PARTITIONS)
    await send(settings, b"before")
    end(restartable_broker)
    assert not restartable_broker.alive
    restartable_broker.start()
    assert restartable_broker.bootstrap == settings.kafka_bootstrap
    await kafka.ensure_topic(settings, PARTITIONS)
    await send(settings, b"after")
    assert await fetched(settings, 1) == [b"after"]
