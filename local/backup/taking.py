"""Taking a base backup of a running embedded database, and forgetting old ones."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import sleep
from typing import Any

import orjson
import psycopg
from psycopg.conninfo import conninfo_to_dict

from local.backup.errors import BackupRefusedError
from local.backup.log import lsn
from local.backup.places import CLUSTER, UNFINISHED, Backups, Base, sync_folder, write_manifest
from local.embedded.process import Child
from local.embedded.programs import environment, programs, run
from local.embedded.system_user import grant_traversal, hand_over, server_user

Copied = Callable[[int, int], None]
"""Told how many bytes are done, of how many."""

ELSEWHERE = (
    "This database is not one that `drawbridge up` runs: back it up where it runs (for a managed one, "
    "automatic backups with point-in-time recovery), and after a restore begin an epoch with "
    "`drawbridge db epoch --begin`; see deploy/backup/README.md."
)
_SPARE_BYTES = 256 * 1024 * 1024
_LOOK_SECONDS = 0.2
_VERIFY_SECONDS_MAX = 3600.0
_SERVER = (
    "SELECT current_setting('archive_mode') = 'on', current_setting('archive_library'),"
    " current_setting('basic_archive.archive_directory', true), current_setting('data_directory'),"
    " (SELECT sum(pg_tablespace_size(oid)) FROM pg_tablespace)::bigint"
)
_STREAMED = (
    "SELECT coalesce(max(backup_streamed), 0), coalesce(max(backup_total), 0)"
    " FROM pg_stat_progress_basebackup"
)
_NOW = (
    "SELECT clock_timestamp(), h.position, s.epoch, current_setting('server_version'),"
    " (SELECT system_identifier::text FROM pg_control_system()),"
    " (SELECT version_num FROM public.alembic_version) FROM ledger.head h, ledger.store s"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded database that archives its log.

    Attributes:
        url: of its database.
        backups: the folder that its log is archived in.
        bytes: how much it holds.
    """

    url: str
    backups: Backups
    bytes: int


def server_at(url: str, data_dir: Path) -> Server:
    """The server that is to be backed up.

    Args:
        url: of its database.
        data_dir: of the `drawbridge up` that should be its.

    Raises:
        BackupRefusedError: it is not an embedded one, or does not archive its log.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_SERVER).fetchone()
    archives, library, folder, data_directory, held_bytes = row or (False, "", None, "", 0)
    if Path(data_directory) != data_dir.resolve() / "postgres":
        raise BackupRefusedError(ELSEWHERE)
    if not archives or library != "basic_archive" or not folder:
        raise BackupRefusedError(
            "The database does not archive its log, so a backup could be restored to no later "
            "moment than its own: start it with `drawbridge up --backups DIR`."
        )
    return Server(url, Backups(Path(folder).parent), held_bytes)


def take(server: Server, logs: Path, progress: Copied) -> Base:
    """Take a base backup while the database is at work, and see that every file is as it was read.

    Raises:
        BackupRefusedError: it could not be made; what was made of it is removed.
    """
    folder = server.backups.path
    free = shutil.disk_usage(folder).free
    if free < server.bytes + _SPARE_BYTES:
        raise BackupRefusedError(
            f"{folder} has room for {free:,} bytes; a backup of this database wants "
            f"{server.bytes + _SPARE_BYTES:,}."
        )
    with server.backups.alone():
        return _take(server, logs, progress)


def _take(server: Server, logs: Path, progress: Copied) -> Base:
    folder, user = server.backups.path, server_user()
    name = f"base-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    unfinished = folder / f"{name}{UNFINISHED}"
    unfinished.mkdir(mode=0o700)
    hand_over(unfinished, user)
    if user is not None:
        grant_traversal(folder)
    try:
        _copy(server, unfinished / CLUSTER, logs, user, progress)
        base = _described(server, name, unfinished / CLUSTER)
        _verify(unfinished / CLUSTER, user)
        write_manifest(unfinished, base)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    unfinished.rename(folder / name)
    sync_folder(folder)
    return base


def prune(backups: Backups, keep: int) -> list[str]:
    """Forget all but the newest base backups, and the log that only the forgotten needed.

    Returns:
        The names of those that are gone.
    """
    with backups.alone():
        return _prune(backups, keep)


def _prune(backups: Backups, keep: int) -> list[str]:
    bases = backups.bases()
    kept, old = bases[-keep:], bases[:-keep]
    for base in old:
        going = backups.path / f"{base.name}{UNFINISHED}"
        (backups.path / base.name).rename(going)
        shutil.rmtree(going)
    if kept:
        oldest = min(kept, key=lambda base: base.start_lsn)
        done = run(
            "pg_archivecleanup",
            [backups.wal, oldest.first_segment],
            user=server_user(),
            seconds_max=_VERIFY_SECONDS_MAX,
        )
        if done.returncode != 0:
            raise BackupRefusedError(f"Old log could not be removed: {done.stderr.strip()}")
    return [base.name for base in old]


def _copy(server: Server, to: Path, logs: Path, user: str | None, progress: Copied) -> None:
    parts = conninfo_to_dict(server.url)
    command: list[str | Path] = [programs() / "pg_basebackup", "-D", to, "--format=plain"]
    command += ["--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256"]
    command += ["--no-password", "-h", str(parts["host"]), "-p", str(parts["port"])]
    command += ["-U", str(parts["user"]), "--label", to.parent.name]
    child = Child(
        "pg_basebackup",
        command,
        log=logs / "backup.log",
        env=environment(PGPASSWORD=str(parts.get("password") or "")),
        user=user,
    )
    child.start()
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            while child.alive:
                row = connection.execute(_STREAMED).fetchone()
                if row is not None and row[1]:
                    progress(*row)
                sleep(_LOOK_SECONDS)
    finally:
        child.stop()
    if child.exit_code != 0:
        raise BackupRefusedError(f"The backup was not made. {child.last_words()}")
    progress(server.bytes, server.bytes)


def _described(server: Server, name: str, cluster: Path) -> Base:
    """What is known of a backup just made; its ranges of the log from its own manifest."""
    (needed, *_) = orjson.loads((cluster / "backup_manifest").read_bytes())["WAL-Ranges"]
    with psycopg.connect(server.url, autocommit=True) as connection:
        row: Any = connection.execute(_NOW).fetchone()
    return Base(
        name=name,
        finished_at=row[0],
        position=row[1],
        epoch=row[2],
        revision=row[5],
        version=version("drawbridge"),
        server=row[3],
        system=row[4],
        timeline=needed["Timeline"],
        start_lsn=lsn(needed["Start-LSN"]),
        end_lsn=lsn(needed["End-LSN"]),
        bytes=sum(path.stat().st_size for path in cluster.rglob("*") if path.is_file()),
    )


def _verify(cluster: Path, user: str | None) -> None:
    done = run("pg_verifybackup", [cluster], user=user, seconds_max=_VERIFY_SECONDS_MAX)
    if done.returncode != 0:
        raise BackupRefusedError(f"The backup is not as it was read: {done.stderr.strip()}")
