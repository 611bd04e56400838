"""N8: a restore to T holds everything acknowledged before T - RPO, however the database was lost."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from local.backup import drill
from local.backup.drill import ARCHIVING_SECONDS_MAX, Drilled, Lost
from local.backup.drill.judging import Command, after_disaster, at_moment
from local.backup.drill.machine import Machine
from local.embedded import Archive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.only_on("embedded")]

ARCHIVE_SECONDS = 1
PROMISED_SECONDS = ARCHIVE_SECONDS + ARCHIVING_SECONDS_MAX
WRITING_SECONDS = 4.0


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="drawbridge-drill-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def lost(folder: Path) -> Lost:
    """A machine lost while clients wrote."""
    return drill.lose(folder, WRITING_SECONDS, ARCHIVE_SECONDS, lambda _: None)


@pytest.fixture(scope="module")
def drilled(folder: Path, lost: Lost) -> Drilled:
    """What its two restores came to."""
    return drill.judge(folder, lost, PROMISED_SECONDS, lambda _: None)


def test_a_lost_machine_is_restored_within_what_was_promised(drilled: Drilled) -> None:
    assert drilled.holds, drilled.told()
    assert drilled.disaster.rpo_seconds <= PROMISED_SECONDS
    assert drilled.disaster.survived > 10


def test_the_moment_before_a_bad_day_has_all_of_before_and_nothing_of_after(
    lost: Lost, drilled: Drilled
) -> None:
    assert drilled.moment.faults == ()
    assert any(each.sent_at > lost.moment and each.answered_at for each in lost.commands)
    assert drilled.moment.survived < drilled.disaster.acknowledged


def test_the_checker_finds_an_acknowledged_command_that_was_dropped(
    folder: Path, lost: Lost, drilled: Drilled
) -> None:
    """Planted: one of the loans that survived is taken out of the restored store."""
    assert drilled.holds
    with Machine(folder / "restored", Archive(folder / "planted" / "wal")) as machine:
        kept = machine.present()
        told = [each for each in lost.commands if each.answered_at and each.is_in(kept)]
        old_enough = min(told, key=lambda each: each.answered_at or 0.0)
        with psycopg.connect(machine.database_url) as owner:
            owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER append_only")
            owner.execute("DELETE FROM ledger.events WHERE stream_id = %s", [old_enough.loan_id])
        judged = after_disaster(
            lost.commands, machine.present(), disaster_at=lost.disaster_at, promised_seconds=0.0
        )
        assert judged.faults
        assert drill._faults(machine, read_models=False)


FIRST, SECOND = UUID(int=1), UUID(int=2)
HISTORY = [
    Command(FIRST, "loan.originated", sent_at=10.0, answered_at=11.0),
    Command(SECOND, "loan.originated", sent_at=12.0, answered_at=13.0),
    Command(SECOND, "loan.submitted", sent_at=14.0),
]
EVERYTHING = {(each.loan_id, each.event) for each in HISTORY}


@pytest.mark.parametrize(
    ("gone", "disaster_at", "faults"),
    [
        (set(), 20.0, 0),
        ({(SECOND, "loan.submitted")}, 20.0, 0),  # nobody was told that it was done
        ({(SECOND, "loan.originated"), (SECOND, "loan.submitted")}, 14.0, 0),  # within the RPO
        ({(SECOND, "loan.originated"), (SECOND, "loan.submitted")}, 20.0, 1),  # long before
        ({(FIRST, "loan.originated")}, 12.5, 1),  # within the RPO, but a later one is there
    ],
)
def test_what_may_be_lost_is_what_was_told_last(
    gone: set[tuple[UUID, str]], disaster_at: float, faults: int
) -> None:
    judged = after_disaster(
        HISTORY, EVERYTHING - gone, disaster_at=disaster_at, promised_seconds=2.0
    )
    assert len(judged.faults) == faults


@pytest.mark.parametrize(
    ("present", "faults"),
    [
        ({(FIRST, "loan.originated")}, 0),
        (set(), 1),
        (EVERYTHING, 2),
    ],
)
def test_a_moment_parts_what_was_told_from_what_was_sent(
    present: set[tuple[UUID, str]], faults: int
) -> None:
    assert len(at_moment(HISTORY, present, moment=11.5).faults) == faults
