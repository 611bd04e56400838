"""A running ``drawbridge up``, started and ended as at a terminal."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Self

import httpx
import psutil

from deploy.cli.output import Exit
from tests.environment import bare

END_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 120.0


class Up:
    """A running ``drawbridge up``."""

    def __init__(self, data_dir: Path, port: int, *words: str, loans: int, **settings: str) -> None:
        environment = bare()
        # Whoever reads what was just written waits for as long as a busy machine needs.
        environment["DRAWBRIDGE_MIN_POSITION_WAIT_SECONDS"] = str(ANSWER_SECONDS_MAX / 2)
        environment |= {f"DRAWBRIDGE_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "deploy.cli", "up", "--no-browser"]
        command += ["--data-dir", str(data_dir), "--port", str(port), "--loans", str(loans)]
        command += words
        self.data_dir = data_dir
        self._notes = data_dir.parent / f"notes-{port}"
        with self._notes.open("a") as notes:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=notes, text=True, env=environment
            )
        self.url = ""
        self.said: list[str] = []

    def wait_until_ready(self) -> "Up":
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("ready "):
                self.url = line.split()[1]
                return self
        self.process.wait()
        raise AssertionError(f"up ended: {self.notes()}")

    def notes(self) -> str:
        return self._notes.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def runs(self, program: str) -> bool:
        """Whether a process of ours is the program."""
        return any(program in _words(each) for each in self.family())

    def members(self, *words: str) -> list[psutil.Process]:
        """The processes of ours whose command lines hold the words."""
        return [each for each in self.family() if set(words) <= set(_words(each))]

    def member(self, *words: str) -> psutil.Process:
        """The first of them.

        Raises:
            StopIteration: there is none.
        """
        return next(iter(self.members(*words)))

    def end(self, *numbers: signal.Signals) -> int:
        """Send signals, one soon after another; returns the exit code once everything is gone."""
        family = self.family()
        for number in numbers:
            self.process.send_signal(number)
            sleep(0.1)
        code = self.process.wait(END_SECONDS_MAX)
        self.close()
        _, alive = psutil.wait_procs(family, timeout=END_SECONDS_MAX)
        assert alive == []
        return code

    def close(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.close()

    @contextmanager
    def client(self, username: str = "admin@demo.test") -> Iterator[httpx.Client]:
        """Signed in, as the administrator unless told otherwise."""
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=ANSWER_SECONDS_MAX) as client:
            account = {"username": username, "password": "drawbridge-demo"}
            granted = client.post("/auth/token", json=account).raise_for_status().json()["data"]
            client.headers["Authorization"] = f"Bearer {granted['access_token']}"
            yield client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            assert self.end(signal.SIGINT) == Exit.DONE


def _words(process: psutil.Process) -> list[str]:
    try:
        return [Path(word).name for word in process.cmdline()]
    except psutil.Error:
        return []
