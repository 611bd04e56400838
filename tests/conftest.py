"""Real servers for the whole suite: one PostgreSQL and one broker a session, a database a test.

Which servers they are is DRAWBRIDGE_TEST_BACKEND's to say, and nobody's but this file's to ask. A
migrated template is made once, and each test's database is copied from it, which takes some tens of
milliseconds where migrating takes a second.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

import domain.capabilities  # noqa: F401  # fills the catalogue
from local.embedded import DataFolder
from tests import refused, servers, thoroughness  # noqa: F401  # says how many examples there are
from tests.servers import Backend, BrokerServer

_TEMPLATE = "drawbridge_template"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this suite."""
    parser.addoption(
        "--every-refusal",
        action="store_true",
        help="fail where a declared refusal is met by no test, as a run of the whole suite does",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Stop at once, with one line, where the servers that were asked for cannot run."""
    config.pluginmanager.register(refused)
    _log_plainly()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell begins in the background so, and what tests start would never hear Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        servers.demand(servers.chosen())
    except servers.ServersMissing as reason:
        raise pytest.UsageError(str(reason)) from None


def _log_plainly() -> None:
    """Tracebacks as Python writes them: with their sources and locals each takes a quarter second."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that are about other servers than this run's."""
    backend = servers.chosen()
    left_out = [
        item
        for item in items
        if any(backend not in marker.args for marker in item.iter_markers("only_on"))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def backend() -> Backend:
    """Which servers this run is on."""
    return servers.chosen()


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataFolder]:
    """The folder of this session's servers."""
    with DataFolder(tmp_path_factory.mktemp("servers")) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_url(data_folder: DataFolder, backend: Backend) -> Iterator[str]:
    """The address of an administrator's database on a running PostgreSQL."""
    given = os.environ.get("DRAWBRIDGE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with servers.a_database_server(backend, data_folder) as url:
        yield url


@pytest.fixture(scope="session")
def quick_crews() -> None:
    """Replays in this process have workers that need not import everything anew each time."""
    from projectors.engine.rebuild import crew

    crew.CONTEXT = multiprocessing.get_context("forkserver")
    crew.CONTEXT.set_forkserver_preload(["projectors.engine.rebuild.worker", "projectors.registry"])


@pytest.fixture(scope="session")
def template_database(postgres_url: str, quick_crews: None) -> Iterator[str]:
    """The name of a database with every migration and read model applied, and nothing else in it."""
    from deploy.preparing import prepare

    name = f"{_TEMPLATE}_{uuid4().hex[:8]}"
    _create(postgres_url, name)
    prepare(_address(postgres_url, name))
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
def broker(data_folder: DataFolder, backend: Backend) -> Iterator[str]:
    """Host and port of the session's broker; give every test its own topic."""
    given = os.environ.get("DRAWBRIDGE_TEST_KAFKA_BOOTSTRAP")
    if given:
        yield given
        return
    with servers.a_broker(backend, data_folder, name="broker") as server:
        yield server.bootstrap


@pytest.fixture
def on_broker(broker: str, topic: str, backend: Backend) -> dict[str, Any]:
    """The settings of a process that uses the session's broker, with a topic of the test's own."""
    idempotence = backend is not Backend.EMBEDDED  # Tansu refuses such a producer
    return {"kafka_bootstrap": broker, "kafka_topic": topic, "kafka_idempotence": idempotence}


@pytest.fixture(scope="session")
def named_servers(
    request: pytest.FixtureRequest, backend: Backend
) -> Iterator[Callable[[], dict[str, str]]]:
    """What a new `drawbridge up` is told of servers: nothing where it is to bring its own."""
    if backend is Backend.EMBEDDED:
        yield dict
        return
    with ExitStack() as made:

        def named() -> dict[str, str]:
            settings = {
                "kafka_bootstrap": request.getfixturevalue("broker"),
                "kafka_topic": f"drawbridge.events.{uuid4().hex[:12]}",
                "kafka_idempotence": "true",
            }
            if backend is Backend.CONTAINERS:
                server_url = request.getfixturevalue("postgres_url")
                database = contextmanager(_database)(server_url, template="template0")
                settings["database_url"] = made.enter_context(database)
            return settings

        yield named


@pytest.fixture
def restartable_broker(data_folder: DataFolder, backend: Backend) -> Iterator[BrokerServer]:
    """A broker of the test's own: stop it, kill it, start it, empty it."""
    with servers.a_broker(backend, data_folder, name=f"broker-{uuid4().hex[:8]}") as server:
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
