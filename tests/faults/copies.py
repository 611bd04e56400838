"""Copies of a run's database with something changed, to see whether anybody finds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.faults.run import Run


@contextmanager
def tampered(run: Run, *statements: str) -> Iterator[str]:
    """The address of a copy on which the owner ran some statements; the run's own is at rest."""
    url = run.system.database_url
    original, name = url.rsplit("/", 1)[1], f"copy_{uuid4().hex[:12]}"
    copied, server = url.removesuffix(original) + name, url.removesuffix(original) + "postgres"
    _administer(server, "CREATE DATABASE {} TEMPLATE {}", name, original)
    try:
        with psycopg.connect(copied) as owner:
            owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER append_only")
            for statement in statements:
                owner.execute(statement.encode())
        yield copied
    finally:
        _administer(server, "DROP DATABASE {} WITH (FORCE)", name)


def _administer(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
