"""A server's life: who takes its port away, what it keeps over an end, and what is left of a failed start."""

import socket
import sys
from pathlib import Path

import pytest

from local.embedded import Child, DataFolder, EmbeddedError, ServerFailedError
from local.embedded import server as lives
from local.embedded.server import ProgramServer

_LISTENS = (
    "import socket, sys, time; s = socket.socket();"
    " s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
    " s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(); time.sleep(600)"
)


class Listener(ProgramServer):
    """A program that listens, and does nothing else."""

    start_seconds_max = 20.0
    forgot = 0

    def _program(self) -> Child:
        command = [sys.executable, "-I", "-S", "-c", _LISTENS, str(self.port)]
        return Child(self._name, command, log=self._folder.logs / "listener.log")

    def _forget(self) -> None:
        self.forgot += 1


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def test_it_keeps_its_port_over_a_stop_and_over_a_crash(folder: DataFolder) -> None:
    with folder, Listener(folder, name="It") as it:
        port, pid = it.port, it.pid
        it.stop()
        assert not it.alive
        it.start()
        it.kill()
        it.start()
        assert (it.alive, it.port) == (True, port)
        assert it.pid != pid
    assert not it.alive


def test_a_free_port_that_somebody_takes_first_is_given_up_for_another(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken, folder:
        taken.bind(("127.0.0.1", 0))  # it listens to nobody, but nobody else can
        there = taken.getsockname()[1]
        ports = iter([there, lives.free_port()])
        monkeypatch.setattr(lives, "free_port", lambda: next(ports))
        with Listener(folder, name="It") as it:
            assert it.port != there
            assert it.forgot == 1


def test_a_port_that_was_asked_for_is_tried_again_and_never_given_up(folder: DataFolder) -> None:
    with socket.socket() as taken, folder:
        taken.bind(("127.0.0.1", 0))
        it = Listener(folder, name="It", port=taken.getsockname()[1])
        with pytest.raises(ServerFailedError, match="It ended at its start"):
            it.start()
        assert (it.forgot, it.alive) == (0, False)
        taken.close()
        with it:
            assert it.alive


def test_it_starts_in_a_folder_that_is_ours_only(folder: DataFolder) -> None:
    with pytest.raises(EmbeddedError, match="Take the folder first"):
        Listener(folder, name="It").start()
