"""A query API over a ledger that a relay-less projector keeps up with."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.kernel.actors import Role
from projectors import bookkeeping
from projectors.engine import run
from query_api import database, progress
from query_api.app import create_app
from runtime.http import Api
from runtime.settings import Settings
from runtime.tokens import principal
from tests.office import WAIT_SECONDS_MAX, Office, open_office, running
from tests.scenario import BUILDER, OFFICER

MAY = date(2025, 5, 1)
KEPT_BESIDE = set(bookkeeping.KEPT)


def balances(trial_balance: Any) -> dict[str, str]:
    """What accounts hold that hold anything."""
    held = {each["account"]: each["balance"] for each in trial_balance["accounts"]}
    return {account: balance for account, balance in held.items() if balance != "0.00"}


READS: ContextVar[frozenset[str]] = ContextVar("reads")
"""The tables that the route declares whose endpoint is at work."""


@pytest.fixture(autouse=True)
def undeclared_reads_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that names a table which its route does not declare is an error.

    What is not declared would be waited for by nobody, and read in whatever version is live.
    """
    reading, execute = progress.Progress.reading, database._execute

    @asynccontextmanager
    async def watched(self: Any, reads: Any, min_position: int | None) -> AsyncIterator[Any]:
        token = READS.set(frozenset(table.name for table in reads))
        try:
            async with reading(self, reads, min_position) as seen:
                yield seen
        finally:
            READS.reset(token)

    async def checked(connection: Any, statement: str, parameters: Any) -> Any:
        named = set(re.findall(r"read\.(\w+)", str(statement))) - KEPT_BESIDE
        if "ledger.head" not in statement and (missing := named - READS.get(frozenset())):
            raise AssertionError(f"a route reads {sorted(missing)} and does not declare it")
        return await execute(connection, statement, parameters)

    monkeypatch.setattr(progress.Progress, "reading", watched)
    monkeypatch.setattr(database, "_execute", checked)


@dataclass
class Desk:
    """Asks the query API, always for what the office has done so far."""

    settings: Settings
    office: Office
    api: Api
    client: httpx.AsyncClient

    async def get(
        self, path: str, role: Role = Role.ADMIN, user: UUID = OFFICER, **params: Any
    ) -> httpx.Response:
        """The answer to a GET below ``/api/v1``, after everything the office did."""
        token = self.api.tokens.issue(principal(user, role, "Somebody", "somebody@demo.test"))
        headers = {
            "authorization": f"Bearer {token}",
            "x-min-position": str(self.office.position),
        }
        return await self.client.get(f"/api/v1{path}", params=params, headers=headers)

    async def data(self, path: str, role: Role = Role.ADMIN, **params: Any) -> Any:
        """The data of a successful answer."""
        answer = await self.get(path, role, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def figures(self, name: str, on: str, role: Role = Role.ADMIN, **params: Any) -> Any:
        """A dashboard as of a date."""
        return await self.data(f"/dashboards/{name}", role, as_of=on, **params)

    async def closed_through(self, on: date) -> UUID:
        """The worked example, its business closed through a date."""
        loan_id = await self.office.three_draw_loan()
        await self.office.close_business(loan_id, on)
        return loan_id

    async def builder(self, path: str, user: UUID = BUILDER, **params: Any) -> httpx.Response:
        """What a builder gets."""
        return await self.get(path, Role.BUILDER, user, **params)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[Api, httpx.AsyncClient]]:
    """The query API, called without a network between."""
    api = create_app(settings)
    async with (
        api.lifespan(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=api), base_url="http://query.test"
        ) as client,
    ):
        yield api, client


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """An office, a projector and a query API over one new database."""
    settings = Settings(
        database_url=database_url,
        authenticated_requests_per_hour=0,
        min_position_wait_seconds=WAIT_SECONDS_MAX,
    )
    async with (
        open_office(settings) as office,
        running(run, settings),
        serving(settings) as (api, client),
    ):
        yield Desk(settings, office, api, client)
