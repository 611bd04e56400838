"""One event that cannot be applied holds up its loan and nothing else, wherever in a batch it is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection

from domain.events.envelope import Recorded
from domain.loans.commands import ApproveLoan, SubmitLoan
from projectors.engine import checkpoints, retry, verify
from projectors.engine.apply import apply
from projectors.engine.lane import KEYS_PARKED_MAX, Lane
from projectors.engine.partition import PartitionFollower, Pool
from projectors.engine.projection import Folded, Part, Summed
from projectors.registry import READ_MODELS
from runtime.eventstore.partitions import partition_of
from runtime.eventstore.reader import Reader
from runtime.messages import Message, from_store
from runtime.postgres import pool
from runtime.settings import Settings
from tests.office import OPENED_ON, open_office, read_rows
from tests.poison import Poison, counted, mend, parked, spoil
from tests.scenario import CLOSING

NAME = "loan_summary"
BY_NAME = {projection.name: projection for projection in READ_MODELS}


@dataclass
class Bench:
    """Some loans of one partition, their events in turn, and what follows them."""

    settings: Settings
    database: Pool
    reader: Reader
    partition: int
    messages: list[Message]
    epoch: UUID
    poison: Poison
    lanes: list[Lane] = field(default_factory=list)

    def rested(self) -> None:
        """The rest of every lane of the last follower is over."""
        for each in self.lanes:
            each.rests_until = 0.0

    def follower(self, *names: str) -> PartitionFollower:
        """Another process; beside the read models named, the poison works."""
        projections = [
            self.poison.into(each) if each.name in names else each for each in READ_MODELS
        ]
        self.lanes = [Lane(projection, 0, 0) for projection in projections]
        return PartitionFollower(self.partition, self.lanes, self.database, self.reader, self.epoch)

    @property
    def last(self) -> int:
        """The partition's last position."""
        return self.messages[-1].position

    def behind(self, poisoned: Sequence[int]) -> dict[int, bool]:
        """What is to be parked when these messages are poison: position -> whether it blocks."""
        found: dict[int, bool] = {}
        blocked: set[UUID] = set()
        for at, message in enumerate(self.messages):
            if message.partition_key in blocked:
                found[message.position] = False
            elif at in poisoned:
                found[message.position] = True
                blocked.add(message.partition_key)
        return found

    def parked(self, name: str = NAME) -> dict[int, bool]:
        """What is parked: position -> whether it has a reason."""
        found = parked(self.settings.database_url, name)
        assert counted(self.settings.database_url, name) == len(found)
        return {position: reason is not None for position, reason in found.items()}

    async def retry(self, *, dry_run: bool = False) -> int:
        """Retry everything with the poison that is left; how many events were applied."""
        applied = 0
        async with self.database.connection() as connection:
            for each in await retry.blockers(connection):
                sick = self.poison.into(BY_NAME[each.projection])
                done = await retry.retry(connection, sick, each, dry_run=dry_run)
                applied += done.applied
        return applied

    async def disagreeing(self) -> list[str]:
        """The tables that differ from a replay."""
        verdicts = await verify(self.settings, READ_MODELS, lambda _done, _total: None)
        return [verdict.table for verdict in verdicts if not verdict.agrees]


@asynccontextmanager
async def at_the_bench(database_url: str, loans: int = 3) -> AsyncIterator[Bench]:
    """Loans of one partition, all submitted, then all approved, then all closed."""
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        count = (await office.reader.store()).partition_count

        def where(loan_id: UUID) -> int:
            return partition_of(loan_id, count)

        together: list[UUID] = []
        while len(together) < loans:
            await office.originate()
            ordered = sorted(office.loans, key=where)
            groups = [list(group) for _, group in groupby(ordered, key=where)]
            together = max(groups, key=len)
        for command in (SubmitLoan(), ApproveLoan(), CLOSING):
            for loan_id in together:
                await office.on_loan(loan_id, command, getattr(command, "closing_on", OPENED_ON))
    async with pool(settings, "projector") as database:
        reader = Reader(database)
        store = await reader.store()
        async with database.connection() as connection:
            names = [projection.name for projection in READ_MODELS]
            await checkpoints.load(connection, names, store.partition_count, store.epoch)
        partition = where(together[0])
        events = await reader.partition_since(partition, 0, 1000)
        messages = from_store(events, 0)
        yield Bench(settings, database, reader, partition, messages, store.epoch, Poison())


