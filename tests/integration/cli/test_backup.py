"""Backups of the embedded database by the command line, and what its own log adds to them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from deploy.cli import app
from deploy.cli.place import Running, announce
from local.backup import BackupRefusedError, prune, server_at, take
from local.embedded import Postgres
from runtime.eventstore.epoch import epochs
from tests.integration.cli.backups import (
    Site,
    archived,
    asked,
    backed_up,
    now,
    originate,
    place_at,
    restored,
)

pytestmark = [pytest.mark.only_on("embedded"), pytest.mark.timeout(240), pytest.mark.slow]


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_was_not_archived_is_taken_from_the_cluster_that_is_moved_aside(
    tmp_path: Path, interrupted: bool
) -> None:
    place = place_at(tmp_path)
    with place.running(archive_seconds=3600) as server:
        originate(server.url(), 2)
        backed_up(place, server)
        originate(server.url(), 5)
        server.kill()
    data, aside = place.folder.path, None
    if interrupted:  # between its last two steps
        (data / "postgres.restoring").mkdir()
        aside = (data / "postgres").rename(data / "postgres.before-20260101T000000.000000Z")
    done = restored(place, place.backups)
    assert done.position == 7
    kept = aside or done.aside
    assert kept is not None
    assert (kept / "PG_VERSION").exists()


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


class FolderShell:
    """Runs commands on a data folder."""

    def __init__(self, place: Site) -> None:
        self._environment = {"DRAWBRIDGE_DATA_DIR": str(place.folder.path)}

    def run(self, *words: object) -> Result:
        given = [str(word) for word in words]
        return CliRunner().invoke(app, given, env=self._environment)

    def refused(self, *words: object) -> bool:
        return type(self.run(*words).exception).__name__.endswith("Error")


def test_the_command_line_backs_up_lists_prunes_and_restores(tmp_path: Path) -> None:
    place, shell = place_at(tmp_path), FolderShell(place_at(tmp_path))
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


def test_a_backup_without_room_or_beside_another_is_refused_and_leftovers_go(
    tmp_path: Path,
) -> None:
    place = place_at(tmp_path)
    with place.running() as server:
        found = server_at(server.url(), place.folder.path)
        with pytest.raises(BackupRefusedError):
            take(replace(found, bytes=2**60), place.folder.logs, lambda _done, _total: None)
        with place.backups.alone(), pytest.raises(BackupRefusedError):
            backed_up(place, server)
        left = place.backups.path / "base-20260101T000000.000000Z.unfinished"
        left.mkdir()
        assert place.backups.bases() == []
        backed_up(place, server)
    assert not left.exists()


def test_a_database_that_archives_nothing_is_not_backed_up(tmp_path: Path) -> None:
    place = place_at(tmp_path)
    with place.folder, Postgres(place.folder) as server, pytest.raises(BackupRefusedError):
        server_at(server.url(), place.folder.path)


def test_a_database_elsewhere_is_not_ours_to_back_up(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupRefusedError):
        server_at(database_url, tmp_path)
