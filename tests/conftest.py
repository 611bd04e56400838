"""Real servers for the whole suite: one PostgreSQL and one broker a session, a database a test.

A migrated template is made once, and each test's database is copied from it, which takes some
tens of milliseconds where migrating takes a second.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.embedded import Broker, DataFolder, Postgres

_TEMPLATE = "drawbridge_template"


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataFolder]:
    """The folder of this session's servers."""
    with DataFolder(tmp_path_factory.mktemp("servers")) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_url(data_folder: DataFolder) -> Iterator[str]:
    """The address of an administrator's database on a running PostgreSQL."""
    given = os.environ.get("DRAWBRIDGE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with Postgres(data_folder) as server:
        yield server.url("postgres")


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """The name of a database with every migration applied, and nothing else in it."""
    from migrations import upgrade

    name = f"{_TEMPLATE}_{uuid4().hex[:8]}"
    _create(postgres_url, name)
    upgrade(_address(postgres_url, name))
    yield name
    _drop(postgres_url, name)


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """The address of a new database without any tables."""
    yield from _database(postgres_url, template="template0")


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """The address of a new, migrated database, for one test."""
    yield from _database(postgres_url, template=template_database)


@pytest.fixture(scope="module")
def module_database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """The address of a new, migrated database, shared by the tests of one module."""
    yield from _database(postgres_url, template=template_database)


@pytest.fixture(scope="session")
def broker(data_folder: DataFolder) -> Iterator[str]:
    """Host and port of the session's broker; give every test its own topic."""
    given = os.environ.get("DRAWBRIDGE_TEST_KAFKA_BOOTSTRAP")
    if given:
        yield given
        return
    with Broker(data_folder) as server:
        yield server.bootstrap


@pytest.fixture
def restartable_broker(data_folder: DataFolder) -> Iterator[Broker]:
    """A broker of the test's own: ``stop``, ``kill`` and ``start`` it; it comes back empty."""
    with Broker(data_folder, name=f"broker-{uuid4().hex[:8]}") as server:
        yield server


@pytest.fixture
def topic() -> str:
    """A topic name nobody else uses."""
    return f"drawbridge.events.{uuid4().hex[:12]}"


def _database(server_url: str, *, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    _create(server_url, name, template=template)
    yield _address(server_url, name)
    _drop(server_url, name)


def _create(server_url: str, name: str, *, template: str = "template0") -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _administer(server_url, statement.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(server_url: str, name: str) -> None:
    _administer(
        server_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def _administer(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)


def _address(server_url: str, database: str) -> str:
    """The same server, another database, always as a URL."""
    parts = conninfo_to_dict(server_url)
    password = f":{parts['password']}" if parts.get("password") else ""
    host, port = parts.get("host", "127.0.0.1"), parts.get("port", "5432")
    return f"postgresql://{parts.get('user', 'postgres')}{password}@{host}:{port}/{database}"


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder of the project."""
    return Path(__file__).resolve().parent.parent