@pytest.mark.parametrize(
    "poisoned",
    [(0,), (-1,), (5,), (3, 7), (3, 4), (3, 6), (0, 1, 2), (2, -1), tuple(range(15))],
    ids=lambda poisoned: "+".join(map(str, poisoned)),
)
async def test_poison_is_parked_with_what_follows_of_its_loan_and_a_retry_makes_it_good(
    database_url: str, poisoned: tuple[int, ...]
) -> None:
    async with at_the_bench(database_url) as bench:
        assert len(bench.messages) == 15
        at = [index % 15 for index in poisoned]
        bench.poison.positions = {bench.messages[index].position for index in at}
        follower = bench.follower(NAME)
        await follower.deliver(bench.messages)
        assert set(follower.positions.values()) == {bench.last}
        assert bench.parked() == bench.behind(at)
        assert bench.parked("history") == {}

        bench.poison.positions.clear()
        assert await bench.retry() == len(bench.behind(at))
        assert bench.parked() == {}
        assert await bench.disagreeing() == []


async def test_one_message_alone_may_be_poison(database_url: str) -> None:
    async with at_the_bench(database_url) as bench:
        follower = bench.follower(NAME)
        bench.poison.positions = {bench.messages[4].position}
        for message in bench.messages:
            await follower.deliver([message])
        assert bench.parked() == bench.behind([4])


async def test_what_nobody_can_read_is_parked_beside_every_read_model_without_what_it_says(
    database_url: str,
) -> None:
    async with at_the_bench(database_url) as bench:
        at = bench.messages[3].position
        payloads = spoil(database_url, [at])
        await bench.follower().catch_up(bench.last)
        for name in BY_NAME:
            assert bench.parked(name) == bench.behind([3])
            reason = parked(database_url, name)[at]
            assert reason is not None
            assert reason.startswith("ValidationError json_invalid in the whole at runtime.")
            assert "Jane" not in reason

        mend(database_url, payloads)
        await bench.retry()
        assert await bench.disagreeing() == []


@pytest.mark.parametrize(("name", "table"), [(NAME, "loans"), ("history", "history")])
async def test_what_the_database_refuses_is_parked_like_any_poison(
    database_url: str, name: str, table: str
) -> None:
    async with at_the_bench(database_url) as bench:
        poisoned = bench.messages[7].position
        change = f"ALTER TABLE read.{table} ADD CONSTRAINT no_such CHECK (position <> {poisoned})"
        with psycopg.connect(database_url) as owner:
            owner.execute(change.encode())
        follower = bench.follower()
        for batch in (bench.messages[:8], bench.messages[8:]):
            await asyncio.wait_for(follower.deliver(batch), 30)
        assert bench.parked(name) == bench.behind([7])
        reason = parked(database_url, name)[poisoned]
        assert reason is not None
        assert reason.startswith(f"CheckViolation 23514 {table} no_such")

        with psycopg.connect(database_url) as owner:
            owner.execute(f"ALTER TABLE read.{table} DROP CONSTRAINT no_such".encode())
        await bench.retry()
        assert await bench.disagreeing() == []


async def test_a_payload_spoilt_on_its_way_is_taken_from_the_store(database_url: str) -> None:
    async with at_the_bench(database_url) as bench:

        def spoilt() -> None:
            raise ValueError("not what was sent")

        real = bench.messages[3]
        sent = Message(
            real.position,
            real.prev_position,
            real.partition,
            real.partition_key,
            real.stream_id,
            real.type,
            spoilt,  # type: ignore[arg-type]  # it never returns
            offset=4,
        )
        follower = bench.follower()
        await follower.deliver([*bench.messages[:3], sent, *bench.messages[4:]])
        assert set(follower.positions.values()) == {bench.last}
        assert bench.parked() == {}
        assert await bench.disagreeing() == []


