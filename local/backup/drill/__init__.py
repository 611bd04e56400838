"""The drill: a database lost on purpose, restored from its backups alone, and what that cost.

Twice: the machine is lost while clients write, and everything is restored that was archived; and
the store is restored to a moment before a bad day, while what came after is known.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from local.backup.checking import check
from local.backup.drill.clients import Clients, sign_in
from local.backup.drill.judging import Command, Judged, after_disaster, at_moment
from local.backup.drill.machine import Machine
from local.backup.errors import BackupRefusedError
from local.backup.places import Backups
from local.backup.plans import Wanted, plan
from local.backup.restoring import restore
from local.backup.taking import server_at, take
from local.embedded import Archive, DataFolder
from runtime.postgres import pool
from runtime.settings import Environment, Settings
from runtime.users import create_demo_users

CLIENTS = 4
ARCHIVING_SECONDS_MAX = 10.0
"""What copying a segment of the log to the archive, and to its disk, may take on a busy machine."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found.

    Attributes:
        disaster: what became of the commands when the machine was lost.
        moment: what of them was there at the moment before the bad day.
        promised_seconds: how much the disaster may have cost: archiving by time, and its duration.
        rto_seconds: from the decision to restore until the API answered and reads were exact.
        moment_seconds: what the restore to the moment took.
        position: of the last event that was restored.
        faults: of the restored stores and their read models.
    """

    disaster: Judged
    moment: Judged
    promised_seconds: float
    rto_seconds: float
    moment_seconds: float
    position: int
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every promise held, and the drill was one: something was written and survived."""
        faults = (*self.faults, *self.disaster.faults, *self.moment.faults)
        return not faults and self.disaster.survived > 0 and self.moment.survived > 0

    def told(self) -> list[str]:
        """It in words."""
        lost = self.disaster.acknowledged - self.disaster.survived
        return [
            f"RPO {self.disaster.rpo_seconds:.2f} s, of {self.promised_seconds:g} s at most: "
            f"{lost} of {self.disaster.acknowledged} acknowledged commands lost",
            f"RTO {self.rto_seconds:.2f} s, until the API answered and the read side was exact",
            f"restored up to position {self.position}",
            f"to a moment before a bad day in {self.moment_seconds:.2f} s: all "
            f"{self.moment.survived} commands acknowledged by then are there, none sent after",
            *self.faults,
            *self.disaster.faults,
            *self.moment.faults,
        ]


@dataclass(frozen=True, slots=True)
class Lost:
    """A machine that is no more, and what is known of it.

    Attributes:
        backups: what is left.
        commands: that its clients sent.
        moment: before the bad day, in seconds since 1970; ``disaster_at`` likewise.
    """

    backups: Backups
    commands: list[Command]
    moment: float
    disaster_at: float


def run(place: Path | None, seconds: float, archive_seconds: int, tell: Tell) -> Drilled:
    """Do the drill.

    Args:
        place: an empty folder; one of its own, removed afterwards, unless given.
        seconds: how long clients write.
        archive_seconds: how long a record waits at most to be archived.
        tell: told what is being done.

    Raises:
        BackupRefusedError: it could not be done at all.
    """
    if Settings().environment is Environment.PRODUCTION:
        raise BackupRefusedError("A drill uses embedded servers, which are not for production.")
    with _place(place) as folder:
        lost = lose(folder, seconds, archive_seconds, tell)
        return judge(folder, lost, archive_seconds + ARCHIVING_SECONDS_MAX, tell)


def lose(folder: Path, seconds: float, archive_seconds: int, tell: Tell) -> Lost:
    """Let clients write to a machine, back it up meanwhile, and lose it."""
    backups = Backups(folder / "backups")
    tell("starting a machine")
    with Machine(folder / "lost", Archive(backups.wal, archive_seconds)) as machine:
        asyncio.run(_make_users(machine.database_url))
        machine.serve()
        api = f"{machine.url}/api/v1"
        clients = Clients(api, sign_in(api))
        began_at = time.time()
        with clients.at_work(CLIENTS):
            tell("clients write, and a base backup is taken")
            time.sleep(seconds * 0.2)
            server = server_at(machine.database_url, machine.folder.path)
            take(server, machine.folder.logs, lambda _done, _total: None)
            time.sleep(seconds * 0.2)
            moment = time.time()
            tell("the bad day begins")
            time.sleep(max(seconds - (moment - began_at), seconds * 0.3))
            tell("the machine is lost")
            disaster_at = time.time()
            machine.lose()
    return Lost(backups, list(clients.commands), moment, disaster_at)


def judge(folder: Path, lost: Lost, promised_seconds: float, tell: Tell) -> Drilled:
    """Restore what was lost, twice, and hold it against what clients were told."""
    tell("restoring all that was archived")
    began = time.monotonic()
    position, _ = _restored(folder / "restored", lost.backups)
    with Machine(folder / "restored", Archive(folder / "archived-anew" / "wal")) as machine:
        machine.serve()
        rto_seconds = time.monotonic() - began
        disaster = after_disaster(
            lost.commands,
            machine.present(),
            disaster_at=lost.disaster_at,
            promised_seconds=promised_seconds,
        )
        faults = _faults(machine)
    tell("restoring to the moment before the bad day")
    _, moment_seconds = _restored(folder / "before", lost.backups, lost.moment)
    with Machine(folder / "before", Archive(folder / "archived-aside" / "wal")) as machine:
        moment = at_moment(lost.commands, machine.present(), moment=lost.moment)
        faults += _faults(machine, read_models=False)
    return Drilled(
        disaster, moment, promised_seconds, rto_seconds, moment_seconds, position, tuple(faults)
    )


@contextmanager
def _place(given: Path | None) -> Iterator[Path]:
    if given is None:
        with tempfile.TemporaryDirectory(prefix="drawbridge-drill-") as made:
            yield Path(made)
        return
    given.mkdir(parents=True, exist_ok=True)
    if any(given.iterdir()):
        raise BackupRefusedError(f"{given} is not empty: a drill works in a folder of its own.")
    yield given


async def _make_users(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    async with pool(settings, "command") as database:
        await create_demo_users(database, settings.environment)


def _restored(path: Path, backups: Backups, moment: float | None = None) -> tuple[int, float]:
    """The position restored, and the seconds it took."""
    to_time = None if moment is None else datetime.fromtimestamp(moment, UTC)
    with DataFolder(path) as folder:
        wanted = Wanted(backups, folder.path, to_time)
        done = restore(plan(wanted), folder, lambda _what, _done, _total: None)
    return done.position, done.seconds


def _faults(machine: Machine, *, read_models: bool = True) -> list[str]:
    """What is wrong with a restored store, and with what is read of it."""
    from projectors import engine
    from projectors.registry import READ_MODELS

    with psycopg.connect(machine.database_url) as connection:
        found = list(check(connection).faults)
    if read_models:
        settings = Settings(database_url=machine.database_url)
        verdicts = asyncio.run(engine.verify(settings, READ_MODELS, lambda _done, _total: None))
        found += [f"{each.table} is not as a replay" for each in verdicts if not each.agrees]
    return found
