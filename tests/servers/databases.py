"""A PostgreSQL of the run's backend."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.embedded import DataFolder, Postgres
from tests.servers.backend import Backend


@contextmanager
def a_database_server(backend: Backend, folder: DataFolder) -> Iterator[str]:
    """The address of an administrator's database on a running PostgreSQL.

    Args:
        backend: of this run.
        folder: an entered data folder.
    """
    if backend is Backend.CONTAINERS:
        from tests.servers.containers import postgres_container

        with postgres_container() as url:
            yield url
        return
    with Postgres(folder) as server:
        yield server.url("postgres")
