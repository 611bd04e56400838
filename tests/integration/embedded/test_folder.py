"""The data folder: one holder at a time, never in production."""

from pathlib import Path

import pytest

from local.embedded import (
    DataFolder,
    DataFolderInUseError,
    EmbeddedError,
    EmbeddedRefusedError,
    Postgres,
)
from runtime.settings import Environment


def test_production_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedRefusedError):
        DataFolder(tmp_path, environment=Environment.PRODUCTION)


def test_a_held_folder_is_refused_and_names_its_holder(tmp_path: Path) -> None:
    import os

    with (
        DataFolder(tmp_path),
        pytest.raises(DataFolderInUseError, match=str(os.getpid())),
        DataFolder(tmp_path),
    ):
        raise AssertionError("two holders")


def test_a_folder_given_back_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with DataFolder(tmp_path) as folder:
            assert folder.held
    assert not folder.held


def test_a_lock_file_left_by_a_crash_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1\n")
    with DataFolder(tmp_path) as folder:
        assert folder.held


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="Cannot write"), DataFolder(tmp_path / "file" / "data"):
        raise AssertionError("made a folder under a file")


def test_a_server_insists_on_a_held_folder(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="Take the folder first"):
        Postgres(DataFolder(tmp_path)).start()
