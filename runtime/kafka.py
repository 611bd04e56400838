"""Kafka: one topic with exactly the store's partitions, a producer, a consumer.

Kafka is a fast way to the read side and never the truth: whatever it loses, repeats or reorders,
positions show, and the store heals. So nothing here is clever about delivery.
"""

import asyncio
import logging
import ssl
from contextlib import suppress
from functools import partial
from typing import Any

import aiokafka.admin.client
import aiokafka.client
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    UnsupportedSaslMechanismError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from runtime.settings import Settings

REQUEST_MILLISECONDS_MAX = 5_000
MADE_SECONDS_MAX = 5.0
MADE_LOOK_SECONDS = 0.05
AWAITED_SECONDS_MAX = 10.0
AWAITED_LOOK_SECONDS = 0.25
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


class TopicMissing(Exception):  # noqa: N818  # named for what it is
    """The relay has not made the topic yet."""


class BrokerRefused(Exception):  # noqa: N818  # named for what it is
    """The broker does not take us for who we are, or we it: settings mend that, waiting does not."""


_REFUSALS = (
    AuthenticationFailedError,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    ssl.SSLError,
)


def connection(settings: Settings) -> dict[str, Any]:
    """What every client of ours is made with: where the brokers are and how we show who we are.

    Raises:
        ssl.SSLError: a certificate or a key cannot be read.
    """
    protocol = settings.kafka_security_protocol
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": protocol.value,
        "request_timeout_ms": REQUEST_MILLISECONDS_MAX,
    }
    if protocol.encrypts:
        options["ssl_context"] = _tls(settings)
    if protocol.signs_in and settings.kafka_password is not None:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism.value
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return options


def _tls(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_certificate_file is not None:
        password = settings.kafka_key_password
        context.load_cert_chain(
            settings.kafka_certificate_file,
            settings.kafka_key_file,
            # Without a password OpenSSL would ask the terminal for one.
            password.get_secret_value() if password else "",
        )
    return context


async def greet(settings: Settings) -> None:
    """Connect to one of the brokers as any client does, and say why where none lets us in.

    aiokafka's clients keep the reason to themselves.

    Raises:
        BrokerRefused: our name, password or certificate, or the broker's certificate, is not taken.
        KafkaConnectionError: the brokers are away.
    """
    options = connection(settings)
    away = []
    for host, port, _ in collect_hosts(options.pop("bootstrap_servers")):
        try:
            connected = await create_conn(host, port, **options)
        except _REFUSALS as error:
            raise BrokerRefused(f"{host}:{port}: {error}") from error
        except (KafkaError, OSError, TimeoutError) as error:
            away.append(f"{host}:{port}: {str(error) or type(error).__name__}")
        else:
            await connected.close()
            return
    # One that closes at our first word may speak another protocol.
    raise KafkaConnectionError(f"by {settings.kafka_security_protocol}: {'; '.join(away)}")


async def ensure_topic(settings: Settings, partition_count: int) -> None:
    """Make the topic, or check the one that is there; only the active relay does.

    A topic that was deleted, or forgotten, is thus not made anew before what sent to the old one
    has been dropped: the embedded broker keeps what it is sent for a topic that is not there, and
    numbers the new one over it.

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
            await _create(admin, settings, partition_count)
            # The broker we ask may hear of it a moment later.
            found = await _partitions_once_shown(admin, topic, MADE_SECONDS_MAX, MADE_LOOK_SECONDS)
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


async def _create(admin: AIOKafkaAdminClient, settings: Settings, partition_count: int) -> None:
    # (The protocol's "broker default" of copies is too new for aiokafka's request.)
    topic = settings.kafka_topic
    wanted = NewTopic(topic, partition_count, settings.kafka_replication_factor)
    answer = await admin.create_topics([wanted])
    for _, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(topic)


def producer(settings: Settings) -> AIOKafkaProducer:
    """A producer that reports a batch as sent only when every in-sync replica has it."""
    return AIOKafkaProducer(
        **connection(settings),
        client_id="drawbridge.relay",
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        max_batch_size=BATCH_BYTES_MAX,
        metadata_max_age_ms=5_000,
        retry_backoff_ms=50,
    )


def consumer(settings: Settings) -> AIOKafkaConsumer:
    """A member of the projectors' group; offsets are kept with the read models, not on Kafka."""
    return AIOKafkaConsumer(
        **connection(settings),
        client_id="drawbridge.projector",
        group_id=f"{CONSUMER_GROUP}.{settings.kafka_topic}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
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
