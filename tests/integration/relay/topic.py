"""What a topic holds, beside what the store does."""

import asyncio
from collections.abc import Iterable

import psycopg
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from runtime import kafka
from runtime.eventstore.records import StoredEvent
from runtime.settings import Settings
from tests.office import WAIT_SECONDS_MAX, Office


async def whole_topic(settings: Settings) -> list[ConsumerRecord]:
    """Everything the topic holds now, partition by partition."""
    consumer = AIOKafkaConsumer(
        settings.kafka_topic, auto_offset_reset="earliest", **kafka.connection(settings)
    )
    found: list[ConsumerRecord] = []
    async with consumer, asyncio.timeout(WAIT_SECONDS_MAX):
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(at) < end for at, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(records)
    return found


def wrong(records: Iterable[ConsumerRecord], stored: Iterable[StoredEvent]) -> list[str]:
    """What the topic lacks, has in the wrong order, or has made up."""
    partition_of = {event.position: event.partition for event in stored}
    said: list[str] = []
    last: dict[int, int] = {}
    seen: set[int] = set()
    for record in records:
        headers = {name: value.decode() for name, value in record.headers}
        position, before = int(headers["position"]), int(headers["prev_position"])
        if partition_of.get(position) != record.partition:
            said.append(f"{position} is not of partition {record.partition}")
        if position in seen:
            continue
        seen.add(position)
        if last.get(record.partition, 0) != before:
            said.append(f"{position} came after {last.get(record.partition, 0)}, not {before}")
        last[record.partition] = position
    return said + [f"{position} is missing" for position in sorted(partition_of.keys() - seen)]


async def stored(office: Office) -> list[StoredEvent]:
    """Every event of the store."""
    found: list[StoredEvent] = []
    while page := await office.reader.since(found[-1].position if found else 0, 1_000):
        found.extend(page)
    return found


async def faults(settings: Settings, office: Office) -> list[str]:
    """What is wrong with the topic, once everything has been relayed."""
    await relayed(settings, office.position)
    return wrong(await whole_topic(settings), await stored(office))


async def relayed(settings: Settings, position: int) -> None:
    """Wait until the broker has acknowledged everything up to a position."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while await asyncio.to_thread(relay_position, settings) < position:
            await asyncio.sleep(0.05)


def relay_position(settings: Settings) -> int:
    """Up to where the relays' checkpoint says that the broker has everything."""
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(
            "SELECT max(position) FROM ledger.relay_checkpoint WHERE topic = %s",
            [settings.kafka_topic],
        ).fetchone()
    return int(row[0] or 0) if row else 0
