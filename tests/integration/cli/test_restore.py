"""Restores of the embedded database to any moment of its log, and what keeps one from being made."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.backup import BackupRefusedError, Backups, RestoreFailedError
from local.embedded import Postgres, ServerFailedError
from runtime.eventstore.epoch import epochs
from runtime.settings import Settings
from tests.integration.cli.backups import (
    archived,
    asked,
    backed_up,
    now,
    originate,
    place_at,
    restored,
)
from tests.office import open_office

pytestmark = [pytest.mark.only_on("embedded"), pytest.mark.timeout(240), pytest.mark.slow]


@dataclass(frozen=True)
class Recovery:
    """A database with a past, and its backups; the database itself is gone.

    Five loans, a base backup, five loans, ``noon``, a loan closed with several events at once, a
    second base backup, and two loans.
    """

    backups: Backups
    bases: list[str]
    noon: datetime
    last: int


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Recovery:
    place = place_at(tmp_path_factory.mktemp("history"))
    with place.running() as server:
        originate(server.url(), 5)
        bases = [backed_up(place, server)]
        originate(server.url(), 5)
        noon = now(server.url())

        async def close() -> int:
            async with open_office(Settings(database_url=server.url())) as office:
                await office.active_loan()
                return office.position

        closed = asyncio.run(close())
        bases.append(backed_up(place, server))
        originate(server.url(), 2)
        archived(server.url())
    shutil.rmtree(place.folder.path)
    return Recovery(place.backups, bases, noon, closed + 2)


def test_all_that_was_archived_is_restored_into_an_empty_folder(
    history: Recovery, tmp_path: Path
) -> None:
    place = place_at(tmp_path)
    done = restored(place, history.backups, verify=True)
    assert (done.base, done.position, done.aside) == (history.bases[-1], history.last, None)
    with place.folder, Postgres(place.folder) as server:
        known = asked(server, epochs)
        positions = asked(
            server, lambda one: one.execute("SELECT position FROM ledger.events").fetchall()
        )
    assert sorted(position for (position,) in positions) == list(range(1, history.last + 1))
    assert [(each.began_after, each.present) for each in known] == [
        (0, False),
        (history.last, True),
    ]
    assert known[-1].timeline == 2


def test_a_moment_is_restored_with_what_was_committed_by_then_and_no_more(
    history: Recovery, tmp_path: Path
) -> None:
    done = restored(place_at(tmp_path), history.backups, to_time=history.noon)
    assert (done.base, done.position) == (history.bases[0], 10)
    assert done.lost_events >= 1


def test_a_position_is_restored_exactly(history: Recovery, tmp_path: Path) -> None:
    done = restored(place_at(tmp_path), history.backups, to_position=7)
    assert (done.base, done.position, done.lost_events) == (
        history.bases[0],
        7,
        history.last - 7,
    )


def test_a_position_inside_a_command_is_refused(history: Recovery, tmp_path: Path) -> None:
    with pytest.raises(RestoreFailedError):
        restored(place_at(tmp_path), history.backups, to_position=history.last - 3)


@pytest.mark.parametrize(
    "target",
    [
        {"to_position": 4},
        {"to_time": datetime(2020, 1, 1, tzinfo=UTC)},
        {"to_time": datetime.now(UTC) + timedelta(hours=1)},
    ],
    ids=["a position before the backups", "a moment before them", "the future"],
)
def test_a_target_that_no_backup_reaches_is_refused_before_anything_is_touched(
    history: Recovery, tmp_path: Path, target: dict[str, Any]
) -> None:
    place = place_at(tmp_path)
    with pytest.raises(BackupRefusedError):
        restored(place, history.backups, **target)
    assert not list(place.folder.path.glob("postgres*"))


def test_a_moment_after_the_end_of_the_log_is_named(history: Recovery, tmp_path: Path) -> None:
    with pytest.raises(RestoreFailedError):
        restored(place_at(tmp_path), history.backups, to_time=datetime.now(UTC))


def test_a_folder_without_backups_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupRefusedError):
        restored(place_at(tmp_path), Backups(tmp_path / "elsewhere"))
    with pytest.raises(BackupRefusedError):
        restored(place_at(tmp_path), Backups(tmp_path))


def test_log_that_is_missing_in_the_middle_is_named_and_nothing_is_restored_without_it(
    history: Recovery, tmp_path: Path
) -> None:
    holed = Backups(tmp_path / "holed")
    shutil.copytree(history.backups.path, holed.path)
    shutil.rmtree(holed.path / history.bases[1])
    (first,) = holed.bases()
    hole = [path for path in sorted(holed.wal.iterdir()) if path.name > first.first_segment][1]
    assert len(hole.name) == 24
    hole.unlink()
    with pytest.raises(BackupRefusedError, match=hole.name):
        restored(place_at(tmp_path), holed)


def test_log_that_cannot_be_read_is_not_taken_for_the_end_of_the_log(
    history: Recovery, tmp_path: Path
) -> None:
    closed = Backups(tmp_path / "closed")
    shutil.copytree(history.backups.path, closed.path)
    last = max(path for path in closed.wal.iterdir() if len(path.name) == 24)
    last.chmod(0)
    with pytest.raises(RestoreFailedError, match=last.name):
        restored(place_at(tmp_path), closed)


def test_an_interrupted_restore_makes_no_empty_cluster_and_is_run_again(
    history: Recovery, tmp_path: Path
) -> None:
    place = place_at(tmp_path)
    with place.folder:
        (place.folder.path / "postgres.restoring" / "base").mkdir(parents=True)
        with pytest.raises(ServerFailedError), Postgres(place.folder):
            pass
    assert restored(place, history.backups).position == history.last
