"""The edge that every request passes: tokens, limits, headers, health."""

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from pydantic import SecretStr

from deploy.serving.front_door import create_front_door
from domain.kernel.actors import Role
from runtime.http import (
    Api,
)
from runtime.settings import Environment, Settings
from runtime.tokens import AUDIENCE, ISSUER, Tokens, principal
from tests.contract.edge import (
    KEY,
    LOANS,
    USER,
    api_of,
    bearer,
    client_of,
    code_of,
    router,
    settings_of,
    tokens_of,
)


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(USER),
        "iat": now,
        "nbf": now,
        "exp": now + 60,
        "typ": "access",
        "role": "admin",
        "name": "Ada",
        "email": "ada@x.test",
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def _signed(
    *, key: str = KEY, algorithm: str = "HS256", kid: str | None = "k1", **changes: Any
) -> str:
    return jwt.encode(_claims(**changes), key, algorithm, {"kid": kid} if kid else None)


BAD_TOKENS: dict[str, str] = {
    "no token": "",
    "nonsense": "nonsense",
    "three dots": "a.b.c",
    "no signature": _signed(key="", algorithm="none"),
    "another key": _signed(key="another key, which is long enough to sign"),
    "another algorithm": _signed(key=KEY * 2, algorithm="HS512"),
    "the same key, another algorithm": _signed(key=KEY * 2, algorithm="HS384"),
    "an unknown kid": _signed(kid="k9"),
    "no kid": _signed(kid=None),
    "expired": _signed(exp=int(time.time()) - 60),
    "not yet valid": _signed(nbf=int(time.time()) + 600),
    "without expiry": _signed(exp=None),
    "without subject": _signed(sub=None),
    "another audience": _signed(aud="elsewhere"),
    "another issuer": _signed(iss="elsewhere"),
    "a refresh token": _signed(typ="refresh"),
    "an unknown role": _signed(role="owner"),
    "the system's role": _signed(role="system"),
    "a subject that is no id": _signed(sub="ada"),
    "too long": _signed(name="x" * 4000),
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_bad_token_is_unauthorized(client: httpx.AsyncClient, token: str) -> None:
    response = await client.get(LOANS, headers={"authorization": f"Bearer {token}"})
    assert code_of(response) == (401, "UNAUTHORIZED")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "bearer\t"])
async def test_another_scheme_is_unauthorized(client: httpx.AsyncClient, header: str) -> None:
    response = await client.get(LOANS, headers={"authorization": header})
    assert code_of(response) == (401, "UNAUTHORIZED")


async def test_a_token_verified_once_still_expires(client: httpx.AsyncClient) -> None:
    settings = settings_of()
    short = Tokens(settings.token_keys, timedelta(seconds=-4))
    headers = bearer(tokens=short)
    assert (await client.get(LOANS, headers=headers)).status_code == 200
    await asyncio.sleep(1.1)
    assert code_of(await client.get(LOANS, headers=headers)) == (401, "UNAUTHORIZED")


async def test_a_retired_key_verifies_as_long_as_it_is_listed() -> None:
    old = tokens_of(settings_of())
    both = {"k2": SecretStr("the next key, also of more than 32 bytes"), "k1": SecretStr(KEY)}
    new = Tokens(both, timedelta(minutes=5))
    headers = bearer(tokens=old)
    assert new.verify(headers["authorization"][7:]).id == USER
    assert jwt.get_unverified_header(new.issue(principal(USER, Role.ADMIN, "", "")))["kid"] == "k2"


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMIN, Role.SYSTEM)])
async def test_only_administrators_administer(client: httpx.AsyncClient, role: Role) -> None:
    assert code_of(await client.post("/api/v1/users", headers=bearer(role))) == (403, "FORBIDDEN")


async def test_access_is_checked_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    response = await client.post(LOANS, content=b"{", headers=bearer(Role.AUDITOR))
    assert code_of(response) == (403, "FORBIDDEN")


async def test_every_answer_shows_the_limit_and_the_last_one_is_refused() -> None:
    async with client_of(api_of(authenticated_requests_per_hour=2)) as client:
        left = []
        for _ in range(2):
            response = await client.get(LOANS, headers=bearer())
            left.append(response.headers["x-ratelimit-remaining"])
        response = await client.get(LOANS, headers=bearer())
    assert left == ["1", "0"]
    assert code_of(response) == (429, "RATE_LIMITED")
    assert response.headers["x-ratelimit-limit"] == "2"
    assert 0 < int(response.headers["retry-after"]) <= 3600


