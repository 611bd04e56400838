"""Connections to PostgreSQL: each process in a role of its own, with limits on every statement."""

from typing import Any, Literal

import psycopg
import stamina
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from runtime.settings import Settings

Process = Literal["command", "projector", "query", "read_owner"]

CONNECT_SECONDS_MAX = 10
START_ATTEMPTS_MAX = 60
START_SECONDS_MAX = 60.0
STATEMENT_SECONDS_MAX = 30


class UnsafeDatabase(RuntimeError):
    """The server may lose what it has acknowledged."""


def conninfo(settings: Settings, process: Process, **options: str) -> str:
    """How a process connects: as its own role, so that it cannot do what it need not.

    Args:
        settings: name the database.
        process: whose role to take, ``drawbridge_<process>``.
        options: further server settings for the session.
    """
    chosen = {
        "role": f"drawbridge_{process}",
        "statement_timeout": f"{STATEMENT_SECONDS_MAX}s",
        "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS_MAX}s",
        "timezone": "UTC",
        **options,
    }
    # A process that freezes while an answer is being sent to it is not idle, and no other limit ends
    # it: the server would wait for it to read on, with all its locks.
    chosen.setdefault("tcp_user_timeout", chosen["idle_in_transaction_session_timeout"])
    # libpq's keepalives and user timeout find out that a server's machine is gone, which the kernel
    # alone would take hours for.
    return make_conninfo(
        settings.database_url,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=20_000,
        options=" ".join(f"-c {name}={value}" for name, value in chosen.items()),
        application_name=f"drawbridge-{process}",
        connect_timeout=CONNECT_SECONDS_MAX,
    )


def pool(
    settings: Settings, process: Process, *, max_size: int | None = None, **options: str
) -> AsyncConnectionPool:
    """A pool of autocommitting connections, opened and closed as a context manager."""
    return AsyncConnectionPool(
        conninfo(settings, process, **options),
        min_size=1,
        max_size=max_size or settings.database_pool_max,
        timeout=CONNECT_SECONDS_MAX,
        open=False,
        kwargs={"autocommit": True},
        name=process,
    )


async def connect(settings: Settings, process: Process, **options: str) -> AsyncConnection[Any]:
    """One autocommitting connection."""
    return await AsyncConnection.connect(conninfo(settings, process, **options), autocommit=True)


async def connect_at_start(
    settings: Settings, process: Process, **options: str
) -> AsyncConnection[Any]:
    """One autocommitting connection to a server that may still be coming up, and that is safe.

    Raises:
        psycopg.OperationalError: it did not answer in time.
        UnsafeDatabase: it answers, but may forget what it acknowledges.
    """
    async for attempt in stamina.retry_context(
        on=psycopg.OperationalError,
        attempts=START_ATTEMPTS_MAX,
        timeout=START_SECONDS_MAX,
        wait_initial=0.1,
        wait_max=2.0,
    ):
        with attempt:
            connection = await connect(settings, process, **options)
    try:
        await check_durable(connection)
    except BaseException:
        await connection.close()
        raise
    return connection


async def check_durable(connection: AsyncConnection[Any]) -> None:
    """Refuse a server or session that may forget what it has acknowledged.

    Raises:
        UnsafeDatabase: ``fsync``, ``synchronous_commit`` or ``full_page_writes`` is off.
    """
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        row = await (await connection.execute(f"SHOW {name}")).fetchone()
        if row is None or row[0] == "off":
            raise UnsafeDatabase(f"{name} is off: an acknowledged command could be lost")
