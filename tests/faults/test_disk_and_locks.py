"""R9: a full disk, a restarted database, somebody who hangs on the head's lock.

Whoever asks meanwhile is told 503 and when to come back; nothing acknowledged is lost, nothing is
done twice, and once the cause is gone the same process goes on by itself.
"""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from deploy.preparing import prepare
from domain.kernel.actors import Role
from local.embedded import DataFolder, Postgres
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from tests.integration.http import bodies
from tests.integration.http.conftest import SERVICER, serving
from tests.integration.http.test_life_of_a_draw import head

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.only_on("embedded")]

DISK_MEBIBYTES = 256
BALLAST_BYTES = 4096
RECOVERY_SECONDS_MAX = 120
CALLERS = 8


def mounted(folder: Path) -> bool:
    """Whether a small file system could be mounted on the folder."""
    if os.geteuid() != 0:
        return False
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEBIBYTES}m", "tmpfs", str(folder)]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted(folder):
        pytest.skip("a small file system can be mounted by root only, and not in every container")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    with DataFolder(tmp_path / "own") as folder, Postgres(folder) as running:
        prepare(running.url())
        yield running


class Caller:
    """Originates loans through the API, each until it is known to be done; keeps what it was told."""

    def __init__(self, post: Callable[..., Awaitable[httpx.Response]]) -> None:
        self._post = post
        self.stop = asyncio.Event()
        self.done: dict[str, tuple[Any, bytes]] = {}
        self.turned_away: list[httpx.Response] = []

    async def work(self) -> None:
        while not self.stop.is_set():
            key, body = uuid4().hex, bodies.loan(uuid4())
            while True:
                answer = await self._post("/loans", json=body, headers={"idempotency-key": key})
                if answer.status_code == 201:
                    self.done[key] = (body, answer.content)
                    break
                self.turned_away.append(answer)
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.01)

    async def more(self, commands: int, seconds_max: float) -> None:
        """Return once so many more are done."""
        wanted = len(self.done) + commands
        async with asyncio.timeout(seconds_max):
            while len(self.done) < wanted:
                await asyncio.sleep(0.02)

    async def refused(self, answers: int, seconds_max: float) -> None:
        """Return once so many more were turned away."""
        wanted = len(self.turned_away) + answers
        async with asyncio.timeout(seconds_max):
            while len(self.turned_away) < wanted:
                await asyncio.sleep(0.02)


Trouble = Callable[[Caller], Awaitable[None]]


async def through(settings: Settings, trouble: Trouble) -> Caller:
    """Some callers at work before, during and after the trouble."""
    token = Tokens(settings.token_keys, settings.access_token_lifetime).issue(
        principal(SERVICER, Role.SERVICING, "S", "s@x.test")
    )
    headers = {"authorization": f"Bearer {token}"}
    async with (
        serving(settings) as api,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=api),
            base_url="http://command/api/v1",
            headers=headers,
            timeout=30,
        ) as client,
    ):
        caller = Caller(client.post)
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(caller.work())
            await caller.more(3 * CALLERS, RECOVERY_SECONDS_MAX)
            await trouble(caller)
            await caller.more(3 * CALLERS, RECOVERY_SECONDS_MAX)
            caller.stop.set()
        for key, (body, content) in caller.done.items():  # what was answered stays the answer
            again = await client.post("/loans", headers={"idempotency-key": key}, json=body)
            assert again.content == content
    assert {answer.status_code for answer in caller.turned_away} <= {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in caller.turned_away)
    assert await head(settings) == len(caller.done)
    assert faults(settings.database_url, len(caller.done)) == []
    return caller


def faults(url: str, commands: int) -> list[str]:
    """What is wrong with the store: each command is one event and one answer, without holes."""
    found = []
    with psycopg.connect(url) as connection:
        positions = connection.execute("SELECT position FROM ledger.events ORDER BY 1").fetchall()
        answers = connection.execute("SELECT first_position FROM ledger.command_log").fetchall()
    if [row[0] for row in positions] != list(range(1, commands + 1)):
        found.append("positions have holes, or a command is lost or doubled")
    if sorted(answers) != positions:
        found.append("a command's event and its answer are not there together")
    return found


def fill_up(ballast: Path) -> None:
    """Take all the room there is."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(BALLAST_BYTES))


def settings_for(server: Postgres) -> Settings:
    return Settings(
        database_url=server.url(),
        authenticated_requests_per_hour=10_000_000,
    )


async def test_on_a_full_disk_commands_are_turned_away_and_go_on_once_there_is_room(
    small_disk: Path,
) -> None:
    ballast = small_disk / "ballast"
    with DataFolder(small_disk / "data") as folder, Postgres(folder) as server:
        await asyncio.to_thread(prepare, server.url())

        async def fill(caller: Caller) -> None:
            await asyncio.to_thread(fill_up, ballast)
            await caller.refused(CALLERS, RECOVERY_SECONDS_MAX)
            ballast.unlink()
            # Out of room for its log, the server may have ended: whoever keeps it starts it again.
            if not server.alive:
                await asyncio.to_thread(server.start)

        caller = await through(settings_for(server), fill)
        assert caller.turned_away


async def test_a_restart_of_the_database_is_bridged_or_told(server: Postgres) -> None:
    async def restart(_: Caller) -> None:
        for _round in range(3):
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)

    await through(settings_for(server), restart)


async def test_somebody_who_hangs_on_the_heads_lock_makes_others_wait_and_no_more(
    server: Postgres,
) -> None:
    async def hang(caller: Caller) -> None:
        async with await psycopg.AsyncConnection.connect(server.url()) as holder:
            await holder.execute("SELECT position FROM ledger.head FOR UPDATE")
            # By then all are counted that were done before.
            await caller.refused(1, RECOVERY_SECONDS_MAX)
            done = len(caller.done)
            await caller.refused(CALLERS, RECOVERY_SECONDS_MAX)
            assert len(caller.done) == done
            await holder.rollback()

    caller = await through(settings_for(server), hang)
    assert len(caller.turned_away) >= CALLERS


def test_the_checker_finds_what_was_tampered_with(server: Postgres) -> None:
    url = server.url()

    async def nothing(_: Caller) -> None: ...

    caller = asyncio.run(through(settings_for(server), nothing))
    for planted in (
        "DELETE FROM ledger.events WHERE position = (SELECT max(position) FROM ledger.events)",
        "DELETE FROM ledger.command_log WHERE first_position = 2",
        "UPDATE ledger.events SET position = position + 1 WHERE position = (SELECT max(position)"
        " FROM ledger.events)",
    ):
        with psycopg.connect(url) as owner:
            owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER append_only")
            owner.execute(planted.encode())
            owner.commit()
            assert faults(url, len(caller.done)) != [], planted