async def test_a_retry_goes_as_far_as_the_next_poison(database_url: str) -> None:
    async with at_the_bench(database_url) as bench:
        first, second = bench.messages[0].position, bench.messages[6].position
        bench.poison.positions = {first, second}
        await bench.follower(NAME).deliver(bench.messages)
        bench.poison.positions = {second}
        assert await bench.retry(dry_run=True) == 2
        assert bench.parked() == bench.behind([0])
        assert await bench.retry() == 2
        assert bench.parked() == bench.behind([6])
        bench.poison.positions.clear()
        assert await bench.retry() == 3
        assert await bench.disagreeing() == []


async def test_what_comes_after_a_retry_is_applied_and_no_longer_parked(
    database_url: str,
) -> None:
    async with at_the_bench(database_url) as bench:
        bench.poison.positions = {bench.messages[0].position}
        follower = bench.follower(NAME)
        await follower.deliver(bench.messages[:9])
        bench.poison.positions.clear()
        await bench.retry()
        await follower.deliver(bench.messages[9:])
        assert bench.parked() == {}
        assert await bench.disagreeing() == []


async def test_several_retries_at_once_and_a_projector_at_work_apply_each_event_once(
    database_url: str,
) -> None:
    async with at_the_bench(database_url) as bench:
        bench.poison.positions = {bench.messages[0].position, bench.messages[1].position}
        await bench.follower(*BY_NAME).deliver(bench.messages[:7])
        bench.poison.positions.clear()
        follower = bench.follower()

        async def one_by_one() -> int:
            for message in bench.messages[7:]:
                await follower.deliver([message])
            return 0

        applied = await asyncio.gather(bench.retry(), one_by_one(), bench.retry())
        assert sum(applied) >= len(
            bench.behind([0, 1]).keys() & {m.position for m in bench.messages[:7]}
        )
        await bench.retry()
        assert bench.parked() == {}
        assert await bench.disagreeing() == []


async def test_a_retry_that_dies_after_a_page_leaves_the_rest_in_order(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "PAGE_EVENTS_MAX", 2)
    async with at_the_bench(database_url) as bench:
        bench.poison.positions = {bench.messages[0].position}
        await bench.follower(NAME).deliver(bench.messages)
        bench.poison.positions.clear()

        def dies(_: int) -> None:
            raise KeyboardInterrupt

        async with bench.database.connection() as connection:
            (blocker,) = await retry.blockers(connection)
            with pytest.raises(KeyboardInterrupt):
                await retry.retry(connection, BY_NAME[NAME], blocker, dies)
            (left,) = await retry.blockers(connection)
            assert (left.behind, left.reason) == (2, None)
            with pytest.raises(retry.SkipRefused):
                await retry.skip(connection, NAME, left.position, "by mistake", "os:test")
        assert await bench.retry() == 3
        assert await bench.disagreeing() == []


@pytest.mark.parametrize("bug", ["drops one", "in the wrong order", "twice"])
async def test_a_retry_that_applies_other_than_in_order_and_once_is_found_out(
    database_url: str, bug: str
) -> None:
    async with at_the_bench(database_url) as bench:
        bench.poison.positions = {bench.messages[0].position}
        await bench.follower(NAME, "journal", "history").deliver(bench.messages)
        bench.poison.positions.clear()
        async with bench.database.connection() as connection:
            for each in await retry.blockers(connection):
                waiting = set(parked(database_url, each.projection))
                batch = [m.recorded for m in bench.messages if m.position in waiting]
                if bug == "drops one":
                    batch.pop()
                elif bug == "in the wrong order":
                    batch[-3:] = reversed(batch[-3:])
                for part in BY_NAME[each.projection].parts:
                    if isinstance(part, Folded) or bug != "twice":
                        await apply(connection, part, batch)
                    else:
                        await apply_twice(connection, part, batch)
                await connection.execute(
                    "DELETE FROM read.parked WHERE projection = %s", [each.projection]
                )
            await connection.execute("UPDATE read.checkpoints SET parked = 0")
        assert await bench.disagreeing() != []


