"""What a restore would do: from which base backup, along which log, to where."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.backup.errors import BackupRefusedError
from local.backup.log import Log, Reach
from local.backup.places import Backups, Base
from local.embedded.postgres import UNFINISHED_RESTORE
from local.embedded.programs import run
from local.embedded.system_user import server_user

ASIDE = "postgres.before-"
_SPARE_BYTES = 256 * 1024 * 1024
_CONTROL_SECONDS_MAX = 30.0
_IDENTIFIER = "Database system identifier:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        backups: the folder of backups.
        data_dir: where the restored database is to lie.
        to_time: the last moment to restore; as late as the log goes unless given.
        to_position: the last event to restore, instead.
        verify: whether to compare the read models with a replay before the end.
    """

    backups: Backups
    data_dir: Path
    to_time: datetime | None = None
    to_position: int | None = None
    verify: bool = False

    @property
    def cluster(self) -> Path:
        """Where the database lies."""
        return self.data_dir / "postgres"

    @property
    def unfinished(self) -> Path:
        """Where it is made."""
        return self.data_dir / UNFINISHED_RESTORE


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """How it is done.

    Attributes:
        base: the backup to begin from.
        reach: how far the log leads from there.
        sources: folders with the log: the archive, and the present cluster's own, which may hold
            what was not archived any more.
    """

    wanted: Wanted
    base: Base
    reach: Reach
    sources: tuple[Path, ...]

    @property
    def target(self) -> str:
        """Where it ends, in words."""
        if self.wanted.to_position is not None:
            return f"position {self.wanted.to_position}"
        if self.wanted.to_time is not None:
            return self.wanted.to_time.isoformat()
        return "the end of the log"


def plan(wanted: Wanted) -> RestorePlan:
    """Choose the base backup, and see that what is needed is there; nothing is changed.

    Raises:
        BackupRefusedError: it cannot be done; the message says why.
    """
    if wanted.to_time is not None and wanted.to_time > datetime.now(UTC):
        raise BackupRefusedError(f"{wanted.to_time.isoformat()} lies in the future.")
    bases = wanted.backups.demand_bases()
    sources = (wanted.backups.wal, *_own_log(wanted, bases))
    log = Log(*sources)
    base = _chosen(wanted, log, bases)
    reach = log.reach(base.start_lsn)
    if reach.missing is not None and wanted.to_time is None and wanted.to_position is None:
        raise BackupRefusedError(
            f"{reach.missing} is missing from {wanted.backups.wal}, although later log is there. "
            f"Without it the log leads no further than {_at(reach.until)}: bring it back, or restore "
            f"that much with --to-time."
        )
    _demand_room(wanted, base)
    return RestorePlan(wanted, base, reach, sources)


def _chosen(wanted: Wanted, log: Log, bases: list[Base]) -> Base:
    """The newest base backup that is not too new."""
    usable = [base for base in bases if log.leads_on(base.timeline, base.end_lsn)]
    if not usable:
        raise BackupRefusedError(
            f"No base backup in {wanted.backups.path} leads to the log there, which is of another "
            "past: is it the folder of another database?"
        )
    early = [base for base in usable if _reaches(wanted, base)]
    if not early:
        oldest = usable[0]
        raise BackupRefusedError(
            f"The oldest base backup, {oldest.name}, ends at {oldest.finished_at.isoformat()} with "
            f"position {oldest.position}: nothing earlier can be restored from {wanted.backups.path}."
        )
    return early[-1]


def _reaches(wanted: Wanted, base: Base) -> bool:
    if wanted.to_position is not None:
        return base.position <= wanted.to_position
    return wanted.to_time is None or base.finished_at <= wanted.to_time


def _own_log(wanted: Wanted, bases: list[Base]) -> list[Path]:
    """The log in the cluster that is to be replaced, if it is one of these backups' database."""
    present = [wanted.cluster]
    if wanted.unfinished.exists():
        # A restore that was interrupted between its last two steps has moved it aside already.
        present += sorted(wanted.data_dir.glob(f"{ASIDE}*"), reverse=True)
    for cluster in present:
        if (cluster / "global" / "pg_control").exists():
            return [cluster / "pg_wal"] if _system(cluster) == bases[-1].system else []
    return []


def _system(cluster: Path) -> str | None:
    told = run("pg_controldata", [cluster], user=server_user(), seconds_max=_CONTROL_SECONDS_MAX)
    for line in told.stdout.splitlines():
        if line.startswith(_IDENTIFIER):
            return line.removeprefix(_IDENTIFIER).strip()
    return None


def _demand_room(wanted: Wanted, base: Base) -> None:
    folder = wanted.data_dir
    while not folder.exists():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, base.bytes + _SPARE_BYTES
    if free < needed:
        raise BackupRefusedError(
            f"{folder} has room for {free:,} bytes; {needed:,} are wanted, for what is there stays."
        )


def _at(moment: datetime | None) -> str:
    return "the base backup" if moment is None else moment.isoformat(timespec="seconds")
