"""A store restored to an earlier moment, while Kafka is ahead of it with events that are no more.

The positions of those are used again by other events. Whoever read them forgets them.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer

import relay
from domain.events.envelope import event_id
from projectors import engine
from projectors.registry import READ_MODELS
from runtime import kafka
from runtime.settings import Settings
from tests.faults.test_broker_wipe import relayed
from tests.office import caught_up, open_office, running
from tests.snapshot import Snapshot

ORPHANS_SECONDS = 6.0
"""How long a consumer may need to join its group and read what Kafka has of the lost future."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def settings(database_url: str, on_broker: dict[str, Any]) -> Settings:
    return Settings(database_url=database_url, **on_broker)


@pytest.fixture
def snapshot(postgres_url: str, database_url: str) -> Iterator[Snapshot]:
    kept = Snapshot(postgres_url, database_url)
    yield kept
    kept.drop()


async def exact(settings: Settings) -> None:
    """Every read table is, row by row, what a replay of the store makes of it."""
    await caught_up(settings.database_url)
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []


async def past_then_lost_future(settings: Settings, snapshot: Snapshot) -> None:
    """A loan, the moment that is kept, and a loan that will never have been; all of it relayed."""
    async with open_office(settings) as office:
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await caught_up(settings.database_url)
    await asyncio.to_thread(snapshot.take)
    async with open_office(settings) as office:
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await caught_up(settings.database_url)


async def other_future(settings: Settings) -> int:
    """Other loans, at the same positions and beyond."""
    async with open_office(settings) as office:
        await office.active_loan()
        await office.three_draw_loan()
        return office.position


def orphans(settings: Settings) -> int:
    """How many rows of read tables name a loan that the store has not."""
    with psycopg.connect(settings.database_url) as connection:
        row: Any = connection.execute(
            "SELECT count(*) FROM read.loans WHERE loan_id NOT IN (SELECT stream_id FROM ledger.events)"
        ).fetchone()
    return int(row[0])


async def test_relay_and_projectors_that_run_on_across_the_restore_end_exact(
    settings: Settings, snapshot: Snapshot
) -> None:
    async with running(relay.run, settings), running(engine.run, settings):
        await past_then_lost_future(settings, snapshot)
        await asyncio.to_thread(snapshot.restore)
        last = await other_future(settings)
        await relayed(settings, last)
        await exact(settings)
    assert orphans(settings) == 0


@pytest.mark.parametrize(
    "offset",
    ["kafka_offset", "kafka_offset + 1000000", "greatest(kafka_offset - 3, 0)"],
    ids=["kept", "beyond the end", "at an earlier message"],
)
async def test_projectors_started_after_the_restore_end_exact_wherever_their_offset_points(
    settings: Settings, snapshot: Snapshot, offset: str
) -> None:
    async with running(relay.run, settings), running(engine.run, settings):
        await past_then_lost_future(settings, snapshot)
    await asyncio.to_thread(snapshot.restore)
    with psycopg.connect(settings.database_url) as owner:
        owner.execute(f"UPDATE read.checkpoints SET kafka_offset = {offset}".encode())  # noqa: S608  # of this test
    async with running(engine.run, settings):
        await asyncio.sleep(ORPHANS_SECONDS)
        last = await other_future(settings)
        async with running(relay.run, settings):
            await relayed(settings, last)
            await exact(settings)
    assert orphans(settings) == 0


async def test_read_models_ahead_of_the_store_are_rebuilt_and_then_exact(
    settings: Settings, snapshot: Snapshot
) -> None:
    """The read tables were not restored with the store: they hold what is no more."""
    async with running(relay.run, settings), running(engine.run, settings):
        await past_then_lost_future(settings, snapshot)
    began_after = await asyncio.to_thread(snapshot.restore)
    with psycopg.connect(settings.database_url) as owner:
        owner.execute("UPDATE read.checkpoints SET position = position + %s", [began_after])
        owner.execute("UPDATE read.checkpoints SET store_epoch = gen_random_uuid()")
    with pytest.raises(engine.ForeignCheckpoint):
        await engine.run(settings)
    await engine.rebuild(settings, READ_MODELS, lambda _done, _total: None)
    async with running(relay.run, settings), running(engine.run, settings):
        await other_future(settings)
        await exact(settings)


async def test_a_consumer_of_somebody_elses_needs_only_the_headers_to_forget_orphans(
    settings: Settings, snapshot: Snapshot
) -> None:
    """Where the epoch of a partition changes, what it has after `prev_position` is no more."""
    async with running(relay.run, settings):
        async with open_office(settings) as office:
            for _ in range(3):
                await office.active_loan()
            await relayed(settings, office.position)
        await asyncio.to_thread(snapshot.take)
        async with open_office(settings) as office:
            for loan_id in [await office.active_loan() for _ in range(6)]:
                await office.funded_draw(loan_id)
            await relayed(settings, office.position)
        lost = stored(settings)
        kept_to = await asyncio.to_thread(snapshot.restore)
        async with open_office(settings) as office:
            # It learns of the restore where something happens after it: so in each of the lost ones.
            while any(happened[-1][0] > kept_to for happened in lost.values()):
                await office.active_loan()
                for partition, happened in stored(settings).items():
                    if happened[-1][0] > kept_to:
                        lost.pop(partition, None)
            await relayed(settings, office.position)
        held = await everything(settings)
    assert held == stored(settings)


async def everything(settings: Settings) -> dict[int, list[tuple[int, str]]]:
    """What a consumer who follows the rule holds: position and `ce_id`, by partition."""
    consumer = AIOKafkaConsumer(
        settings.kafka_topic, auto_offset_reset="earliest", **kafka.connection(settings)
    )
    held: dict[int, list[tuple[int, str]]] = {}
    epochs: dict[int, bytes] = {}
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(at) < end for at, end in ends.items()]):
            for at, records in (await consumer.getmany(timeout_ms=200)).items():
                mine = held.setdefault(at.partition, [])
                for record in records:
                    headers = dict(record.headers)
                    position, before = int(headers["position"]), int(headers["prev_position"])
                    if (
                        epochs.setdefault(at.partition, headers["store_epoch"])
                        != headers["store_epoch"]
                    ):
                        epochs[at.partition] = headers["store_epoch"]
                        mine[:] = [each for each in mine if each[0] <= before]
                    if not mine or position > mine[-1][0]:
                        mine.append((position, headers["ce_id"].decode()))
    finally:
        await consumer.stop()
    return held


def stored(settings: Settings) -> dict[int, list[tuple[int, str]]]:
    """The same of the store."""
    with psycopg.connect(settings.database_url) as connection:
        rows = connection.execute(
            "SELECT partition, position, stream_id, stream_version FROM ledger.events ORDER BY position"
        ).fetchall()
    found: dict[int, list[tuple[int, str]]] = {}
    for partition, position, stream_id, version in rows:
        found.setdefault(partition, []).append((position, str(event_id(stream_id, version))))
    return found
