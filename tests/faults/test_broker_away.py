"""R6: whatever becomes of the broker, commands go on, and the read side heals by itself."""

import asyncio
from pathlib import Path
from statistics import median
from time import monotonic

import pytest

from tests import servers
from tests.faults.checker import check
from tests.faults.run import LEVEL_SECONDS_MAX, Run, running
from tests.servers import Backend

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEED = 11
THINK_SECONDS = 0.1
"""Enough for some command to be under way always; what more there is only fills the store."""
AWAY_SECONDS = 12.0
PEACE_SECONDS = 4.0
ANSWER_SECONDS_MAX = 60.0
"""What a busy machine is slow with is answered all the same: an unknown outcome would be our doing."""
SLOWER_MAX = 3.0
WAITED_SECONDS = AWAY_SECONDS / 4
"""A command never waits for the broker, which would last as long as it is away. It may wait for a
processor that a relay or a projector looking for the broker takes from it, or a neighbour."""

FAULTS = ("expired", "topic deleted", "wiped", "away")


async def test_commands_never_wait_for_the_broker_and_the_read_side_heals(tmp_path: Path) -> None:
    async with running(
        tmp_path / "system",
        seed=SEED,
        think_seconds=THINK_SECONDS,
        answer_seconds_max=ANSWER_SECONDS_MAX,
    ) as run:
        await run.strike(0.0, lambda: strike(run))
        left = await run.rest(PEACE_SECONDS)
        assert check(left) == {}
        assert (run.astray, run.verified) == ([], "")
    assert run.history.counts["unknown"] == 0  # no 5xx, none timed out or cut off
    assert run.level_seconds <= LEVEL_SECONDS_MAX
    assert (
        left.head > left.topics[-1].lost_up_to > 0
    )  # the topic owed something after the last loss
    broker = run.nemesis.broker
    # The embedded broker keeps no retention, so nothing can expire on it.
    unsupported = {"expired"} if servers.chosen() is Backend.EMBEDDED else set()
    assert set(broker.unsupported) == unsupported
    assert set(broker.counts) == set(FAULTS) - unsupported


async def strike(run: Run) -> None:
    """One fault after the other, with peace between; the last lasts, and commands are timed."""
    for kind in FAULTS:
        await asyncio.sleep(PEACE_SECONDS)
        began_at = monotonic()
        await run.nemesis.broker.strike(kind, away_seconds=AWAY_SECONDS)
    away = [took.seconds for took in run.front.took if took.began_at >= began_at]
    before = [took.seconds for took in run.front.took if took.began_at < began_at]
    assert median(away) <= max(SLOWER_MAX * median(before), WAITED_SECONDS)
