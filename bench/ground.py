"""What benchmarks stand on: servers of their own, in a folder that goes with them."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from bench.compare import CannotMeasureError
from deploy.errors import RefusedError
from deploy.preparing import prepare
from local.embedded import Broker, DataFolder, Postgres
from runtime.settings import Settings

ROUNDS = 3
_NOT_OURS = ("DRAWBRIDGE_DATABASE_URL", "DRAWBRIDGE_KAFKA_BOOTSTRAP")
_GIGABYTE = 10**9


@dataclass(slots=True)
class Ground:
    """Where a benchmark measures, and how thoroughly.

    Attributes:
        folder: of the servers; gone afterwards.
        server: PostgreSQL, as durable as in production.
        rounds: how often each side is measured.
        quick: whether smaller figures will do.
        only: names of the comparisons that are wanted.
    """

    folder: DataFolder
    server: Postgres
    rounds: int = ROUNDS
    quick: bool = False
    only: frozenset[str] = frozenset()
    _started: ExitStack = field(default_factory=ExitStack)
    _broker: Broker | None = None

    @property
    def bootstrap(self) -> str:
        """Host and port of a broker, started when first asked for."""
        if self._broker is None:
            self._broker = self._started.enter_context(Broker(self.folder))
        return self._broker.bootstrap

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """The address of a new, migrated database, which is dropped afterwards."""
        with self.empty_database(name) as url:
            prepare(url)
            yield url

    @contextmanager
    def empty_database(self, name: str) -> Iterator[str]:
        """The address of a new database without any tables, which is dropped afterwards."""
        identity = sql.Identifier(name)
        self._administer(sql.SQL("CREATE DATABASE {}").format(identity))
        try:
            yield self.server.url(name)
        finally:
            self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identity))

    def demand_room(self, gigabytes: float) -> None:
        """Refuse what would fill the disk.

        Raises:
            CannotMeasureError: less is free where the servers write.
        """
        free = shutil.disk_usage(self.folder.path).free / _GIGABYTE
        if free < gigabytes:
            raise CannotMeasureError(
                f"it needs {gigabytes:g} GB in {self.folder.path.parent}, where {free:.0f} are free"
            )

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def own_servers(rounds: int, *, quick: bool, only: frozenset[str]) -> Iterator[Ground]:
    """Start PostgreSQL in a temporary folder.

    Raises:
        RefusedError: the environment names servers of somebody else.
    """
    for name in _NOT_OURS:
        if name in os.environ:
            raise RefusedError(
                f"{name} is set. Benchmarks fill, kill and drop what they run on, so they only "
                "run on servers that they start themselves: unset it."
            )
    with (
        tempfile.TemporaryDirectory(prefix="drawbridge-bench-") as place,
        DataFolder(Path(place), environment=Settings().environment) as folder,
        Postgres(folder) as server,
        ExitStack() as started,
    ):
        yield Ground(folder, server, rounds, quick, only, started)
