"""The schema of the database, step by step: every revision goes up and down."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

LOCK_KEY = 0x6472_6D67  # "drmg": one migration of a database at a time


def upgrade(url: str, revision: str = "head") -> None:
    """Apply migrations up to a revision; two that start at once take turns."""
    with _exclusive(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back down to a revision (``base`` for all), with the data they hold."""
    with _exclusive(url) as config:
        command.downgrade(config, revision)


def current(url: str) -> str | None:
    """The revision a database is at; `None` before the first."""
    with _connect(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision there is; Alembic raises `CommandError` when the chain has forked."""
    return _scripts().get_current_head()


def pending(url: str) -> tuple[str, ...]:
    """The revisions a database has yet to be given, oldest first."""
    missing = _scripts().iterate_revisions("head", current(url) or "base")
    return tuple(script.revision for script in missing)[::-1]


def sqlalchemy_url(url: str) -> str:
    """The address of a database as SQLAlchemy wants it: with psycopg by name."""
    return f"postgresql+psycopg://{url.partition('://')[2]}"


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    with create_engine(sqlalchemy_url(url), poolclass=NullPool).connect() as connection:
        yield connection


@contextmanager
def _exclusive(url: str) -> Iterator[Config]:
    with _connect(url) as lock, _connect(url) as connection:
        lock.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        yield _config(connection)
