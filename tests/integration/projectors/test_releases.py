"""One release takes over from another whose read model is not the same, while readers read."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from domain.kernel.actors import Role
from local.embedded import free_port
from projectors.standing import ReadSide
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from tests.office import WAIT_SECONDS_MAX, open_office
from tests.release import ROOT, Edits, Release
from tests.scenario import OFFICER

READERS = 8
TABLE = "projectors/read_models/history/table.py"
PROJECTOR = "projectors/read_models/history/projector.py"

ADDED: Edits = {
    TABLE: (
        (
            '    Column("body", Text, nullable=False),\n',
            '    Column("body", Text, nullable=False),\n'
            '    Column("stream_version", BigInteger, nullable=False),\n'
            '    Index("history_by_type", "type", "position"),\n',
        ),
    ),
    PROJECTOR: (
        (
            '        "type": recorded.type,\n',
            '        "type": recorded.type,\n        "stream_version": recorded.stream_version,\n',
        ),
    ),
}
"""One column and one index more, which no query of before asks for."""

MEANT_OTHERWISE: Edits = {
    TABLE: (('read_model("history", ', 'read_model("history", version="2.0", '),),
    PROJECTOR: ((".decode(),\n", ".decode().replace('\"type\":', '\"occurrence\":'),\n"),),
}
"""The same tables, whose JSON a query of before would misread."""

HELD_MORE: Edits = {
    "domain/draws/state.py": (
        (
            "    checklist: Checklist = field(default_factory=Checklist)\n",
            "    checklist: Checklist = field(default_factory=Checklist)\n"
            "    zz_more_on: date | None = None\n",
        ),
    ),
}
"""The same tables, whose rows hold a state with one field more; no answer shows it."""


@dataclass
class ReaderOfLists:
    """Asks one path over and over, and keeps each status and what the answer held."""

    client: httpx.AsyncClient
    path: str
    statuses: list[int] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    async def read(self) -> None:
        """Until it is cancelled."""
        while True:
            answer = await self.client.get(f"/api/v1{self.path}")
            self.statuses.append(answer.status_code)
            if answer.status_code == 200:
                self.keys.add(",".join(sorted(answer.json()["data"][0])))
            else:
                self.refused.add(answer.text)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def reading(port: int, paths: Sequence[str]) -> AsyncIterator[list[ReaderOfLists]]:
    """Readers of paths at work over HTTP, and none that ends before it is to."""
    settings = Settings()
    tokens = Tokens(settings.token_keys, settings.access_token_lifetime)
    token = tokens.issue(principal(OFFICER, Role.ADMIN, "Somebody", "somebody@demo.test"))
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"authorization": f"Bearer {token}"},
        timeout=WAIT_SECONDS_MAX,
    ) as client:
        await _until_it_answers(client)
        readers = [ReaderOfLists(client, path) for path in paths]
        tasks = [asyncio.create_task(each.read()) for each in readers]
        try:
            yield readers
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended


async def _until_it_answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while True:
            try:
                if (await client.get("/health")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


@dataclass
class House:
    """A served portfolio: what this release runs, and a loan with some history."""

    settings: Settings
    here: Release
    folder: Path
    port: int
    loan_id: UUID
    log: Path

    def release(self, name: str, changes: Edits) -> Release:
        """Another release on the same database."""
        return Release.made(self.folder / name, self.settings.database_url, changes)

    @property
    def paths(self) -> list[str]:
        """Half of the readers read what changes, half what does not."""
        history, others = f"/loans/{self.loan_id}/history", ("/loans", "/draws")
        return [history if n % 2 else others[n // 2 % 2] for n in range(READERS)]

    async def taken(self, name: str, position: int) -> None:
        """Wait until a read model has taken a position."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while (await asyncio.to_thread(self.side)).position([name]) < position:
                await asyncio.sleep(0.05)

    def side(self) -> ReadSide:
        """Where the read side stands."""
        with psycopg.connect(self.settings.database_url) as connection:
            return ReadSide.read(connection)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(database_url=database_url)
    here, port = Release(ROOT, database_url), free_port()
    with ExitStack() as processes:
        log = processes.enter_context(here.process("project"))
        processes.enter_context(here.process("serve", "query", "--port", str(port)))
        async with open_office(settings) as office:
            loan_id = await office.three_draw_loan()
            made = House(settings, here, tmp_path, port, loan_id, log)
            await made.taken("history", office.position)
        yield made


