"""Every read model rebuilt under load: a worker killed, the command killed, resumed, rolled back.

Nobody who reads meanwhile is refused or shown nothing, and in the end every row is what a replay
of the store gives.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from deploy.cli.output import Exit
from domain.kernel.actors import Role
from projectors.engine import rebuild, run, verify
from projectors.engine.rebuild import Options
from projectors.registry import READ_MODELS, projections
from runtime.http import Api
from runtime.settings import Settings
from runtime.tokens import principal
from tests.integration.projectors.test_rebuild_interrupted import (
    chunks_done,
    closed_gate,
    command,
)
from tests.integration.query.conftest import serving
from tests.office import Office, caught_up, open_office, running
from tests.scenario import OFFICER

LOANS = 3
WAIT_SECONDS_MAX = 300


@dataclass
class Load:
    """Writers and readers that go on until they are told to stop."""

    office: Office
    api: Api
    client: httpx.AsyncClient
    reads: dict[str, int] = field(default_factory=dict)
    written: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, path: str, **params: str) -> None:
        token = self.api.tokens.issue(principal(OFFICER, Role.ADMIN, "Somebody", "a@demo.test"))
        headers = {"authorization": f"Bearer {token}"}
        while not self.over.is_set():
            answer = await self.client.get(f"/api/v1{path}", params=params, headers=headers)
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"], path
            self.reads[path] = self.reads.get(path, 0) + 1
            await asyncio.sleep(0.01)

    async def write(self) -> None:
        while not self.over.is_set():
            await self.office.three_draw_loan()
            self.written += 1
            await asyncio.sleep(0.1)  # What is written meanwhile is rebuilt as well.


@asynccontextmanager
async def under_load(settings: Settings) -> AsyncIterator[Load]:
    async with (
        open_office(settings) as office,
        running(run, settings),
        serving(settings) as (api, client),
    ):
        loans = [await office.three_draw_loan() for _ in range(LOANS)]
        await caught_up(settings.database_url)
        load = Load(office, api, client)
        paths = ("/loans", "/draws", "/journal", f"/loans/{loans[0]}", f"/loans/{loans[0]}/budget")
        async with asyncio.TaskGroup() as group:
            for path in paths:
                group.create_task(load.read(path))
            group.create_task(load.read("/dashboards/portfolio", as_of="2025-06-01"))
            group.create_task(load.write())
            try:
                yield load
            finally:
                load.over.set()
        await caught_up(settings.database_url)


def kill_a_worker(process: subprocess.Popen[str]) -> None:
    """Kill one of a command's worker processes, as the kernel does when memory runs out."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [
        pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(int(workers[0]), signal.SIGKILL)


def killed_half_way(url: str) -> None:
    """A rebuild with one chunk done whose worker is killed first, and then the command itself."""
    with closed_gate(url) as connection:
        running_command = command(url, "--workers", "2")
        until = time.monotonic() + WAIT_SECONDS_MAX
        while chunks_done(connection) == 0 and time.monotonic() < until:
            time.sleep(0.02)
        kill_a_worker(running_command)
        time.sleep(1)  # it is replaced meanwhile
        assert running_command.poll() is None
        running_command.kill()
    running_command.communicate()


async def told(url: str, *words: str) -> str:
    """What a command prints that must succeed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", "projections", *words),
        env=os.environ | {"DRAWBRIDGE_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, remarks = await process.communicate()
    assert process.returncode == Exit.DONE, remarks.decode()
    return out.decode()


@pytest.mark.timeout(900)
async def test_readers_notice_nothing_of_rebuilds_kills_and_rollbacks(database_url: str) -> None:
    settings = Settings(database_url=database_url, authenticated_requests_per_hour=0)
    async with under_load(settings) as load:
        await asyncio.to_thread(killed_half_way, database_url)
        done = json.loads(await told(database_url, "rebuild", "--all", "--json"))
        assert not done["resumed"] or done["events"] > 0
        different = [each["table"] for each in done["tables"] if each["differs"] is not False]
        assert different == []
        await told(database_url, "rollback", "--all")
        await told(database_url, "rollback", "--all")
    assert min(load.reads.values()) > 5
    assert load.written > 0
    verdicts = await verify(settings, READ_MODELS, _silent)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []


async def test_a_wrong_row_shows_in_the_comparison(database_url: str) -> None:
    """The comparison is not blind: one cent more in one new row, and the table differs."""
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office, running(run, settings):
        await office.three_draw_loan()
        await caught_up(database_url)

    def plant(phase: str) -> None:
        if phase == "comparing":
            with psycopg.connect(database_url) as connection:
                connection.execute(
                    "UPDATE read_next.loans SET principal_cents = principal_cents + 1"
                )

    done = await rebuild(settings, projections(["loan_summary"]), _silent, Options(phase=plant))
    assert [each.table for each in done.tables if each.differs] == ["loans"]
    verdicts = await verify(settings, projections(["loan_summary"]), _silent)
    assert [each.table for each in verdicts if not each.agrees] == ["loans"]


def _silent(_done: int, _total: int) -> None:
    pass
