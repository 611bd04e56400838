"""Parked events are applied after all, in order and once, or one of them is left out on record."""

import asyncio
from collections.abc import Sequence

import pytest
from psycopg import AsyncConnection

from domain.events.envelope import Recorded
from projectors.engine import retry
from projectors.engine.apply import apply
from projectors.engine.projection import FoldedRows, Part, Summed
from tests.integration.projectors.loans_in_turn import BY_NAME, NAME, at_the_bench
from tests.poison import parked


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
                    if isinstance(part, FoldedRows) or bug != "twice":
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
