"""The command API over a real database, spoken to as its clients would."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from command_api.app import create_app
from domain.kernel.actors import Role
from runtime.http import Api
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from tests.integration.http import bodies

ADMIN, SERVICER, OFFICER = UUID(int=1), UUID(int=2), UUID(int=3)
BUILDER, STRANGER = bodies.BUILDER, UUID(int=9)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Api]:
    """The API, started, and stopped afterwards."""
    api = create_app(settings)
    async with api.lifespan():
        yield api


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        anonymous_requests_per_hour=10_000,
        authenticated_requests_per_hour=100_000,
    )


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with serving(settings) as api:
        yield api


Sign = Callable[[Role, UUID], httpx.AsyncClient]


@pytest.fixture
async def sign(api: Api, settings: Settings) -> AsyncIterator[Sign]:
    """A client signed in as a user of a role."""
    tokens = Tokens(settings.token_keys, settings.access_token_lifetime)
    async with AsyncExitStack() as stack:

        def client(role: Role, user_id: UUID) -> httpx.AsyncClient:
            token = tokens.issue(principal(user_id, role, role.value, f"{role}@x.test"))
            return httpx.AsyncClient(
                transport=httpx.ASGITransport(app=api),
                base_url="http://command/api/v1",
                headers={"authorization": f"Bearer {token}"},
            )

        yield client
        await stack.aclose()


@pytest.fixture
def anonymous(api: Api) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api), base_url="http://command/api/v1"
    )


@pytest.fixture
def admin(sign: Sign) -> httpx.AsyncClient:
    return sign(Role.ADMIN, ADMIN)


@pytest.fixture
def servicer(sign: Sign) -> httpx.AsyncClient:
    return sign(Role.SERVICING, SERVICER)


@pytest.fixture
def officer(sign: Sign) -> httpx.AsyncClient:
    return sign(Role.SERVICING, OFFICER)


@pytest.fixture
def builder(sign: Sign) -> httpx.AsyncClient:
    return sign(Role.BUILDER, BUILDER)


@pytest.fixture
def stranger(sign: Sign) -> httpx.AsyncClient:
    return sign(Role.BUILDER, STRANGER)


Post = Callable[..., Awaitable[dict[str, Any]]]


async def done(client: httpx.AsyncClient, path: str, body: Any = None, **more: Any) -> Any:
    """Post, and expect success: the data."""
    response = await client.post(path, json={} if body is None else body, **more)
    assert response.status_code in (200, 201), response.text
    return response.json()["data"]


@pytest.fixture
async def loan(servicer: httpx.AsyncClient) -> dict[str, Any]:
    """An active loan."""
    loan = await done(servicer, "/loans", bodies.loan(uuid4()))
    path = f"/loans/{loan['id']}"
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/approve")
    closed: dict[str, Any] = await done(servicer, f"{path}/close", {"closing_date": "2025-01-15"})
    return closed
