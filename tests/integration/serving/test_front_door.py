"""The front door: who answers what, and what it says of both."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from deploy.preparing import prepare
from deploy.serving.front_door import FrontDoor, create_front_door, document_of_both
from local.embedded import DataFolder, Postgres
from runtime.settings import Settings

_ORIGIN = "https://portal.example"


def _settings(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        token_keys={"test": SecretStr("k" * 32)},
        cors_origins=[_ORIGIN],
    )


@asynccontextmanager
async def _open(door: FrontDoor) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the door, which is started and stopped as a server would."""
    to_app: asyncio.Queue[Any] = asyncio.Queue()
    from_app: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.ensure_future(door({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        yield client
    await to_app.put({"type": "lifespan.shutdown"})
    assert (await from_app.get())["type"] == "lifespan.shutdown.complete"
    await life


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with _open(create_front_door(_settings(database_url))) as opened:
        yield opened


async def test_reads_go_to_the_query_app_and_writes_to_the_command_app(
    client: httpx.AsyncClient,
) -> None:
    read = await client.get("/api/v1/loans")
    write = await client.post("/api/v1/loans", json={})
    assert read.status_code == write.status_code == 401
    # The command app knows no GET of this path; the query app no POST.
    assert (await client.delete("/api/v1/loans")).headers["allow"] == "POST"
    assert (await client.head("/health/live")).status_code == 200
    assert (await client.get("/no/such/path")).json()["error"]["code"] == "NOT_FOUND"


async def test_preflights_are_answered(client: httpx.AsyncClient) -> None:
    asked = {"Origin": _ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = await client.options("/api/v1/loans", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == _ORIGIN
    assert "POST" in answer.headers["access-control-allow-methods"]


async def test_health_is_that_of_both(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    dependencies = answer.json()["data"]["dependencies"]
    assert dependencies["command.postgres"]["status"] == "ok"
    assert dependencies["query.postgres"]["status"] == "ok"
    assert answer.headers["x-request-id"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    with DataFolder(tmp_path / "data") as folder, Postgres(folder) as running:
        prepare(running.url())
        yield running


async def test_health_is_503_while_the_database_is_away_and_200_when_it_is_back(
    server: Postgres,
) -> None:
    async with _open(create_front_door(_settings(server.url()))) as client:
        assert (await client.get("/health")).status_code == 200
        server.kill()
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert answer.json()["data"]["dependencies"]["command.postgres"]["status"] == "unavailable"
        assert (await client.get("/health/live")).status_code == 200
        server.start()
        async with asyncio.timeout(120):
            while (await client.get("/health")).status_code != 200:
                await asyncio.sleep(0.1)


async def test_the_document_and_its_pages_are_served(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"get", "post"} <= set(document["paths"]["/api/v1/loans"])
    for page in ("/docs", "/redoc"):
        assert "openapi.json" in (await client.get(page)).text


def test_the_document_of_both_loses_no_operation(database_url: str) -> None:
    from command_api.app import create_app as create_command_app
    from query_api.app import create_app as create_query_app

    def operations(document: dict[str, Any]) -> set[str]:
        return {
            each["operationId"] for path in document["paths"].values() for each in path.values()
        }

    settings = _settings(database_url)
    command, query = create_command_app(settings), create_query_app(settings)
    both = operations(command.openapi()) | operations(query.openapi())
    assert operations(document_of_both(command, query)) == both
