"""More connections than one process serves: those who are in go on, the others are told, and let go."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import uvicorn

from deploy.serving import connections
from deploy.serving.connections import FILES_SPARE, bounded, connections_max
from runtime.settings import Settings
from tests.office import WAIT_SECONDS_MAX

AT_ONCE_MAX = 3


async def app(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"served"})


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server for so many connections."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            port=0,
            http=bounded(AT_ONCE_MAX),
            lifespan="off",
            log_config=None,
            timeout_keep_alive=600,
        )
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running


def client(url: str) -> httpx.AsyncClient:
    """A client with one connection, which it keeps."""
    return httpx.AsyncClient(base_url=url, timeout=WAIT_SECONDS_MAX)


async def test_one_connection_too_many_is_told_to_come_back_and_those_that_are_in_go_on(
    url: str,
) -> None:
    async with AsyncExitStack() as stack:
        within = [await stack.enter_async_context(client(url)) for _ in range(AT_ONCE_MAX)]
        for each in within:
            assert (await each.get("/")).text == "served"
        beyond = await stack.enter_async_context(client(url))
        for answer in (await beyond.get("/"), await beyond.post("/", content=b"x" * 100_000)):
            assert answer.status_code == 503
            assert answer.json()["error"]["code"] == "UNAVAILABLE"
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["connection"] == "close"
        for each in within:
            assert (await each.get("/")).text == "served"
        await within[0].aclose()
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while (await beyond.get("/")).status_code != 200:
                await asyncio.sleep(0.05)


async def test_whoever_connects_and_says_nothing_keeps_no_place(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SILENT_SECONDS_MAX", 0.2)
    host, port = url.removeprefix("http://").split(":")
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(AT_ONCE_MAX)]
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        for reader, writer in silent:
            assert await reader.read() == b""
            writer.close()
    async with client(url) as late:
        assert (await late.get("/")).text == "served"


async def test_an_answer_without_a_body_ends_and_the_connection_serves_the_next(url: str) -> None:
    async with client(url) as asks:
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            assert (await asks.head("/")).status_code == 200
            assert (await asks.get("/")).text == "served"


def test_there_are_more_connections_than_writes_and_fewer_than_files() -> None:
    settings = Settings()
    found = connections_max(settings)
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert found <= 2 * (settings.append_queue_max + settings.append_batch_max)
    assert files == resource.RLIM_INFINITY or found <= files - FILES_SPARE
