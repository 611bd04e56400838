"""The topic: made by the relay with the store's partitions, waited for by the projectors."""

import asyncio
import ssl
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, TopicAlreadyExistsError, for_code

from runtime.kafka.clients import drop
from runtime.kafka.connecting import BrokerRefused, connection, greet
from runtime.settings import Settings

MADE_SECONDS_MAX = 5.0
MADE_LOOK_SECONDS = 0.05
MADE_ATTEMPTS_MAX = 3
AWAITED_SECONDS_MAX = 10.0
AWAITED_LOOK_SECONDS = 0.25


class TopicMismatch(Exception):
    """The topic's partitions are not the store's: events would be where nobody looks for them."""


class TopicMissing(Exception):
    """The relay has not made the topic yet."""


async def ensure_topic(settings: Settings, partition_count: int) -> None:
    """Make the topic, or check the one that is there; only the active relay does.

    Args:
        settings: name the broker and the topic.
        partition_count: the store's, fixed when the store was made.

    Raises:
        TopicMismatch: it exists with another number of partitions.
        BrokerRefused: the broker does not let us in.
        KafkaConnectionError: the broker is away.
    """
    topic = settings.kafka_topic
    admin = await _admin(settings)
    try:
        found = await _partitions(admin, topic)
        if found == 0:
            found = await _made(admin, settings, partition_count)
    finally:
        await admin.close()
    if found == 0:
        raise KafkaConnectionError(f"{topic} is being made")
    _demand_shape(topic, found, partition_count)


async def await_topic(settings: Settings, partition_count: int) -> None:
    """Wait for the topic that the relay makes, for ten seconds at most, and check it.

    Raises:
        TopicMissing: it was not made meanwhile.
        TopicMismatch: it exists with another number of partitions.
        BrokerRefused: the broker does not let us in.
        KafkaConnectionError: the broker is away.
    """
    topic = settings.kafka_topic
    admin = await _admin(settings)
    try:
        found = await _partitions_once_shown(
            admin, topic, AWAITED_SECONDS_MAX, AWAITED_LOOK_SECONDS
        )
    finally:
        await admin.close()
    if found == 0:
        raise TopicMissing(topic)
    _demand_shape(topic, found, partition_count)


def _demand_shape(topic: str, found: int, partition_count: int) -> None:
    if found != partition_count:
        raise TopicMismatch(
            f"{topic} has {found} partitions, the store {partition_count}: "
            "name another topic, or delete this one, whose content the store holds"
        )


async def topic_partitions(settings: Settings) -> int:
    """How many partitions the topic has; 0 where there is none yet.

    Raises:
        BrokerRefused: the broker does not let us in.
        KafkaConnectionError: the broker is away.
    """
    admin = await _admin(settings)
    try:
        return await _partitions(admin, settings.kafka_topic)
    finally:
        await admin.close()


async def _admin(settings: Settings) -> AIOKafkaAdminClient:
    try:
        admin = AIOKafkaAdminClient(**connection(settings))
    except ssl.SSLError as error:
        raise BrokerRefused(f"our certificates: {error}") from error
    try:
        await admin.start()
    except BaseException as error:
        await admin.close()
        if isinstance(error, KafkaConnectionError):
            await greet(settings)
        raise
    return admin


async def _partitions(admin: AIOKafkaAdminClient, topic: str) -> int:
    described: list[dict[str, Any]] = await admin.describe_topics([topic])
    return sum(len(entry["partitions"]) for entry in described)


async def _partitions_once_shown(
    admin: AIOKafkaAdminClient, topic: str, seconds_max: float, look_seconds: float
) -> int:
    """The partitions of a topic that is being made; 0 if it is not shown in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds_max):
            while not (found := await _partitions(admin, topic)):  # noqa: ASYNC110  # asked of the broker
                await asyncio.sleep(look_seconds)
            return found
    return 0


async def _made(admin: AIOKafkaAdminClient, settings: Settings, partition_count: int) -> int:
    """Make the topic, and see that it is new; how many partitions it shows.

    The embedded broker keeps what it is sent for a topic that is not there, as it is by a relay
    that has yet to notice, and numbers the topic that is made then over it. A broker that takes an
    idempotent producer does not; what its new topic holds, another relay has sent in good faith.
    """
    topic = settings.kafka_topic
    for _ in range(MADE_ATTEMPTS_MAX):
        is_ours = await _create(admin, settings, partition_count)
        # The broker we ask may hear of it a moment later.
        found = await _partitions_once_shown(admin, topic, MADE_SECONDS_MAX, MADE_LOOK_SECONDS)
        if settings.kafka_idempotence or not is_ours or found == 0:
            return found
        if await _is_empty(settings, found):
            return found
        await admin.delete_topics([topic])
    raise KafkaConnectionError(f"{topic} is not empty when it is new: somebody sends to it")


async def _create(admin: AIOKafkaAdminClient, settings: Settings, partition_count: int) -> bool:
    """Whether it was us who made it."""
    # (The protocol's "broker default" of copies is too new for aiokafka's request.)
    topic = settings.kafka_topic
    wanted = NewTopic(topic, partition_count, settings.kafka_replication_factor)
    answer = await admin.create_topics([wanted])
    ((_, code, *_),) = answer.topic_errors
    if code not in (0, TopicAlreadyExistsError.errno):
        raise for_code(code)(topic)
    return bool(code == 0)


async def _is_empty(settings: Settings, partition_count: int) -> bool:
    consumer = AIOKafkaConsumer(**connection(settings))
    try:
        await consumer.start()
        places = [TopicPartition(settings.kafka_topic, each) for each in range(partition_count)]
        return not any((await consumer.end_offsets(places)).values())
    finally:
        await drop(consumer)
