"""A server's life, the same for each: started on a port that it keeps, ended in order or killed.

Server              is entered and left
└── ProgramServer   is a program of this machine, in an entered data folder
"""

import socket
from abc import ABC, abstractmethod
from time import sleep
from types import TracebackType
from typing import Self

from local.embedded.errors import ServerFailedError
from local.embedded.folder import DataFolder
from local.embedded.process import Child, free_port

_START_ATTEMPTS_MAX = 3
_START_PAUSE_SECONDS = 0.5


class Server(ABC):
    """What is started by entering it, and gone once it is left."""

    @abstractmethod
    def start(self) -> None:
        """Run it and wait until it answers; again, with what it kept, if it has ended."""

    @abstractmethod
    def stop(self) -> None:
        """End it in order."""

    @abstractmethod
    def kill(self) -> None:
        """End it as a crash would."""

    def leave(self) -> None:
        """End it for good."""
        self.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # Ctrl-C while it comes up, too
            self.leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()


class ProgramServer(Server):
    """A program that listens on a port of 127.0.0.1, and after a restart on the same one."""

    start_seconds_max = 60.0

    def __init__(self, folder: DataFolder, *, name: str, port: int | None = None) -> None:
        """Describe the server; nothing runs yet.

        Args:
            folder: an entered data folder.
            name: what to call it in messages.
            port: on 127.0.0.1; a free one if not given.
        """
        self._folder = folder
        self._name = name
        self._port = port
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """The process id of the program."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.alive

    def start(self) -> None:
        """Run it and wait until it answers, on the port it had, or on a free one until one holds.

        Another process may take a free port between our look and the server's, and what is left of
        a killed server may need a moment to let go of its port or its memory.

        Raises:
            ServerFailedError: it did not come up; the message carries the end of its log.
        """
        self._folder.demand_held()
        bound = self._port
        for attempt in range(1, _START_ATTEMPTS_MAX + 1):
            self._port = bound or free_port()
            self._prepare()
            self._child = self._program()
            self._child.start()
            try:
                self._child.wait_until(self._answers, seconds_max=self.start_seconds_max)
            except ServerFailedError:
                self._child.stop()
                self._port = bound
                if bound is None:
                    self._forget()
                if attempt == _START_ATTEMPTS_MAX:
                    raise
                sleep(_START_PAUSE_SECONDS)
            else:
                return

    def stop(self) -> None:
        """End it as an operator would."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End it as a crash would; what the next start finds is what the program keeps."""
        self._running().kill()

    @property
    def port(self) -> int:
        """On which it listens.

        Raises:
            ServerFailedError: it was not started.
        """
        if self._port is None:
            raise ServerFailedError(f"{self._name} was not started")
        return self._port

    def _running(self) -> Child:
        if self._child is None:
            raise ServerFailedError(f"{self._name} was not started")
        return self._child

    def _prepare(self) -> None:
        """Make what the program needs to find, before each of its starts."""

    @abstractmethod
    def _program(self) -> Child:
        """The program, told to listen on its port."""

    def _answers(self) -> bool:
        """Whether somebody listens on its port."""
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _forget(self) -> None:
        """Undo what was made for a port that did not hold."""
