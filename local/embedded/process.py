"""One program run as a child: its log in a file, its life ended with ours."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep

from local.embedded.errors import ServerFailedError

_LEASH = Path(__file__).with_name("leash.py")
_LOG_BYTES_MAX = 10 * 1024 * 1024
_LOG_TAIL_BYTES = 2_000
_POLL_SECONDS = 0.02
_PORTS = range(20_000, 30_000)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at the moment.

    None of those that the system gives to clients' own ends of connections: such a one may be gone
    before a server listens on it, or while the server is being started again.
    """
    while True:
        port = random.choice(_PORTS)  # noqa: S311  # any will do
        if not port_is_taken(port):
            return port


def port_is_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could not listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


def leashed(
    command: Sequence[str | Path], *, user: str | None, signal_at_death: signal.Signals
) -> list[str]:
    """The same command, run as another user and ended when we die (see ``leash.py``)."""
    leash = [sys.executable, "-I", "-S", str(_LEASH)]
    leash += [str(os.getpid()), str(int(signal_at_death)), user or "-"]
    return leash + [str(part) for part in command]


class Child:
    """A program with a name, restarted as often as one likes.

    Start it from a thread that lives as long as the child should: the kernel takes the end of the
    starting *thread* for the death of the parent.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        stop_signals: Sequence[signal.Signals] = (signal.SIGTERM,),
        stop_seconds: float = 10.0,
        signal_at_death: signal.Signals = signal.SIGKILL,
    ) -> None:
        """Describe the program; nothing runs yet.

        Args:
            name: what to call it in messages.
            command: absolute path of the program, and its arguments.
            log: file its output is appended to; put aside at 10 MiB.
            env: its whole environment; ours if not given.
            user: the system user to become, possible only for root.
            stop_signals: signals to end it with, each given ``stop_seconds`` before the next;
                SIGKILL comes last by itself.
            stop_seconds: patience with each signal.
            signal_at_death: what the kernel sends it when we die without stopping it; nobody is
                left then to see to it that a politer one works.
        """
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._env = env
        self._user = user
        self._stop_signals = stop_signals
        self._stop_seconds = stop_seconds
        self._signal_at_death = signal_at_death
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running program.

        Raises:
            ServerFailedError: it was never started.
        """
        if self._process is None:
            raise ServerFailedError(f"{self.name} was not started")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs or before its start."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Run it; in a session of its own, so that Ctrl-C reaches only us and we end it in order."""
        if self.alive:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own argument list, no shell
                leashed(self._command, user=self._user, signal_at_death=self._signal_at_death),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd="/" if self._user else None,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], *, seconds_max: float) -> None:
        """Wait for it to answer.

        Raises:
            ServerFailedError: it ended, or did not answer in ``seconds_max``.
        """
        deadline = monotonic() + seconds_max
        while not ready():
            if not self.alive:
                raise ServerFailedError(f"{self.name} ended at its start. {self.last_words()}")
            if monotonic() > deadline:
                raise ServerFailedError(
                    f"{self.name} did not answer in {seconds_max:g} s. {self.last_words()}"
                )
            sleep(_POLL_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self._process is not None and self.alive:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a crash would."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """End it, politely first."""
        if self._process is None:
            return
        for number in self._stop_signals:
            self.signal(number)
            try:
                self._process.wait(self._stop_seconds)
            except subprocess.TimeoutExpired:
                continue
            return
        self.kill()

    def last_words(self) -> str:
        """The end of its log, for messages."""
        if not self.log.exists():
            return f"It wrote no log ({self.log})."
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            tail = log.read().decode(errors="replace").strip()
        return f"Its log, {self.log}, ends:\n{tail}"
