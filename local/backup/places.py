"""Where backups lie: base backups of the database, and its log from then on.

``<folder>/base-<time>/cluster`` is a base backup as PostgreSQL made it, ``manifest.json`` beside it
what we know of it; ``<folder>/wal`` is the archived log.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from local.backup.errors import BackupRefusedError
from local.backup.log import SEGMENT_BYTES, segment_name

MANIFEST = "manifest.json"
CLUSTER = "cluster"
UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class Base:
    """A base backup.

    Attributes:
        name: of its folder.
        finished_at: by the database's clock; no earlier moment can be restored from it.
        position: the last event by then; no earlier one can be restored from it.
        epoch: of the store.
        revision: of the schema.
        version: of Drawbridge.
        server: the version of PostgreSQL.
        system: which cluster it is of; a log of another is of no use to it.
        timeline, start_lsn, end_lsn: the log that it needs, in bytes of that timeline.
        bytes: how large it is.
    """

    name: str
    finished_at: datetime
    position: int
    epoch: UUID
    revision: str | None
    version: str
    server: str
    system: str
    timeline: int
    start_lsn: int
    end_lsn: int
    bytes: int

    @property
    def first_segment(self) -> str:
        """The oldest segment of the log that it needs."""
        return segment_name(self.timeline, self.start_lsn // SEGMENT_BYTES)


class Backups:
    """A folder of backups."""

    def __init__(self, path: Path) -> None:
        """Name the folder."""
        self.path = path.expanduser().resolve()

    @property
    def wal(self) -> Path:
        """The archived log."""
        return self.path / "wal"

    def cluster(self, base: Base) -> Path:
        """The files of a base backup."""
        return self.path / base.name / CLUSTER

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one who changes the folder, and clear away what others left half done.

        Raises:
            BackupRefusedError: another backup is under way.
        """
        with (self.path / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupRefusedError(
                    f"Another backup into {self.path} is under way."
                ) from error
            for left in self.path.glob(f"base-*{UNFINISHED}"):
                shutil.rmtree(left)
            yield

    def bases(self) -> list[Base]:
        """The base backups that are whole, oldest first."""
        found = [_read(path) for path in self.path.glob(f"base-*/{MANIFEST}")]
        return sorted(found, key=lambda base: base.finished_at)

    def demand_bases(self) -> list[Base]:
        """The base backups, oldest first.

        Raises:
            BackupRefusedError: there is none.
        """
        if not self.path.is_dir():
            raise BackupRefusedError(f"{self.path} does not exist: name the folder of the backups.")
        found = self.bases()
        if not found:
            raise BackupRefusedError(
                f"{self.path} holds no base backup: is it the folder that `drawbridge up --backups` "
                "was given? `drawbridge backup` makes one."
            )
        return found


def write_manifest(folder: Path, base: Base) -> None:
    """Keep what is known of a base backup beside it, on the disk."""
    with (folder / MANIFEST).open("w") as manifest:
        manifest.write(json.dumps(asdict(base), indent=2, default=str) + "\n")
        manifest.flush()
        os.fsync(manifest.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, as they were given."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(path: Path) -> Base:
    try:
        told: dict[str, Any] = json.loads(path.read_text())
        told["finished_at"] = datetime.fromisoformat(told["finished_at"])
        told["epoch"] = UUID(told["epoch"])
        return Base(**{field.name: told[field.name] for field in fields(Base)})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupRefusedError(f"{path} cannot be read: {error}") from error
