"""A machine to lose: database, API and projectors over one data folder."""

import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self
from urllib.error import URLError
from uuid import UUID

import psycopg

from deploy.cli.progress import is_caught_up
from deploy.preparing import prepare
from local.backup.drill.clients import ask
from local.backup.errors import BackupRefusedError
from local.embedded import Archive, Child, DataFolder, Postgres, free_port

_READY_SECONDS_MAX = 90.0
_LOOK_SECONDS = 0.05
_REQUESTS_PER_HOUR = "10000000"


class Machine:
    """Everything that serves clients, on one data folder; a context manager."""

    def __init__(self, path: Path, archive: Archive) -> None:
        """Describe it; nothing runs yet."""
        self.folder = DataFolder(path)
        self._archive = archive
        self._stack = ExitStack()
        self._postgres: Postgres | None = None
        self._processes: list[Child] = []
        self._port = free_port()

    @property
    def url(self) -> str:
        """Of the API."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def database_url(self) -> str:
        """Of the database."""
        if self._postgres is None:
            raise BackupRefusedError("the machine was not started")
        return self._postgres.url()

    def __enter__(self) -> Self:
        try:
            self._stack.enter_context(self.folder)
            self._postgres = Postgres(self.folder, archive=self._archive)
            self._stack.enter_context(self._postgres)
            prepare(self._postgres.url())
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.kill()
        self._stack.close()

    def serve(self) -> None:
        """Start the API and the projectors, and wait until the API answers and reads are exact.

        Raises:
            BackupRefusedError: they did not come up in time.
        """
        environment = {
            **os.environ,
            "DRAWBRIDGE_DATABASE_URL": self.database_url,
            "DRAWBRIDGE_AUTHENTICATED_REQUESTS_PER_HOUR": _REQUESTS_PER_HOUR,
            "DRAWBRIDGE_ANONYMOUS_REQUESTS_PER_HOUR": _REQUESTS_PER_HOUR,
        }
        environment.pop("DRAWBRIDGE_KAFKA_BOOTSTRAP", None)
        for name, words in (
            ("api", ["serve", "all", "--port", str(self._port)]),
            ("read", ["project"]),
        ):
            command = [sys.executable, "-m", "deploy.cli", *words]
            log = self.folder.logs / f"{name}.log"
            self._processes.append(Child(name, command, log=log, env=environment))
            self._processes[-1].start()
        deadline = monotonic() + _READY_SECONDS_MAX
        while not (self._answers() and self._is_exact()):
            if monotonic() > deadline:
                raise BackupRefusedError(f"The API did not come up; see {self.folder.logs}.")
            sleep(_LOOK_SECONDS)

    def lose(self) -> None:
        """End everything as a fire would, and leave nothing of the database."""
        if self._postgres is not None:
            self._postgres.kill()
        for process in self._processes:
            process.kill()
        # Its own processes notice a moment later that it is gone, and may still write.
        deadline = monotonic() + _READY_SECONDS_MAX
        while (self.folder.path / "postgres").exists() and monotonic() < deadline:
            shutil.rmtree(self.folder.path / "postgres", ignore_errors=True)

    def present(self) -> set[tuple[UUID, str]]:
        """Every event in the store, by its stream and name."""
        with psycopg.connect(self.database_url) as connection:
            rows = connection.execute("SELECT stream_id, type FROM ledger.events").fetchall()
        return {(stream_id, name) for stream_id, name in rows}

    def _answers(self) -> bool:
        try:
            return bool(ask(f"{self.url}/health")["status"] == "ok")
        except (URLError, OSError, ValueError, KeyError):
            return False

    def _is_exact(self) -> bool:
        with psycopg.connect(self.database_url) as connection:
            return is_caught_up(connection)
