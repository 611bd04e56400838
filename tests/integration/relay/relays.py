"""Relays as processes of their own, to be struck, and who of them leads."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psycopg

from relay.checkpoint import LOCK_KEY
from runtime.settings import Settings
from tests.environment import bare
from tests.office import WAIT_SECONDS_MAX

LOOK_SECONDS = 0.02
PROGRAM = "deploy.cli"


@dataclass(slots=True)
class RelayProcess:
    """A relay that runs, and what it has said."""

    process: subprocess.Popen[bytes]
    log: Path

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def said(self, event: str) -> int:
        """How often it logged an event."""
        return self.log.read_text(errors="replace").count(f'"event": "{event}"')

    async def until_said(self, event: str, times: int = 1) -> None:
        """Wait until it logged an event as often as that."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while self.said(event) < times:
                await asyncio.sleep(LOOK_SECONDS)


@contextmanager
def relay_process(settings: Settings, log: Path, *program: str) -> Iterator[RelayProcess]:
    """A relay at work, killed on the way out.

    Args:
        settings: name the database, the broker and the topic.
        log: what it says.
        program: module and arguments; the command line's relay unless given.
    """
    environment = bare() | {
        "DRAWBRIDGE_DATABASE_URL": settings.database_url,
        "DRAWBRIDGE_KAFKA_IDEMPOTENCE": str(settings.kafka_idempotence),
        "DRAWBRIDGE_KAFKA_TOPIC": settings.kafka_topic,
    }
    if settings.kafka_bootstrap is not None:
        environment["DRAWBRIDGE_KAFKA_BOOTSTRAP"] = settings.kafka_bootstrap
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *(program or (PROGRAM, "relay"))],
            stdout=out,
            stderr=out,
            env=environment,
        )
    try:
        yield RelayProcess(process, log)
    finally:
        for number in (signal.SIGCONT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                process.send_signal(number)
        process.wait()


def leader(settings: Settings) -> int | None:
    """The database session that holds the relays' lock, if one does."""
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(
            "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
            " AND l.classid::bigint = %s",
            [LOCK_KEY],
        ).fetchone()
    return row[0] if row else None


async def led(settings: Settings, *, but: int | None = None) -> int:
    """Wait until a session leads, another one than ``but``; which one."""
    until = monotonic() + WAIT_SECONDS_MAX
    while monotonic() < until:
        found = await asyncio.to_thread(leader, settings)
        if found is not None and found != but:
            return found
        await asyncio.sleep(LOOK_SECONDS)
    raise TimeoutError("no relay leads")


def cut(settings: Settings) -> None:
    """End the session that leads, as an administrator might."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [leader(settings)])
