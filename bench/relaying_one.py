"""One round of P8, in a process of its own: every event of a store to a new topic."""

import argparse
import asyncio
import json
import time

import structlog
import uvloop
from aiokafka import AIOKafkaProducer

import relay
from relay import outgoing
from relay.metrics import RELAYED
from runtime import kafka
from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings

PAGE = 1_000
LOOK_SECONDS = 0.002

Messages = dict[int, list[dict[str, object]]]


async def by_relay(settings: Settings, events: int) -> tuple[float, float]:
    """Seconds, and seconds of this process's processor, until the last acknowledgement."""
    await kafka.ensure_topic(settings, 16)
    began, began_processor = time.perf_counter(), time.process_time()
    stop = asyncio.Event()
    work = asyncio.create_task(relay.run(settings, stop))
    while RELAYED._value.get() < events:  # noqa: ASYNC110  # counted by the relay itself
        await asyncio.sleep(LOOK_SECONDS)
    spent = time.perf_counter() - began, time.process_time() - began_processor
    stop.set()
    await work
    return spent


async def by_producer(settings: Settings, events: int) -> tuple[float, float]:
    """The same for a producer that has all it sends in memory."""
    await kafka.ensure_topic(settings, 16)
    messages = await _messages(settings, events)
    producer = kafka.producer(settings)
    began, began_processor = time.perf_counter(), time.process_time()
    async with producer:
        await asyncio.gather(
            *(_send(producer, settings, at, each) for at, each in messages.items())
        )
        return time.perf_counter() - began, time.process_time() - began_processor


async def _messages(settings: Settings, events: int) -> Messages:
    found: Messages = {}
    async with pool(settings, "command") as database:
        wording = outgoing.Wording((await Reader(database).store()).epoch)
        position = 0
        while position < events:
            for event in await outgoing.since(database, position, PAGE):
                position = event.position
                message = {
                    "key": event.partition_key,
                    "value": event.payload,
                    "headers": wording.headers(event, position - 1),
                    "timestamp": wording.timestamp,
                }
                found.setdefault(event.partition, []).append(message)
    return found


async def _send(
    producer: AIOKafkaProducer, settings: Settings, partition: int, each: list[dict[str, object]]
) -> None:
    """A partition's messages in full batches, the next one built while one is on its way."""
    sent: asyncio.Future[object] | None = None
    batch = producer.create_batch()

    async def hand_over() -> None:
        nonlocal sent
        if sent is not None:
            await sent
        sent = await producer.send_batch(batch, settings.kafka_topic, partition=partition)

    for message in each:
        if batch.append(**message) is None:
            await hand_over()
            batch = producer.create_batch()
            batch.append(**message)
    await hand_over()
    if sent is not None:
        await sent


def main() -> None:
    """Run one side, and print what it took as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", choices=["relay", "producer"])
    parser.add_argument("url")
    parser.add_argument("bootstrap")
    parser.add_argument("topic")
    parser.add_argument("events", type=int)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    settings = Settings(
        database_url=given.url,
        kafka_bootstrap=given.bootstrap,
        kafka_topic=given.topic,
        kafka_idempotence=False,
    )
    program = by_relay if given.program == "relay" else by_producer
    seconds, processor = uvloop.run(program(settings, given.events))
    told = {
        "seconds": seconds,
        "processor_microseconds": processor * 1e6 / given.events,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