async def apply_twice(
    connection: AsyncConnection[object], part: Part, batch: Sequence[Recorded]
) -> None:
    """Sums are added to twice; rows that are there already are not written again."""
    await apply(connection, part, batch)
    if isinstance(part, Summed):
        await apply(connection, part, batch)


async def test_only_what_blocks_can_be_skipped_and_it_is_on_record(database_url: str) -> None:
    async with at_the_bench(database_url) as bench:
        blocking, waiting = bench.messages[3], bench.messages[6]
        bench.poison.positions = {blocking.position}
        await bench.follower(NAME).deliver(bench.messages)
        async with bench.database.connection() as connection:
            for position in (waiting.position, bench.messages[4].position):
                with pytest.raises(retry.SkipRefused):
                    await retry.skip(connection, NAME, position, "no reason", "os:test")
            await retry.skip(connection, NAME, blocking.position, "tried", "os:me", dry_run=True)
            assert bench.parked() == bench.behind([3])
            blocker = await retry.skip(connection, NAME, blocking.position, "a test", "os:me")
            await retry.retry(connection, BY_NAME[NAME], blocker)
            (found,) = await retry.skips(connection)
        assert bench.parked() == {}
        assert (found.position, found.reason, found.skipped_by) == (
            blocking.position,
            "a test",
            "os:me",
        )
        assert found.error.startswith("ZeroDivisionError at ")


async def test_a_projector_that_can_apply_nothing_does_not_park_the_log(
    database_url: str,
) -> None:
    async with at_the_bench(database_url, loans=KEYS_PARKED_MAX + 1) as bench:
        bench.poison.every = True
        follower = bench.follower(NAME)
        await follower.deliver(bench.messages)
        bench.rested()
        await follower.deliver(bench.messages)
        blocking = [position for position, blocks in bench.parked().items() if blocks]
        assert len(blocking) == KEYS_PARKED_MAX
        places = follower.positions
        assert places.pop(NAME) < bench.messages[KEYS_PARKED_MAX].position
        assert set(places.values()) == {bench.last} == {follower.position}

        bench.poison.every = False
        bench.rested()
        await follower.catch_up(bench.last)
        assert set(follower.positions.values()) == {bench.last}
        await bench.retry()
        assert await bench.disagreeing() == []


async def test_what_is_no_event_s_fault_parks_nothing_and_holds_up_no_other_read_model(
    database_url: str,
) -> None:
    async with at_the_bench(database_url) as bench:
        with psycopg.connect(database_url) as owner:
            owner.execute("REVOKE INSERT ON read.loans FROM drawbridge_projector")
        follower = bench.follower()
        await follower.deliver(bench.messages)
        places = follower.positions
        assert places.pop(NAME) == 0
        assert set(places.values()) == {bench.last}
        assert bench.parked() == {}

        with psycopg.connect(database_url) as owner:
            owner.execute("GRANT INSERT ON read.loans TO drawbridge_projector")
        bench.rested()
        await follower.catch_up(bench.last)
        assert await bench.disagreeing() == []


async def test_following_without_anything_parked_asks_nothing_about_it(database_url: str) -> None:
    async with at_the_bench(database_url) as bench:
        asked: list[str] = []
        kept = AsyncConnection.execute

        class Listening(AsyncConnection[tuple[object, ...]]):
            async def execute(self, query: object, *given: object, **options: object) -> object:  # type: ignore[override]  # only passes on
                asked.append(str(query))
                return await kept(self, query, *given, **options)  # type: ignore[call-overload]  # as above

        async with pool(bench.settings, "projector") as database:
            database.connection_class = Listening
            lanes = [Lane(projection, 0, 0) for projection in READ_MODELS]
            follower = PartitionFollower(
                bench.partition, lanes, database, bench.reader, bench.epoch
            )
            await follower.deliver(bench.messages)
        assert sum("UPDATE read.checkpoints" in each for each in asked) == len(READ_MODELS)
        assert not any("read.parked" in each for each in asked)
        assert read_rows(database_url)["loans"]
