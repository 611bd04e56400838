"""Users on the query side: as the command side shows them, paged, and for administrators."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from domain.kernel.actors import Role
from query_api.app import create_app
from query_api.progress import FRESH_SECONDS
from runtime.postgres import pool
from runtime.settings import Environment, Settings
from runtime.tokens import Tokens, principal
from runtime.users import DEMO_USERS, create_demo_users, demo_user_id
from tests.integration.http import bodies
from tests.integration.http.conftest import ADMIN, done


@pytest.fixture
async def query(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with pool(settings, "command") as database:
        await create_demo_users(database, Environment.DEVELOPMENT)
    api = create_app(settings)
    async with api.lifespan():
        yield httpx.AsyncClient(
            transport=httpx.ASGITransport(app=api), base_url="http://query/api/v1"
        )


@pytest.fixture
def bearer(settings: Settings) -> dict[str, str]:
    tokens = Tokens(settings.token_keys, settings.access_token_lifetime)
    who = principal(demo_user_id("admin"), Role.ADMIN, "Ada", "admin@demo.test")
    return {"authorization": f"Bearer {tokens.issue(who)}"}


async def test_a_user_reads_the_same_on_both_sides(
    admin: httpx.AsyncClient, query: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    body = {"email": "a@x.test", "name": "A", "role": "design", "password": "correct horse"}
    made = await done(admin, "/users", body)
    await admin.delete(f"/users/{made['id']}")
    disabled = (await admin.delete(f"/users/{made['id']}")).json()["data"]
    listed = await query.get("/users", params={"role": "design"}, headers=bearer)
    shown = {user["id"]: user for user in listed.json()["data"]}[made["id"]]
    assert shown == disabled


async def test_users_are_paged_to_the_end(query: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    found: list[str] = []
    cursor: str | None = None
    while True:
        params = {"page_size": "4", "sort_by": "name"} | ({"cursor": cursor} if cursor else {})
        page = (await query.get("/users", params=params, headers=bearer)).json()
        found += [user["name"] for user in page["data"]]
        assert page["meta"]["total"] == len(DEMO_USERS)
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert found == sorted(name for _, name, _ in DEMO_USERS)


async def test_the_holder_of_the_token_is_shown(
    query: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    response = await query.get("/auth/me", headers=bearer)
    assert response.json()["data"]["email"] == "admin@demo.test"
    assert response.json()["data"]["id"] == str(demo_user_id("admin"))
    assert str(ADMIN) not in response.text


async def test_users_are_not_for_others(query: httpx.AsyncClient, settings: Settings) -> None:
    tokens = Tokens(settings.token_keys, settings.access_token_lifetime)
    for role in Role:
        if role in (Role.ADMIN, Role.SYSTEM):
            continue
        who = principal(demo_user_id("servicing"), role, "", "")
        headers = {"authorization": f"Bearer {tokens.issue(who)}"}
        assert (await query.get("/users", headers=headers)).status_code == 403
        assert (await query.get("/auth/me", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/users", "/auth/me"])
async def test_as_of_which_position_an_answer_is_is_said_afresh(
    servicer: httpx.AsyncClient, query: httpx.AsyncClient, bearer: dict[str, str], path: str
) -> None:
    """Neither reads a read model, so that both are as of the log's own end, whoever projects it."""
    for events in (1, 2):
        await done(servicer, "/loans", bodies.loan(uuid4()))
        await asyncio.sleep(2 * FRESH_SECONDS)
        response = await query.get(path, headers=bearer)
        assert response.headers["x-ledger-position"] == str(events)
        assert response.headers["x-ledger-lag"] == "0"
