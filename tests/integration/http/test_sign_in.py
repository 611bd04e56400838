"""Signing in over a real table of users."""

import asyncio
import time
from typing import Any

import httpx
import psycopg
import pytest

from domain.kernel.actors import Role
from runtime import passwords
from runtime.http import Api
from runtime.postgres import pool
from runtime.settings import Environment, Settings
from runtime.users import (
    DEMO_PASSWORD,
    DEMO_USERS,
    Users,
    create_demo_users,
    demo_user_id,
)
from tests.integration.http.conftest import done
from tests.integration.http.test_life_of_a_draw import code_of

SERGIO = {"username": "servicing@demo.test", "password": DEMO_PASSWORD}


@pytest.fixture
def cost() -> int:
    """Of a hash: as little as bcrypt lets it, where nothing hangs on it."""
    return 4


@pytest.fixture(autouse=True)
async def demo_users(settings: Settings, cost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", cost)
    async with pool(settings, "command") as database:
        await create_demo_users(database, Environment.DEVELOPMENT)


async def grant(client: httpx.AsyncClient, **changes: str) -> dict[str, Any]:
    granted: dict[str, Any] = await done(client, "/auth/token", SERGIO | changes)
    return granted


async def test_a_sign_in_gives_tokens_that_work(anonymous: httpx.AsyncClient, api: Api) -> None:
    granted = await grant(anonymous)
    assert (granted["token_type"], granted["expires_in"]) == ("bearer", 900)
    who = api.tokens.verify(granted["access_token"])
    assert (who.id, who.role) == (demo_user_id("servicing"), Role.SERVICING)


async def test_an_address_may_be_written_in_any_case(anonymous: httpx.AsyncClient) -> None:
    await grant(anonymous, username="Servicing@Demo.TEST")


@pytest.mark.parametrize("cost", [passwords.COST])
async def test_unknown_users_and_wrong_passwords_get_the_same_answer_as_slowly(
    anonymous: httpx.AsyncClient,
) -> None:
    answers, seconds = [], []
    for body in (
        SERGIO | {"password": "drawbridge-dema"},
        SERGIO | {"username": "nobody@demo.test"},
        SERGIO | {"password": "x" * 200},
    ):
        started = time.process_time()  # of all threads, and no neighbour's
        response = await anonymous.post("/auth/token", json=body)
        seconds.append(time.process_time() - started)
        answers.append((*code_of(response), response.json()["error"]["message"]))
    assert set(answers) == {(401, "UNAUTHORIZED", answers[0][2])}
    assert max(seconds) < 3 * min(seconds)


async def test_a_password_of_72_bytes_counts_to_the_last(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    body = {"email": "long@x.test", "name": "Long", "role": "design", "password": "ä" * 36}
    await done(admin, "/users", body)
    await grant(anonymous, username="long@x.test", password="ä" * 36)
    for wrong in ("ä" * 35 + "b", "ä" * 36 + "b"):
        response = await anonymous.post(
            "/auth/token", json={"username": "long@x.test", "password": wrong}
        )
        assert code_of(response) == (401, "UNAUTHORIZED")
    response = await admin.post("/users", json=body | {"password": "ä" * 36 + "b"})
    assert code_of(response) == (400, "VALIDATION_ERROR")


async def test_five_failures_close_the_way_for_this_user_and_address(
    anonymous: httpx.AsyncClient, settings: Settings
) -> None:
    for _ in range(5):
        response = await anonymous.post("/auth/token", json=SERGIO | {"password": "wrong"})
        assert code_of(response) == (401, "UNAUTHORIZED")
    response = await anonymous.post("/auth/token", json=SERGIO)
    assert code_of(response) == (429, "RATE_LIMITED")
    assert int(response.headers["retry-after"]) > 0
    await grant(anonymous, username="admin@demo.test")
    async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
        cursor = await connection.execute(
            "SELECT outcome, count(*) FROM auth.sign_in_attempts GROUP BY outcome"
        )
        assert dict(await cursor.fetchall()) == {"refused": 5, "throttled": 1, "accepted": 1}


async def test_guesses_at_once_are_no_more_than_one_after_another(
    anonymous: httpx.AsyncClient,
) -> None:
    wrong = SERGIO | {"password": "wrong"}
    answers = await asyncio.gather(*(anonymous.post("/auth/token", json=wrong) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_a_success_forgives_the_failures_before_it(anonymous: httpx.AsyncClient) -> None:
    for _ in range(2):
        for _ in range(4):
            await anonymous.post("/auth/token", json=SERGIO | {"password": "wrong"})
        await grant(anonymous)


async def test_a_refresh_token_is_good_once_and_used_twice_ends_its_family(
    anonymous: httpx.AsyncClient,
) -> None:
    first = await grant(anonymous)
    other = await grant(anonymous)
    second = await done(anonymous, "/auth/refresh", {"refresh_token": first["refresh_token"]})
    again = await anonymous.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert code_of(again) == (401, "UNAUTHORIZED")
    child = await anonymous.post("/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert code_of(child) == (401, "UNAUTHORIZED")
    await done(anonymous, "/auth/refresh", {"refresh_token": other["refresh_token"]})


async def test_a_refresh_token_used_many_times_at_once_is_good_once(
    anonymous: httpx.AsyncClient,
) -> None:
    token = {"refresh_token": (await grant(anonymous))["refresh_token"]}
    answers = await asyncio.gather(
        *(anonymous.post("/auth/refresh", json=token) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


async def test_signing_out_ends_the_family_and_tells_nothing_of_unknown_tokens(
    anonymous: httpx.AsyncClient,
) -> None:
    token = {"refresh_token": (await grant(anonymous))["refresh_token"]}
    await done(anonymous, "/auth/logout", token)
    await done(anonymous, "/auth/logout", {"refresh_token": "unknown"})
    assert code_of(await anonymous.post("/auth/refresh", json=token)) == (401, "UNAUTHORIZED")


async def test_an_expired_refresh_token_is_refused(
    anonymous: httpx.AsyncClient, settings: Settings
) -> None:
    token = {"refresh_token": (await grant(anonymous))["refresh_token"]}
    async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
        await connection.execute("UPDATE auth.refresh_tokens SET expires_at = now()")
    assert code_of(await anonymous.post("/auth/refresh", json=token)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("cost", [passwords.COST])
async def test_tokens_and_passwords_are_kept_as_hashes_only(
    anonymous: httpx.AsyncClient, settings: Settings
) -> None:
    token = (await grant(anonymous))["refresh_token"]
    async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
        cursor = await connection.execute(
            "SELECT string_agg(t::text, ' ') FROM auth.refresh_tokens t"
            " UNION ALL SELECT string_agg(u::text, ' ') FROM auth.users u"
        )
        kept = " ".join(row[0] for row in await cursor.fetchall())
    assert token not in kept
    assert DEMO_PASSWORD not in kept
    assert "$2b$12$" in kept


async def test_the_query_side_cannot_read_hashes(settings: Settings) -> None:
    async with pool(settings, "query") as database:
        async with database.connection() as connection:
            cursor = await connection.execute("SELECT email, role FROM auth.users")
            assert len(await cursor.fetchall()) == len(DEMO_USERS)
        for secret in ("password_hash FROM auth.users", "hash FROM auth.refresh_tokens"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with database.connection() as connection:
                    await connection.execute(f"SELECT {secret}")


async def test_demo_users_are_the_same_everywhere_and_in_development_only(
    settings: Settings,
) -> None:
    async with pool(settings, "command") as database:
        await create_demo_users(database, Environment.DEVELOPMENT)
        assert (await Users(database).get(demo_user_id("builder1"))).role == "builder"
        with pytest.raises(RuntimeError):
            await create_demo_users(database, Environment.PRODUCTION)


NEW = {"email": "new@x.test", "name": "New", "role": "design", "password": "correct horse"}


async def test_an_administrator_makes_amends_and_disables_users(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    made = await admin.post("/users", json=NEW)
    assert made.status_code == 201
    user = made.json()["data"]
    assert made.headers["location"] == f"/api/v1/users/{user['id']}"
    assert "password" not in made.text
    credentials = {"username": NEW["email"], "password": NEW["password"]}
    token = {"refresh_token": (await done(anonymous, "/auth/token", credentials))["refresh_token"]}
    path = f"/users/{user['id']}"
    amended = await admin.patch(path, json={"role": "servicing"}, headers={"if-match": '"1"'})
    assert (amended.json()["data"]["role"], amended.headers["etag"]) == ("servicing", '"2"')
    assert code_of(await anonymous.post("/auth/refresh", json=token)) == (401, "UNAUTHORIZED")
    stale = await admin.patch(path, json={"name": "Newer"}, headers={"if-match": '"1"'})
    assert code_of(stale) == (412, "STALE")
    for match in ('"1", "3"', 'W/"2"', '"abc"'):
        refused = await admin.delete(path, headers={"if-match": match})
        assert code_of(refused) == (412, "STALE")
    unmade = await admin.post("/users", json=NEW, headers={"if-match": "*"})
    assert code_of(unmade) == (412, "STALE")
    renamed = await admin.patch(path, json={"name": "Newer"}, headers={"if-match": '"1", "2"'})
    assert renamed.headers["etag"] == '"3"'
    disabled = await admin.delete(path, headers={"if-match": "*"})
    assert disabled.json()["data"]["disabled_at"]
    assert (await admin.delete(path)).json() == disabled.json()
    refused = await anonymous.post("/auth/token", json=credentials)
    assert code_of(refused) == (401, "UNAUTHORIZED")


async def test_an_address_is_unique_and_a_repeat_is_answered_alike(
    admin: httpx.AsyncClient,
) -> None:
    headers = {"idempotency-key": "user-1"}
    first = await admin.post("/users", json=NEW, headers=headers)
    again = await admin.post("/users", json=NEW, headers=headers)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("location", "etag", "idempotency-key"):
        assert again.headers[name] == first.headers[name]
    other = await admin.post("/users", json=NEW | {"name": "Other"}, headers=headers)
    assert code_of(other) == (409, "IDEMPOTENCY_MISMATCH")
    same = await admin.post("/users", json=NEW | {"email": "NEW@x.test"})
    assert code_of(same) == (409, "USER_EXISTS")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "00000000-0000-0000-0000-000000000000"),
        ("email", "nobody"),
        ("email", "a@b"),
        ("email", "a b@x.test"),
        ("role", "system"),
        ("role", "owner"),
        ("password", "short"),
        ("name", " "),
    ],
)
async def test_an_unfit_user_is_refused(admin: httpx.AsyncClient, field: str, value: str) -> None:
    response = await admin.post("/users", json=NEW | {field: value})
    assert code_of(response) == (400, "VALIDATION_ERROR")


async def test_nobody_but_administrators_touches_users(servicer: httpx.AsyncClient) -> None:
    for response in (
        await servicer.post("/users", json=NEW),
        await servicer.patch(f"/users/{demo_user_id('admin')}", json={"role": "builder"}),
        await servicer.delete(f"/users/{demo_user_id('admin')}"),
    ):
        assert code_of(response) == (403, "FORBIDDEN")


async def test_an_unknown_user_is_not_found(admin: httpx.AsyncClient) -> None:
    path = f"/users/{demo_user_id('nobody')}"
    assert code_of(await admin.patch(path, json={"name": "X"})) == (404, "NOT_FOUND")
    assert code_of(await admin.delete(path)) == (404, "NOT_FOUND")


async def test_a_stale_removal_ends_no_session(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    user = await done(admin, "/users", NEW)
    credentials = {"username": NEW["email"], "password": NEW["password"]}
    token = {"refresh_token": (await done(anonymous, "/auth/token", credentials))["refresh_token"]}
    stale = await admin.delete(f"/users/{user['id']}", headers={"if-match": '"2"'})
    assert code_of(stale) == (412, "STALE")
    assert (await anonymous.post("/auth/refresh", json=token)).status_code == 200
