"""The embedded PostgreSQL: durable, restartable, and never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import psutil
import psycopg
import pytest

from local.embedded import DataFolder, Postgres


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    with DataFolder(tmp_path / "data") as held:
        yield held


def _ask(server: Postgres, question: str) -> object:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row and row[0]


def _tell(server: Postgres, statement: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement.encode())


def _gone(pid: int, *, seconds_max: float = 60.0) -> bool:
    deadline = monotonic() + seconds_max
    while monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        sleep(0.05)
    return False


def test_it_is_as_durable_as_a_real_one(folder: DataFolder) -> None:
    with Postgres(folder) as server:
        for parameter in ("fsync", "synchronous_commit", "full_page_writes"):
            assert _ask(server, f"SHOW {parameter}") == "on"
        assert _ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert _ask(server, "SHOW data_checksums") == "on"
        assert int(str(_ask(server, "SHOW server_version_num"))) >= 180000


def test_a_wrong_password_is_refused(folder: DataFolder) -> None:
    with Postgres(folder) as server:
        wrong = server.url().replace("drawbridge:", "drawbridge:x", 1)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(wrong)


def test_it_never_runs_as_root(folder: DataFolder) -> None:
    with Postgres(folder) as server:
        assert psutil.Process(server.pid).uids().effective != 0


def test_a_second_start_on_the_same_folder_keeps_the_data(folder: DataFolder) -> None:
    with Postgres(folder) as server:
        _tell(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        first = server.pid
    assert _gone(first)
    with Postgres(folder) as server:
        assert _ask(server, "SELECT answer FROM kept") == 42


def test_what_was_committed_survives_a_crash_and_the_port_stays(folder: DataFolder) -> None:
    with Postgres(folder) as server:
        address = server.url()
        _tell(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        server.kill()
        assert not server.alive
        server.start()
        assert server.url() == address
        assert _ask(server, "SELECT answer FROM kept") == 42


def test_a_stale_pid_file_naming_a_living_stranger_is_cleared(folder: DataFolder) -> None:
    with Postgres(folder):
        pid_file = folder.path / "postgres" / "postmaster.pid"
        left_behind = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getppid()), *left_behind[1:]]))
    with Postgres(folder) as server:
        assert _ask(server, "SELECT 1") == 1


def test_an_interrupted_creation_starts_over(folder: DataFolder) -> None:
    unfinished = folder.path / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with Postgres(folder) as server:
        assert _ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


def test_two_instances_run_side_by_side(folder: DataFolder, tmp_path: Path) -> None:
    with DataFolder(tmp_path / "other") as other, Postgres(folder) as one, Postgres(other) as two:
        _tell(one, "CREATE TABLE mine ()")
        assert _ask(two, "SELECT to_regclass('mine')") is None


def test_a_path_with_spaces_and_beyond_the_length_of_a_socket_works(tmp_path: Path) -> None:
    deep = tmp_path / "a folder with a name" / ("long" * 20) / ("longer" * 10)
    with DataFolder(deep) as folder, Postgres(folder) as server:
        assert _ask(server, "SELECT 1") == 1


_HOLD = """
import sys
from pathlib import Path
from time import sleep
from local.embedded import Broker, DataFolder, Postgres
with DataFolder(Path(sys.argv[1])) as folder, Postgres(folder) as server, Broker(folder) as broker:
    print(server.pid, broker.pid, flush=True)
    sleep(60)
"""


def test_servers_die_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        servers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(servers) == 2
        parent.send_signal(signal.SIGKILL)
    assert all(_gone(pid) for pid in servers)
    with DataFolder(tmp_path / "data") as folder, Postgres(folder) as server:
        assert _ask(server, "SELECT 1") == 1


def test_ctrl_c_stops_the_servers(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        servers = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGINT)
    assert all(_gone(pid) for pid in servers)
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
