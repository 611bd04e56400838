"""What a process keeps of rows saves reading them, and never outlives anybody else's change to them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import psycopg

from projectors.engine import abreast, checkpoints, parked, rebuild, retry, verify
from projectors.engine.committing import Pool
from projectors.engine.lane import Lane
from projectors.engine.partition import PartitionFollower
from projectors.engine.projection import AppendedRows, FoldedRows, Projection, RowValues
from projectors.read_models.loan_summary.projector import LOAN_SUMMARY
from projectors.registry import READ_MODELS
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store
from runtime.messages import Message, from_store
from runtime.postgres import pool
from runtime.settings import Settings
from tests.office import open_office
from tests.poison import Poison


@dataclass
class Process:
    """A follower of each partition with loans, and how often it read a loan's row.

    Attributes:
        poison: what its loan summary cannot apply.
    """

    database: Pool
    reader: Reader
    store: Store
    partitions: Sequence[int]
    failing: list[Exception] = field(default_factory=list)
    poison: Poison = field(default_factory=Poison)
    loads: int = 0

    def __post_init__(self) -> None:
        others = [each for each in READ_MODELS if each is not LOAN_SUMMARY]
        projections = [self.poison.into(self.counting()), *others]
        self.followers = {
            partition: PartitionFollower(
                partition,
                [Lane(projection, 0, 0) for projection in projections],
                self.database,
                self.reader,
                self.store.epoch,
            )
            for partition in self.partitions
        }

    def counting(self) -> Projection:
        """The loan summary, its loads counted, and failing at its end for as often as it is told."""
        folded = LOAN_SUMMARY.parts[0]
        assert isinstance(folded, FoldedRows)
        load = folded.load

        def counted(row: RowValues) -> Any:
            self.loads += 1
            return load(row)

        def failing(_recorded: object) -> list[RowValues]:
            if self.failing:
                raise self.failing.pop()
            return []

        history = next(each for each in READ_MODELS if each.name == "history").tables[0]
        return Projection(
            LOAN_SUMMARY.name, (replace(folded, load=counted), AppendedRows(history, failing))
        )

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Each its partition's, one partition after another."""
        for partition, follower in self.followers.items():
            if its_own := [each for each in messages if each.partition == partition]:
                await follower.deliver(its_own)

    async def deliver_abreast(self, messages: Sequence[Message]) -> None:
        """All partitions' together, as far as that goes."""
        of = {
            partition: [each for each in messages if each.partition == partition]
            for partition in self.followers
        }
        deliveries = [(self.followers[partition], its) for partition, its in of.items() if its]
        await abreast.deliver(self.database, self.store.epoch, deliveries)

    @property
    def done(self) -> int:
        """How many partitions are at their ends."""
        return sum(each.position for each in self.followers.values())


@dataclass
class Hall:
    """Three loans of three draws in the store, and who follows them."""

    settings: Settings
    database: Pool
    reader: Reader
    store: Store
    messages: list[Message]

    def process(self, **given: Any) -> Process:
        """Another process over all of them."""
        partitions = sorted({each.partition for each in self.messages})
        return Process(self.database, self.reader, self.store, partitions, **given)

    def first(self, of_each: int) -> list[Message]:
        """So many messages of each partition."""
        taken: dict[int, list[Message]] = {}
        for message in self.messages:
            taken.setdefault(message.partition, []).append(message)
        return [message for each in taken.values() for message in each[:of_each]]

    @property
    def ends(self) -> int:
        """Where all partitions end, summed."""
        return sum({each.partition: each.position for each in self.messages}.values())

    async def transactions(self) -> int:
        """How many of them wrote the checkpoints as they are now."""
        async with self.database.connection() as connection:
            found = await connection.execute(
                "SELECT count(DISTINCT xmin::text) FROM read.checkpoints WHERE position > 0"
            )
            return int((await found.fetchall())[0][0])

    async def disagreeing(self) -> list[str]:
        """The tables that differ from a replay."""
        verdicts = await verify(self.settings, READ_MODELS, _silent)
        return [verdict.table for verdict in verdicts if not verdict.agrees]


@asynccontextmanager
async def at_work(database_url: str) -> AsyncIterator[Hall]:
    """The hall, with nothing projected."""
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        for _ in range(3):
            await office.three_draw_loan()
    async with pool(settings, "projector") as database:
        reader = Reader(database)
        store = await reader.store()
        async with database.connection() as connection:
            names = [projection.name for projection in READ_MODELS]
            await checkpoints.load(connection, names, store.partition_count, store.epoch)
        messages = [
            message
            for partition in range(store.partition_count)
            for message in from_store(await reader.partition_since(partition, 0, 1000), 0)
        ]
        messages.sort(key=lambda each: each.position)
        yield Hall(settings, database, reader, store, messages)


def _silent(_done: int, _total: int) -> None:
    pass


async def test_a_loan_at_work_is_never_read_again(database_url: str) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        for at in range(0, len(hall.messages), 5):
            await process.deliver(hall.messages[at : at + 5])
        assert process.loads == 0
        assert process.done == hall.ends
        assert await hall.disagreeing() == []