def changed(release: Release, *names: str) -> dict[str, Any]:
    done = release.command("projections", "apply", "--json")
    assert done.returncode == 0, done.stderr
    changes: dict[str, Any] = json.loads(done.stdout)
    assert changes["changed"] == list(names)
    return changes


async def test_what_is_added_is_swapped_in_under_queries_of_before_and_no_answer_fails(
    house: House,
) -> None:
    newer = house.release("newer", ADDED)
    async with reading(house.port, house.paths) as readers:
        await asyncio.to_thread(changed, newer, "history")
        await asyncio.sleep(1.0)
        with newer.process("project"):
            async with open_office(house.settings) as office:
                await office.three_draw_loan()
                await house.taken("history", office.position)
            verified = await asyncio.to_thread(newer.command, "projections", "verify", "history")
    assert verified.returncode == 0, verified.stderr
    assert {status for each in readers for status in each.statuses} == {200}, [
        each.refused for each in readers
    ]
    assert all(len(each.statuses) >= 10 and len(each.keys) == 1 for each in readers)


async def test_a_field_more_of_a_state_is_a_change_that_no_query_sees(house: House) -> None:
    newer = house.release("newer", HELD_MORE)
    async with reading(house.port, house.paths) as readers:
        await asyncio.to_thread(changed, newer, "draw_register")
        await asyncio.sleep(1.0)
        verified = await asyncio.to_thread(newer.command, "projections", "verify", "draw_register")
    assert verified.returncode == 0, verified.stderr
    assert {status for each in readers for status in each.statuses} == {200}, [
        each.refused for each in readers
    ]
    with psycopg.connect(house.settings.database_url) as connection:
        held = connection.execute("SELECT folded FROM read.draws").fetchall()
    assert held
    assert all(json.loads(folded)["zz_more_on"] is None for (folded,) in held)


async def test_what_means_something_else_is_refused_from_the_swap_until_a_query_of_its_own_comes(
    house: House,
) -> None:
    newer, port = house.release("newer", MEANT_OTHERWISE), free_port()
    async with reading(house.port, house.paths) as readers:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(changed, newer, "history")
        async with open_office(house.settings) as office:
            await office.three_draw_loan()
            # Whoever reads something else waits for nothing.
            await house.taken("loan_summary", office.position)
        await asyncio.sleep(0.5)
        with newer.process("serve", "query", "--port", str(port)):
            async with reading(port, house.paths) as newest:
                await asyncio.sleep(1.0)
    for each in readers:
        assert each.keys
        assert len(each.keys) == 1
        if "history" not in each.path:
            assert set(each.statuses) == {200}
            continue
        first = each.statuses.index(503)
        assert set(each.statuses[:first]) == {200}
        assert set(each.statuses[first:]) == {503}
        assert "type" in next(iter(each.keys)).split(",")
    for each in newest:
        assert set(each.statuses) == {200}, each.refused
        assert ("occurrence" in next(iter(each.keys)).split(",")) == ("history" in each.path)

    listed = house.here.command("projections", "list", "--json")
    states = {each["name"]: each["state"] for each in json.loads(listed.stdout)}
    assert states.pop("history") == "other"
    assert set(states.values()) == {"live"}
    assert house.here.command("doctor").returncode == 1
    said = house.log.read_text()
    assert "projection_rests" in said
    assert "another version of history is live" in said


async def test_a_release_that_goes_back_finds_what_it_left(house: House) -> None:
    newer = house.release("newer", MEANT_OTHERWISE)
    await asyncio.to_thread(changed, newer, "history")
    refused = await asyncio.to_thread(newer.command, "projections", "rollback", "history")
    assert refused.returncode != 0
    back = await asyncio.to_thread(house.here.command, "projections", "rollback", "history")
    assert back.returncode == 0, back.stderr
    async with open_office(house.settings) as office:
        await office.three_draw_loan()
        await house.taken("history", office.position)
    verified = await asyncio.to_thread(house.here.command, "projections", "verify", "history")
    assert verified.returncode == 0, verified.stderr
    async with reading(house.port, house.paths) as readers:
        await asyncio.sleep(0.5)
    assert {status for each in readers for status in each.statuses} == {200}
