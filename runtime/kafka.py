"""Kafka: one topic with exactly the store's partitions, a producer, a consumer.

Kafka is a fast way to the read side and never the truth: whatever it loses, repeats or reorders,
positions show, and the store heals. So nothing here is clever about delivery.
"""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Any

import aiokafka.admin.client
import aiokafka.client
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.protocol.metadata import MetadataRequest

from runtime.settings import Settings

REQUEST_MILLISECONDS_MAX = 5_000
DROP_SECONDS_MAX = 1.0
BATCH_BYTES_MAX = 1_000_000  # Brokers take 1,048,588 unless told otherwise.
CONSUMER_GROUP = "drawbridge.projectors"

# Asking a broker about a topic makes it, with the broker's default number of partitions, unless the
# question forbids it; aiokafka has no setting for that. A broker that comes back empty would have a
# topic of the wrong shape before we could make the right one.
_ask = partial(MetadataRequest, allow_auto_topic_creation=False)
aiokafka.client.MetadataRequest = _ask
aiokafka.admin.client.MetadataRequest = _ask

# A broker that is away is one line of ours, not thousands of the library's.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class TopicMismatch(Exception):  # noqa: N818  # named for what it is
    """The topic's partitions are not the store's: events would be where nobody looks for them."""


async def ensure_topic(settings: Settings, partition_count: int) -> None:
    """Make the topic, or check the one that is there.

    Args:
        settings: name the broker and the topic.
        partition_count: the store's, fixed when the store was made.

    Raises:
        TopicMismatch: it exists with another number of partitions.
        KafkaConnectionError: the broker is away.
    """
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap,
        request_timeout_ms=REQUEST_MILLISECONDS_MAX,
    )
    try:
        await admin.start()
        topic = settings.kafka_topic
        found = await _partitions(admin, topic)
        if found == 0:
            await _create(admin, topic, partition_count)
            found = await _partitions(admin, topic)
    finally:
        await admin.close()
    if found == 0:
        raise KafkaConnectionError(f"{topic} is being made")
    if found != partition_count:
        raise TopicMismatch(
            f"{topic} has {found} partitions, the store {partition_count}: "
            "name another topic, or delete this one, whose content the store holds"
        )


async def _partitions(admin: AIOKafkaAdminClient, topic: str) -> int:
    described: list[dict[str, Any]] = await admin.describe_topics([topic])
    return sum(len(entry["partitions"]) for entry in described)


async def _create(admin: AIOKafkaAdminClient, topic: str, partition_count: int) -> None:
    # One replica is right for development only; where brokers are many, whoever runs them makes the
    # topic, and we check it. (The protocol's "broker default" is too new for aiokafka's request.)
    answer = await admin.create_topics([NewTopic(topic, partition_count, 1)])
    for _, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(topic)


def producer(settings: Settings) -> AIOKafkaProducer:
    """A producer that reports a batch as sent only when every in-sync replica has it."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id="drawbridge.relay",
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        max_batch_size=BATCH_BYTES_MAX,
        request_timeout_ms=REQUEST_MILLISECONDS_MAX,
        retry_backoff_ms=50,
    )


def consumer(settings: Settings) -> AIOKafkaConsumer:
    """A member of the projectors' group; offsets are kept with the read models, not on Kafka."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id="drawbridge.projector",
        group_id=f"{CONSUMER_GROUP}.{settings.kafka_topic}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=REQUEST_MILLISECONDS_MAX,
        metadata_max_age_ms=5_000,
        session_timeout_ms=6_000,
        heartbeat_interval_ms=1_000,
        fetch_max_wait_ms=100,
        retry_backoff_ms=50,
    )


async def drop(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client that may be wedged or joining its group, without waiting for it for long.

    What it waits for is an answer of the broker. Cut off, it gets an error instead and ends in
    order, with nothing left open. Whoever drops a client has an error of their own, or is leaving,
    so its last words do not matter.
    """
    connections = client.client if isinstance(client, AIOKafkaProducer) else client._client
    stopping = asyncio.ensure_future(client.stop())
    await asyncio.wait({stopping}, timeout=DROP_SECONDS_MAX)
    if not stopping.done():
        await connections.close()
        await asyncio.wait({stopping}, timeout=DROP_SECONDS_MAX)
    stopping.cancel()
    with suppress(asyncio.CancelledError, KafkaError, OSError):
        await stopping