async def test_behind_the_front_door_reads_and_writes_count_together() -> None:
    door = create_front_door(settings_of(anonymous_requests_per_hour=3))
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answers = [
            await client.request(method, LOANS) for method in ("GET", "POST", "GET", "POST", "GET")
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    left = [answer.headers["x-ratelimit-remaining"] for answer in answers]
    assert left == ["2", "1", "0", "0", "0"]


async def test_without_a_good_token_the_address_is_counted() -> None:
    async with client_of(api_of(anonymous_requests_per_hour=1)) as client:
        first = await client.get(LOANS, headers={"authorization": "Bearer x"})
        second = await client.get(LOANS)
        probe = await client.get("/health/live")
        known = await client.get(LOANS, headers=bearer())
    assert code_of(first) == (401, "UNAUTHORIZED")
    assert code_of(second) == (429, "RATE_LIMITED")
    assert probe.status_code == 200
    assert known.status_code == 200


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for response in (
        await client.get(LOANS, headers=bearer()),
        await client.get(LOANS),
        await client.get("/nowhere"),
        await client.get("/openapi.json"),
        await client.get("/health/live"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "max-age" in response.headers["strict-transport-security"]
        assert response.headers["x-request-id"]
        assert response.headers["x-ratelimit-limit"]


async def test_a_sane_request_id_is_kept_and_another_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get(LOANS, headers=bearer() | {"x-request-id": "trace-0001"})
    replaced = await client.get(LOANS, headers=bearer() | {"x-request-id": "<script>alert(1)"})
    assert kept.headers["x-request-id"] == "trace-0001"
    assert UUID(replaced.headers["x-request-id"]).version == 7


async def test_only_listed_origins_may_call_from_a_browser() -> None:
    async with client_of(api_of(cors_origins=["https://desk.example"])) as client:
        ask = {"access-control-request-method": "POST"}
        good = await client.options(LOANS, headers=ask | {"origin": "https://desk.example"})
        bad = await client.options(LOANS, headers=ask | {"origin": "https://evil.example"})
        called = await client.get(LOANS, headers=bearer() | {"origin": "https://desk.example"})
        other = await client.get(LOANS, headers=bearer() | {"origin": "https://evil.example"})
    assert good.status_code == 204
    assert good.headers["access-control-allow-origin"] == "https://desk.example"
    assert "POST" in good.headers["access-control-allow-methods"]
    assert code_of(bad) == (403, "FORBIDDEN")
    assert called.headers["access-control-allow-origin"] == "https://desk.example"
    assert {"etag", "x-ledger-position", "x-ledger-lag"} <= set(
        called.headers["access-control-expose-headers"].split(", ")
    )
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "unfit",
    [
        {"cors_origins": ["*"]},
        {"token_keys": {"k1": SecretStr("short")}},
        {"token_keys": Settings().token_keys},
    ],
)
def test_development_settings_are_refused_in_production(unfit: dict[str, Any]) -> None:
    good = {"token_keys": {"k1": SecretStr(KEY)}, "environment": Environment.PRODUCTION}
    settings = Settings(**(good | unfit))
    with pytest.raises(ValueError, match=r"cors_origins|token key"):
        Api(settings, tokens_of(settings), [router], title="t", version="1")


async def test_the_process_shows_its_health_and_its_figures(client: httpx.AsyncClient) -> None:
    health = await client.get("/health")
    figures = await client.get("/metrics")
    assert health.json()["data"]["status"] == "ok"
    assert figures.headers["content-type"].startswith("text/plain")
    assert "drawbridge_request_seconds" in figures.text


async def test_a_dependency_that_is_away_makes_the_process_unready_but_alive() -> None:
    async def away() -> str:
        raise ConnectionError

    api = api_of()
    api.checks["postgres"] = away
    async with client_of(api) as client:
        health = await client.get("/health")
        live = await client.get("/health/live")
    assert health.status_code == 503
    assert health.json()["data"]["dependencies"]["postgres"]["status"] == "unavailable"
    assert live.status_code == 200


async def test_the_documentation_is_served(client: httpx.AsyncClient) -> None:
    assert (await client.get("/docs")).status_code == 200
    assert (await client.get("/redoc")).status_code == 200
    assert (await client.get("/openapi.json")).json()["openapi"].startswith("3.1")
