"""Connections: in the role of their process, with limits, and patient with a server that starts."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from local.embedded import DataFolder, Postgres
from local.embedded.process import free_port
from runtime.postgres import Process, connect, connect_at_start
from runtime.settings import Settings


@pytest.mark.parametrize("process", ["command", "projector", "query"])
async def test_a_process_is_its_own_role_and_its_clock_is_utc(
    settings: Settings, process: Process
) -> None:
    async with await connect(settings, process) as connection:
        row = await (
            await connection.execute(
                "SELECT current_user, current_setting('timezone'),"
                " current_setting('statement_timeout'), current_setting('application_name')"
            )
        ).fetchone()

    assert row == (f"drawbridge_{process}", "UTC", "30s", f"drawbridge-{process}")


async def test_a_statement_that_runs_too_long_is_stopped(settings: Settings) -> None:
    async with await connect(settings, "query", statement_timeout="50ms") as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            await connection.execute("SELECT pg_sleep(5)")


async def test_a_process_that_starts_before_its_database_waits_for_it(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        server = Postgres(folder, port=free_port())
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as owner:
            owner.execute("CREATE ROLE drawbridge_command NOLOGIN")
        server.stop()

        waiting = asyncio.create_task(
            connect_at_start(Settings(database_url=server.url()), "command")
        )
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await asyncio.to_thread(server.start)

        async with asyncio.timeout(120), await waiting as connection:
            assert not connection.closed
        server.stop()
