"""A producer for the relay, a consumer for the projectors, and how either is let go of."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from runtime.kafka.connecting import connection
from runtime.settings import Settings

DROP_SECONDS_MAX = 1.0
BATCH_BYTES_MAX = 1_000_000  # Brokers take 1,048,588 unless told otherwise.
CONSUMER_GROUP = "drawbridge.projectors"


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
