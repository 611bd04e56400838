"""Backups of the embedded database, and restores to any moment of its log."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

import migrations
from deploy.backup import (
    BackupRefusedError,
    Backups,
    Restored,
    RestoreFailedError,
    Wanted,
    plan,
    prune,
    restore,
    server_at,
    take,
)
from deploy.cli import app
from deploy.cli.place import Running, announce
from deploy.embedded import Archive, DataFolder, Postgres, ServerFailedError
from runtime.eventstore.epoch import epochs
from runtime.settings import Settings
from tests.office import open_office

pytestmark = [pytest.mark.only_on("embedded"), pytest.mark.timeout(240), pytest.mark.slow]


Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Place:
    """Where a database lies, and its backups."""

    folder: DataFolder
    backups: Backups

    @contextmanager
    def running(self, archive_seconds: int = 1) -> Iterator[Postgres]:
        """The database, archiving its log."""
        with self.folder, Postgres(self.folder, archive=self.archive(archive_seconds)) as server:
            migrations.upgrade(server.url())
            yield server

    def archive(self, seconds: int = 1) -> Archive:
        return Archive(self.backups.wal, seconds)


def place_at(path: Path) -> Place:
    return Place(DataFolder(path / "data"), Backups(path / "backups"))


def originate(url: str, loans: int) -> None:
    """One event a loan."""

    async def work() -> None:
        async with open_office(Settings(database_url=url)) as office:
            for _ in range(loans):
                await office.originate()

    asyncio.run(work())


def backed_up(place: Place, server: Postgres) -> str:
    """Take a base backup; its name."""
    found = server_at(server.url(), place.folder.path)
    return take(found, place.folder.logs, lambda _done, _total: None).name


def archived(url: str) -> None:
    """Wait until all that was written is archived."""
    with psycopg.connect(url, autocommit=True) as connection:
        row: Any = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        for _ in range(400):
            last = connection.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
            if last is not None and (last[0] or "") >= row[0]:
                return
            sleep(0.05)
    raise AssertionError(f"{row[0]} was not archived")


def now(url: str) -> datetime:
    """By the database's clock, apart from what happens before and after."""
    sleep(0.01)
    with psycopg.connect(url) as connection:
        row: Any = connection.execute("SELECT clock_timestamp()").fetchone()
    sleep(0.01)
    assert isinstance(row[0], datetime)
    return row[0]


def restored(place: Place, backups: Backups, **target: Any) -> Restored:
    """Restore into a place."""
    wanted = Wanted(backups, place.folder.path, **target)
    with place.folder:
        return restore(plan(wanted), place.folder, lambda _what, _done, _total: None)


def asked(server: Postgres, question: Callable[[psycopg.Connection[Any]], Answer]) -> Answer:
    """What a running database answers."""
    with psycopg.connect(server.url()) as connection:
        return question(connection)


@dataclass(frozen=True)
class History:
    """A database with a past, and its backups; the database itself is gone.

    Five loans, a base backup, five loans, ``noon``, a loan closed with several events at once, a
    second base backup, and two loans.
    """

    backups: Backups
    bases: list[str]
    noon: datetime
    last: int


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
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
    return History(place.backups, bases, noon, closed + 2)


def test_all_that_was_archived_is_restored_into_an_empty_folder(
    history: History, tmp_path: Path
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
    history: History, tmp_path: Path
) -> None:
    done = restored(place_at(tmp_path), history.backups, to_time=history.noon)
    assert (done.base, done.position) == (history.bases[0], 10)
    assert done.lost_events >= 1


def test_a_position_is_restored_exactly(history: History, tmp_path: Path) -> None:
    done = restored(place_at(tmp_path), history.backups, to_position=7)
    assert (done.base, done.position, done.lost_events) == (
        history.bases[0],
        7,
        history.last - 7,
    )


def test_a_position_inside_a_command_is_refused(history: History, tmp_path: Path) -> None:
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
    history: History, tmp_path: Path, target: dict[str, Any]
) -> None:
    place = place_at(tmp_path)
    with pytest.raises(BackupRefusedError):
        restored(place, history.backups, **target)
    assert not list(place.folder.path.glob("postgres*"))


def test_a_moment_after_the_end_of_the_log_is_named(history: History, tmp_path: Path) -> None:
    with pytest.raises(RestoreFailedError):
        restored(place_at(tmp_path), history.backups, to_time=datetime.now(UTC))


def test_a_folder_without_backups_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupRefusedError):
        restored(place_at(tmp_path), Backups(tmp_path / "elsewhere"))
    with pytest.raises(BackupRefusedError):
        restored(place_at(tmp_path), Backups(tmp_path))


