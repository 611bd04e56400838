"""However messages come, each projection applies each event once, in order."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest

from projectors.engine import checkpoints, verify
from projectors.engine.committing import Pool
from projectors.engine.lane import Lane
from projectors.engine.partition import PartitionFollower
from projectors.engine.projection import Projection
from projectors.registry import READ_MODELS
from runtime.eventstore.epoch import begin_epoch
from runtime.eventstore.partitions import partition_of
from runtime.eventstore.reader import Reader
from runtime.messages import Message, from_store
from runtime.postgres import pool
from runtime.settings import Settings
from tests.office import open_office


@dataclass
class Bench:
    """One loan's partition, its messages, and what follows it."""

    settings: Settings
    database: Pool
    reader: Reader
    partition: int
    store_epoch: UUID
    messages: list[Message]

    def follower(self, projections: Sequence[Projection] = READ_MODELS) -> PartitionFollower:
        """Another process at the same partition."""
        lanes = [Lane(projection, 0, 0) for projection in projections]
        return PartitionFollower(
            self.partition, lanes, self.database, self.reader, self.store_epoch
        )

    @property
    def last(self) -> int:
        """The partition's last position."""
        return self.messages[-1].position

    async def disagreeing(self) -> list[str]:
        """The tables that differ from a replay."""
        verdicts = await verify(self.settings, READ_MODELS, lambda _done, _total: None)
        return [verdict.table for verdict in verdicts if not verdict.agrees]


@asynccontextmanager
async def at_the_bench(database_url: str) -> AsyncIterator[Bench]:
    """A loan of three draws, in the store only."""
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        loan_id = await office.three_draw_loan()
    async with pool(settings, "projector") as database:
        reader = Reader(database)
        store = await reader.store()
        partition = partition_of(loan_id, store.partition_count)
        async with database.connection() as connection:
            names = [projection.name for projection in READ_MODELS]
            await checkpoints.load(connection, names, store.partition_count, store.epoch)
        events = await reader.partition_since(partition, 0, 1000)
        messages = from_store(events, 0)
        yield Bench(settings, database, reader, partition, store.epoch, messages)


async def test_messages_twice_and_out_of_order_are_applied_once_in_order(
    database_url: str,
) -> None:
    async with at_the_bench(database_url) as bench:
        shuffled = bench.messages * 3
        random.Random(7).shuffle(shuffled)
        follower = bench.follower()
        for start in range(0, len(shuffled), 5):
            await follower.deliver(shuffled[start : start + 5])
        assert follower.position == bench.last
        assert await bench.disagreeing() == []


async def test_a_gap_is_healed_from_the_store(database_url: str) -> None:
    async with at_the_bench(database_url) as bench:
        follower = bench.follower()
        await follower.deliver(bench.messages[:3])
        await follower.deliver(bench.messages[-1:])
        assert follower.position == bench.last
        assert await bench.disagreeing() == []


async def test_a_zombie_that_believes_it_owns_the_partition_does_no_harm(
    database_url: str,
) -> None:
    async with at_the_bench(database_url) as bench:
        zombie, owner = bench.follower(), bench.follower()
        await zombie.deliver(bench.messages[:4])
        await owner.catch_up(bench.last)
        await zombie.deliver(bench.messages[4:8])
        assert zombie.position == owner.position == bench.last
        assert await bench.disagreeing() == []


async def test_a_message_that_the_store_does_not_know_is_left_alone(database_url: str) -> None:
    async with at_the_bench(database_url) as bench:
        follower = bench.follower()
        await follower.catch_up(bench.last)
        real = bench.messages[0]
        invented = Message(
            10**6,
            10**6 - 1,
            bench.partition,
            real.partition_key,
            real.stream_id,
            real.type,
            lambda: real.recorded,
        )
        await follower.deliver([invented])
        assert follower.position == bench.last
        assert await bench.disagreeing() == []


async def test_a_follower_of_the_epoch_before_moves_nothing_and_says_so(
    database_url: str,
) -> None:
    async with at_the_bench(database_url) as bench:
        follower = bench.follower()
        await follower.deliver(bench.messages[:3])
        with psycopg.connect(database_url, autocommit=True) as owner:
            begin_epoch(owner, "restored")
        with pytest.raises(checkpoints.ForeignCheckpoint):
            await follower.deliver(bench.messages[3:])
        with psycopg.connect(database_url) as connection:
            found = connection.execute("SELECT DISTINCT position FROM read.checkpoints").fetchall()
        assert {position for (position,) in found} == {0, bench.messages[2].position}
