"""R2: kill -9 of APIs, relays, projectors and PostgreSQL under eight writers loses nothing."""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.checker import CHECKS, PLANTED, Artefacts, check, collect
from tests.faults.copies import tampered
from tests.faults.nemesis import VICTIMS, struck_at_work
from tests.faults.run import Run, running, verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEED = 7
KILLS = 32
KILLS_A_KIND_MIN = 7
AT_WORK_MIN = 0.8
THINK_SECONDS = 0.1
"""A kill waits until its victim is at work; what more there is to do only fills the store."""

# What is done to a copy of the database, and the check that must find it.
TAMPERED = (
    ("N1 lost", "DELETE FROM ledger.events WHERE position = (SELECT position FROM ledger.head)"),
    (
        "N2 doubled",
        "UPDATE ledger.events SET correlation_id = gen_random_uuid() WHERE position = 9",
    ),
    ("N3 misprojected", "UPDATE read.loan_balances SET debit_cents = debit_cents + 1"),
    ("N4 forged", "UPDATE ledger.events SET payload = payload || ' ' WHERE position = 9"),
    ("N5 holes", "UPDATE ledger.events SET position = position + 1000000 WHERE position = 9"),
)
ONE_CENT = (
    "UPDATE read.loans SET principal_cents = principal_cents + 1"
    " WHERE loan_id = (SELECT min(loan_id::text)::uuid FROM read.loans)"
)


async def test_no_kill_loses_or_doubles_anything(tmp_path: Path) -> None:
    async with running(tmp_path / "system", seed=SEED, think_seconds=THINK_SECONDS) as run:
        kills = run.nemesis.kills
        await run.strike(0.0, lambda: run.nemesis.kill_all_kinds(KILLS))
        left = await run.rest()
        assert check(left) == {}
        assert (run.astray, run.verified) == ([], "")
        planted_bugs_are_found(left)
        await what_is_done_to_a_copy_is_found(run)
    by_kind = Counter(kill.kind for kill in kills)
    assert min(by_kind[kind] for kind in VICTIMS) >= KILLS_A_KIND_MIN
    assert struck_at_work(kills) >= AT_WORK_MIN


def planted_bugs_are_found(left: Artefacts) -> None:
    """The checks themselves: each turns red for each of its bugs in what this very run left."""
    missed = [
        planted.name for planted in PLANTED if not any(CHECKS[planted.check](planted.plant(left)))
    ]
    assert missed == []


async def what_is_done_to_a_copy_is_found(run: Run) -> None:
    """And so for the way from the database to the checks, and for the service's own comparison."""
    system = run.system
    for name, statement in TAMPERED:
        with tampered(run, statement) as url:
            left = await collect(
                url, system.broker.bootstrap, system.topic, run.history.path, run.tail
            )
        assert name in check(left)
    with tampered(run, ONE_CENT) as url:
        assert "loans" in verify(system, url)
