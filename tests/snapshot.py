"""A restore to a moment, without a backup: a database as it was, put in the place of what became of it."""

from collections.abc import Awaitable, Callable
from typing import LiteralString, TypeVar
from uuid import uuid4

import psycopg
from psycopg import sql

from runtime.eventstore.epoch import begin_epoch

ShownAnswer = TypeVar("Answer")
_ATTEMPTS_MAX = 5


async def asked_again(ask: Callable[[], Awaitable[ShownAnswer]]) -> ShownAnswer:
    """The answer of an API whose connections were cut, to a caller who asks until it has one."""
    for _ in range(10):
        try:
            return await ask()
        except psycopg.OperationalError:
            continue
    return await ask()


class Snapshot:
    """A database of a test's own, kept as it is at one moment."""

    def __init__(self, server_url: str, database_url: str) -> None:
        self._server_url = server_url
        self._name = database_url.rsplit("/", 1)[1]
        self._kept = f"kept_{uuid4().hex[:12]}"
        self._lost = f"{self._kept}_lost"

    def take(self) -> None:
        """Keep the database as it is now; its connections are cut, and come back."""
        self._alone("CREATE DATABASE {kept} TEMPLATE {name}")
        self._do("ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def restore(self) -> int:
        """What a restore comes to: the same address, an earlier state, another epoch.

        Returns:
            The position after which the epoch begins.
        """
        kept_url = f"{self._server_url.rsplit('/', 1)[0]}/{self._kept}"
        with psycopg.connect(kept_url, autocommit=True) as owner:
            begun = begin_epoch(owner, "restored")
        self._alone("ALTER DATABASE {name} RENAME TO {lost}")
        self._do("ALTER DATABASE {kept} RENAME TO {name}")
        return begun.epoch.began_after

    def drop(self) -> None:
        """Leave nothing behind."""
        self._do("DROP DATABASE IF EXISTS {kept} WITH (FORCE)")
        self._do("DROP DATABASE IF EXISTS {lost} WITH (FORCE)")

    def _alone(self, statement: LiteralString) -> None:
        """Do what wants nobody in the database; who was just coming in is sent out again."""
        for _ in range(_ATTEMPTS_MAX):
            self._cut_off()
            try:
                self._do(statement)
            except psycopg.errors.ObjectInUse:
                continue
            return
        raise AssertionError(f"somebody stays in {self._name}")

    def _cut_off(self) -> None:
        self._do("ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        with psycopg.connect(self._server_url, autocommit=True) as admin:
            # A session takes a moment to end.
            admin.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s",
                [self._name],
            )

    def _do(self, statement: LiteralString) -> None:
        names = {"name": self._name, "kept": self._kept, "lost": self._lost}
        composed = sql.SQL(statement).format(**{k: sql.Identifier(v) for k, v in names.items()})
        with psycopg.connect(self._server_url, autocommit=True) as admin:
            admin.execute(composed)
