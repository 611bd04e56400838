"""An embedded database with backups, and how a test takes and restores them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

import psycopg

from deploy.preparing import prepare
from local.backup import Backups, Restored, Wanted, plan, restore, server_at, take
from local.embedded import Archive, DataFolder, Postgres
from runtime.settings import Settings
from tests.office import open_office

Reply = TypeVar("Answer")


@dataclass(frozen=True)
class Site:
    """Where a database lies, and its backups."""

    folder: DataFolder
    backups: Backups

    @contextmanager
    def running(self, archive_seconds: int = 1) -> Iterator[Postgres]:
        """The database, archiving its log."""
        with self.folder, Postgres(self.folder, archive=self.archive(archive_seconds)) as server:
            prepare(server.url())
            yield server

    def archive(self, seconds: int = 1) -> Archive:
        return Archive(self.backups.wal, seconds)


def place_at(path: Path) -> Site:
    return Site(DataFolder(path / "data"), Backups(path / "backups"))


def originate(url: str, loans: int) -> None:
    """One event a loan."""

    async def work() -> None:
        async with open_office(Settings(database_url=url)) as office:
            for _ in range(loans):
                await office.originate()

    asyncio.run(work())


def backed_up(place: Site, server: Postgres) -> str:
    """Take a base backup; its name."""
    found = server_at(server.url(), place.folder.path)
    return take(found, place.folder.logs, lambda _done, _total: None).name


def archived(url: str) -> None:
    """Wait until all that was written is archived."""
    with psycopg.connect(url, autocommit=True) as connection:
        row: Any = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        for _ in range(2400):
            last = connection.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
            if last is not None and (last[0] or "") >= row[0]:
                return
            sleep(0.05)
    raise AssertionError(f"{row[0]} was not archived")


def now(url: str) -> datetime:
    """By the database's clock, apart from what happens before and after."""
    sleep(0.01)
    with psycopg.connect(url) as connection:
        row: Any = connection.execute("SELECT clock_timestamp()").fetchone()
    sleep(0.01)
    assert isinstance(row[0], datetime)
    return row[0]


def restored(place: Site, backups: Backups, **target: Any) -> Restored:
    """Restore into a place."""
    wanted = Wanted(backups, place.folder.path, **target)
    with place.folder:
        return restore(plan(wanted), place.folder, lambda _what, _done, _total: None)


def asked(server: Postgres, question: Callable[[psycopg.Connection[Any]], Reply]) -> Reply:
    """What a running database answers."""
    with psycopg.connect(server.url()) as connection:
        return question(connection)
