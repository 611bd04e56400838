"""One event that cannot be applied holds up its loan and nothing else, wherever in a batch it is."""

import asyncio

import psycopg
import pytest
from psycopg import AsyncConnection

from projectors.engine.lane import KEYS_PARKED_MAX, Lane
from projectors.engine.partition import PartitionFollower
from projectors.registry import READ_MODELS
from runtime.messages import Message
from runtime.postgres import pool
from tests.integration.projectors.loans_in_turn import BY_NAME, NAME, at_the_bench
from tests.office import WAIT_SECONDS_MAX, read_rows
from tests.poison import mend, parked, spoil


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
            assert reason.startswith("DecodeError at runtime.")
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
            await asyncio.wait_for(follower.deliver(batch), WAIT_SECONDS_MAX)
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
