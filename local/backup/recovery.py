"""A server that replays the log into a copied cluster, and that nobody but we can reach.

It listens on a socket in a folder that only its own user may enter, and there without a password:
the one in the cluster is of another machine, perhaps, and lost.
"""

import re
import shlex
import shutil
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psycopg

from local.backup.errors import RestoreFailedError
from local.backup.log import lsn
from local.embedded.postgres import PARAMETERS, USER
from local.embedded.process import Child
from local.embedded.programs import environment, programs
from local.embedded.system_user import hand_over, server_user

Replayed = Callable[[int], None]
"""Told up to which byte of the log the server has come."""

RECOVERY_SECONDS_MAX = 24 * 3600.0
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 60.0
_PORT = 5432  # it names the socket, and is none of the machine's
_LAST_COMMIT = re.compile(r"last completed transaction was at log time (.+?)$", re.MULTILINE)
_REASONS = {
    "recovery ended before configured recovery target": (
        "The log ends before that: what it holds was recorded earlier, or is not archived. Leave "
        "the target out to restore all it holds."
    ),
    "before consistent recovery point": "That lies before the end of the base backup.",
    "could not locate required checkpoint record": "The log of the base backup is missing.",
    "WAL ends before": "The log of the base backup is missing.",
    "is not a child of this server": "The log is of another database, or of another past of it.",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where replaying ends: at one of these, or with the log.

    Attributes:
        time: the last moment to restore; what was committed later is left out.
        before_xid: the transaction before whose commit to stop.
    """

    time: datetime | None = None
    before_xid: str | None = None

    def parameters(self) -> dict[str, str]:
        """Of the server."""
        if self.before_xid is not None:
            return {"recovery_target_xid": self.before_xid, "recovery_target_inclusive": "off"}
        if self.time is not None:
            return {"recovery_target_time": self.time.isoformat()}
        return {}


@dataclass(frozen=True, slots=True)
class Ended:
    """Where replaying ended.

    Attributes:
        lsn: after the last record.
        last_commit_at: when the last transaction in it was committed, as far as the server says.
    """

    lsn: int
    last_commit_at: datetime | None


@dataclass(slots=True)
class Recovery:
    """A server in recovery over a cluster that is ours to change.

    Attributes:
        cluster: its files.
        log: of its words.
        sources: folders that the log is read from, the first that has a segment first.
        target: where to stop.
        is_to_stay: it keeps the log that it writes itself, until it is started with an archive. The
            one that is read is left as it is: this may be a look at the past, and no more.
    """

    cluster: Path
    log: Path
    sources: Sequence[Path]
    target: Target = Target()
    is_to_stay: bool = True
    _user: str | None = field(default_factory=server_user)
    _socket: Path = field(init=False)
    _child: Child = field(init=False)
    _spoke_from: int = field(init=False)

    def __enter__(self) -> Self:
        """Start it; what it finds, it replays."""
        self._socket = Path(tempfile.mkdtemp(prefix="drawbridge-"))
        try:
            self._prepare()
            self._child.start()
        except BaseException:
            shutil.rmtree(self._socket, ignore_errors=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it, with a checkpoint if it may."""
        self._child.stop()
        shutil.rmtree(self._socket, ignore_errors=True)

    @property
    def url(self) -> str:
        """The address of the database, for our own eyes."""
        return f"postgresql://{USER}@/{USER}?host={quote(str(self._socket), safe='')}&port={_PORT}"

    def wait(self, replayed: Replayed) -> Ended:
        """Wait until it has come to its target, or the end of the log, and is a database again.

        Raises:
            RestoreFailedError: it did not come there; the message says why.
        """
        deadline = monotonic() + RECOVERY_SECONDS_MAX
        while (end_lsn := self._end_lsn(replayed)) is None:
            if not self._child.alive:
                raise RestoreFailedError(self._why())
            if monotonic() > deadline:
                raise RestoreFailedError(f"It did not end. {self._child.last_words()}")
            sleep(_LOOK_SECONDS)
        said = _LAST_COMMIT.findall(self._words())
        return Ended(end_lsn, datetime.fromisoformat(said[-1]) if said else None)

    def _end_lsn(self, replayed: Replayed) -> int | None:
        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                row: Any = connection.execute(
                    "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()::text"
                ).fetchone()
        except psycopg.OperationalError:
            return None
        at = lsn(row[1] or "0/0")
        replayed(at)
        return None if row[0] else at

    def _prepare(self) -> None:
        self._socket.chmod(0o700)
        access = self._socket / "access.conf"
        access.write_text("local all all trust\n")
        signal_file = self.cluster / "recovery.signal"
        signal_file.touch()
        for path in (self._socket, access, signal_file):
            hand_over(path, self._user)
        self._spoke_from = self.log.stat().st_size if self.log.exists() else 0
        self._child = Child(
            "PostgreSQL",
            [programs() / "postgres", "-D", self.cluster, *self._parameters(access)],
            log=self.log,
            env=environment(),
            user=self._user,
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            stop_seconds=_STOP_SECONDS,
            signal_at_death=signal.SIGINT,
        )

    def _parameters(self, access: Path) -> list[str]:
        parameters = PARAMETERS | {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": str(self._socket),
            "hba_file": str(access),
            "archive_mode": "on" if self.is_to_stay else "off",
            "archive_command": "",
            "restore_command": _restore_command(self.sources),
            "recovery_target_action": "promote",
            "recovery_target_timeline": "latest",
            **self.target.parameters(),
        }
        return [part for name, value in parameters.items() for part in ("-c", f"{name}={value}")]

    def _words(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._spoke_from)
            return log.read().decode(errors="replace")

    def _why(self) -> str:
        words = self._words()
        for sign, reason in _REASONS.items():
            if sign in words:
                last = _LAST_COMMIT.findall(words)
                return f"{reason} (The last commit in it is of {last[-1]}.)" if last else reason
        return f"PostgreSQL ended. {self._child.last_words()}"


def _restore_command(sources: Sequence[Path]) -> str:
    """Copies a segment from the first folder that has it; fails where none has."""
    copies = []
    for folder in sources:
        held = shlex.quote(str(folder)).replace("%", "%%") + "/%f"
        copies.append(f'{{ test -f {held} && cp {held} "%p"; }}')
    return " || ".join(copies)