async def test_two_processes_take_turns_and_neither_trusts_what_it_kept(
    database_url: str,
) -> None:
    async with at_work(database_url) as hall:
        one, other = hall.process(), hall.process()
        for at in range(0, len(hall.messages), 7):
            await (one if at % 2 else other).deliver(hall.messages[: at + 7])
        assert one.loads > 0 < other.loads
        assert await hall.disagreeing() == []


async def test_what_a_retry_changed_in_between_is_read_again(database_url: str) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        process.poison.positions.add(hall.messages[20].position)
        await process.deliver(hall.messages[:30])  # its loan has more to come
        process.poison.positions.clear()
        async with hall.database.connection() as connection:
            (blocker,) = await retry.blockers(connection)
            await retry.retry(connection, LOAN_SUMMARY, blocker)
        await process.deliver(hall.messages)
        assert await hall.disagreeing() == []


async def test_after_a_rebuild_up_to_the_same_position_rows_are_read_again(
    database_url: str,
) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        await process.deliver(hall.messages)
        await rebuild(hall.settings, [LOAN_SUMMARY], _silent)
        assert process.loads == 0
        loan_id = next(each.recorded.partition_key for each in hall.messages)
        async with open_office(hall.settings) as office:
            await office.close_business(loan_id, date(2025, 5, 1))
        heads = await hall.reader.heads()
        for partition, follower in process.followers.items():
            await follower.catch_up(heads[partition])
        assert process.loads > 0
        assert await hall.disagreeing() == []


async def test_what_was_rolled_back_is_not_kept(database_url: str) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        await process.deliver(hall.first(20))
        process.failing.append(psycopg.OperationalError("the server went away"))
        await process.deliver(hall.messages)
        assert process.loads > 0
        assert process.done == hall.ends
        assert await hall.disagreeing() == []


async def test_what_a_delivery_brings_is_applied_in_one_transaction(database_url: str) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        for of_each in (10, 25, 1000):
            await process.deliver_abreast(hall.first(of_each))
            assert await hall.transactions() == 1
        assert process.done == hall.ends
        assert process.loads == 0
        assert await hall.disagreeing() == []


async def test_partitions_that_another_process_moved_go_on_by_themselves(
    database_url: str,
) -> None:
    async with at_work(database_url) as hall:
        one, other = hall.process(), hall.process()
        await one.deliver_abreast(hall.first(10))
        await one.deliver(hall.first(10))
        moved = hall.messages[0].partition
        await other.followers[moved].deliver(
            [each for each in hall.first(20) if each.partition == moved]
        )
        await one.deliver_abreast(hall.messages)
        await one.deliver(hall.messages)
        assert one.done == hall.ends
        assert await hall.disagreeing() == []


async def test_poison_in_one_partition_holds_up_no_other(database_url: str) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        process.poison.positions.add(hall.messages[20].position)
        await process.deliver_abreast(hall.messages)
        await process.deliver(hall.messages)
        process.poison.positions.clear()
        async with hall.database.connection() as connection:
            (blocker,) = await retry.blockers(connection)
            assert blocker.position == hall.messages[20].position
            await retry.retry(connection, LOAN_SUMMARY, blocker)
        assert await hall.disagreeing() == []


async def test_poison_in_one_read_model_leaves_all_others_abreast(database_url: str) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        process.poison.every = True
        await process.deliver_abreast(hall.messages)
        behind = {
            name
            for follower in process.followers.values()
            for name, position in follower.positions.items()
            if position == 0
        }
        assert behind == {LOAN_SUMMARY.name}
        assert await hall.transactions() == len(READ_MODELS) - 1
        process.poison.every = False
        await process.deliver(hall.messages)
        assert await hall.disagreeing() == []


async def test_a_checkpoint_that_somebody_holds_is_not_waited_for(database_url: str) -> None:
    async with at_work(database_url) as hall:
        process = hall.process()
        held = hall.messages[0].partition
        async with hall.database.connection() as connection:
            async with connection.transaction():
                await parked.lock(connection, LOAN_SUMMARY.name, held)
                async with asyncio.timeout(60):
                    await process.deliver_abreast(hall.messages)
                places = process.followers[held].positions
                assert places.pop(LOAN_SUMMARY.name) == 0
                assert 0 not in places.values()
            await process.deliver(hall.messages)
        assert process.done == hall.ends
        assert await hall.disagreeing() == []


async def test_two_processes_with_the_same_delivery_end_as_one(database_url: str) -> None:
    async with at_work(database_url) as hall:
        one, other = hall.process(), hall.process()
        for of_each in (5, 10, 15, 20, 25, 1000):
            brought = hall.first(of_each)
            backwards = brought[::-1]
            await asyncio.gather(one.deliver_abreast(brought), other.deliver_abreast(backwards))
            await asyncio.gather(one.deliver(brought), other.deliver(backwards))
        assert one.done == other.done == hall.ends
        assert await hall.disagreeing() == []