def test_log_that_is_missing_in_the_middle_is_named_and_nothing_is_restored_without_it(
    history: History, tmp_path: Path
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
    history: History, tmp_path: Path
) -> None:
    closed = Backups(tmp_path / "closed")
    shutil.copytree(history.backups.path, closed.path)
    last = max(path for path in closed.wal.iterdir() if len(path.name) == 24)
    last.chmod(0)
    with pytest.raises(RestoreFailedError, match=last.name):
        restored(place_at(tmp_path), closed)


def test_an_interrupted_restore_makes_no_empty_cluster_and_is_run_again(
    history: History, tmp_path: Path
) -> None:
    place = place_at(tmp_path)
    with place.folder:
        (place.folder.path / "postgres.restoring" / "base").mkdir(parents=True)
        with pytest.raises(ServerFailedError), Postgres(place.folder):
            pass
    assert restored(place, history.backups).position == history.last


def test_what_was_not_archived_is_taken_from_the_cluster_that_is_moved_aside(
    tmp_path: Path,
) -> None:
    place = place_at(tmp_path)
    with place.running(archive_seconds=3600) as server:
        originate(server.url(), 2)
        backed_up(place, server)
        originate(server.url(), 5)
        server.kill()
    done = restored(place, place.backups)
    assert done.position == 7
    assert done.aside is not None
    assert (done.aside / "PG_VERSION").exists()


def test_a_restored_database_is_backed_up_and_restored_again(tmp_path: Path) -> None:
    place, second = place_at(tmp_path), place_at(tmp_path / "second")
    with place.running() as server:
        originate(server.url(), 2)
        backed_up(place, server)
        originate(server.url(), 1)
        noon = now(server.url())
        originate(server.url(), 3)
        archived(server.url())
    assert restored(place, place.backups, to_time=noon).position == 3
    with place.running() as server:
        originate(server.url(), 2)
        archived(server.url())
    done = restored(second, place.backups)
    assert done.position == 5
    with second.folder, Postgres(second.folder) as server:
        assert [each.began_after for each in asked(server, epochs)] == [0, 3, 5]


class Shell:
    """Runs commands on a data folder."""

    def __init__(self, place: Place) -> None:
        self._environment = {"DRAWBRIDGE_DATA_DIR": str(place.folder.path)}

    def run(self, *words: object) -> Result:
        given = [str(word) for word in words]
        return CliRunner().invoke(app, given, env=self._environment)

    def refused(self, *words: object) -> bool:
        return type(self.run(*words).exception).__name__.endswith("Error")


def test_the_command_line_backs_up_lists_prunes_and_restores(tmp_path: Path) -> None:
    place, shell = place_at(tmp_path), Shell(place_at(tmp_path))
    assert shell.refused("backup")  # nothing runs
    with place.running() as server:
        announce(place.folder.path, Running("", server.url(), "", kafka_idempotence=False))
        originate(server.url(), 3)
        for _ in range(3):
            taken = shell.run("backup", "--keep", 2, "--json")
            assert taken.exit_code == 0, taken.output
            originate(server.url(), 1)
        assert len(json.loads(taken.stdout)["pruned"]) == 1
        assert shell.refused("backup", "--to", tmp_path / "elsewhere")
        assert shell.refused("restore", "--from", place.backups.path)  # the folder is in use
        archived(server.url())
    listed = json.loads(
        shell.run("backup", "list", "--backups", place.backups.path, "--json").stdout
    )
    assert [each["position"] for each in listed] == [4, 5]
    oldest = place.backups.bases()[0].first_segment
    assert min(path.name for path in place.backups.wal.iterdir() if len(path.name) == 24) >= oldest
    before = sorted(path.name for path in place.folder.path.iterdir())
    dry = shell.run("restore", "--from", place.backups.path, "--dry-run", "--json")
    assert json.loads(dry.stdout)["base"]["position"] == 5
    assert sorted(path.name for path in place.folder.path.iterdir()) == before
    done = shell.run("restore", "--from", place.backups.path, "--json")
    assert json.loads(done.stdout)["position"] == 6
    assert prune(place.backups, 2) == []


def test_a_database_that_archives_nothing_is_not_backed_up(tmp_path: Path) -> None:
    place = place_at(tmp_path)
    with place.folder, Postgres(place.folder) as server, pytest.raises(BackupRefusedError):
        server_at(server.url(), place.folder.path)


def test_a_database_elsewhere_is_not_ours_to_back_up(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupRefusedError):
        server_at(database_url, tmp_path)
