"""When something we need is away: 503, never a guess, and recovery without help."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from domain.kernel.actors import Role
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from tests.integration.http import bodies
from tests.integration.http.conftest import SERVICER, done, serving
from tests.integration.http.test_life_of_a_draw import code_of, head


@asynccontextmanager
async def locked_out(postgres_url: str, settings: Settings) -> AsyncIterator[None]:
    """The database takes no connections and drops those it has."""
    name = urlsplit(settings.database_url).path[1:]
    allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as server:
        await server.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        await server.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
        yield
        await server.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


async def test_a_command_while_the_database_is_away_is_unknown_and_its_repeat_done_once(
    servicer: httpx.AsyncClient, anonymous: httpx.AsyncClient, settings: Settings, postgres_url: str
) -> None:
    body, other = bodies.loan(uuid4()), bodies.loan(uuid4())
    del other["id"]
    headers = {"idempotency-key": "away"}
    await done(servicer, "/loans", bodies.loan(uuid4()))
    async with locked_out(postgres_url, settings):
        *refused, health, live = await asyncio.gather(
            servicer.post("/loans", json=body, headers=headers),
            servicer.post("/loans", json=other),
            servicer.post(f"/loans/{uuid4()}/submit", json={}),
            anonymous.post("/auth/token", json={"username": "a", "password": "b"}),
            anonymous.get("http://command/health"),
            anonymous.get("http://command/health/live"),
        )
    for response in refused:
        assert code_of(response) == (503, "UNAVAILABLE")
        assert int(response.headers["retry-after"]) > 0
    assert health.status_code == 503
    assert health.json()["data"]["dependencies"]["postgres"]["status"] == "unavailable"
    assert live.status_code == 200
    answers = [await servicer.post("/loans", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert await head(settings) == 2
    made = {"idempotency-key": refused[1].headers["idempotency-key"]}
    again = [await servicer.post("/loans", json=other, headers=made) for _ in range(2)]
    assert [answer.status_code for answer in again] == [201, 201]
    assert again[0].content == again[1].content
    assert await head(settings) == 3


async def test_a_short_absence_goes_unnoticed(
    servicer: httpx.AsyncClient, settings: Settings, postgres_url: str
) -> None:
    await done(servicer, "/loans", bodies.loan(uuid4()))
    async with locked_out(postgres_url, settings):
        sending = asyncio.create_task(servicer.post("/loans", json=bodies.loan(uuid4())))
        await asyncio.sleep(0.5)
        assert not sending.done()
    assert (await sending).status_code == 201
    assert await head(settings) == 2


@pytest.mark.parametrize("queue", [4])
async def test_more_commands_than_may_wait_are_turned_away_and_leave_nothing(
    settings: Settings, queue: int, postgres_url: str
) -> None:
    narrow = settings.model_copy(update={"append_queue_max": queue, "append_batch_max": 1})
    token = Tokens(settings.token_keys, settings.access_token_lifetime).issue(
        principal(SERVICER, Role.SERVICING, "S", "s@x.test")
    )
    async with (
        serving(narrow) as api,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=api),
            base_url="http://command/api/v1",
            headers={"authorization": f"Bearer {token}"},
        ) as client,
    ):
        sent: list[dict[str, Any]] = [bodies.loan(uuid4()) for _ in range(40)]
        answers = await asyncio.gather(*(client.post("/loans", json=body) for body in sent))
        made = [answer for answer in answers if answer.status_code == 201]
        away = [answer for answer in answers if answer.status_code != 201]
        assert away
        assert {code_of(answer) for answer in away} == {(503, "UNAVAILABLE")}
        assert await head(settings) == len(made)
        # Nothing of a command that was turned away is remembered either: it can be sent again.
        for body, answer in zip(sent, answers, strict=True):
            if answer.status_code != 201:
                assert (await client.post("/loans", json=body)).status_code == 201
    assert await head(settings) == len(sent)
