"""What a client gets of an answer, and in how many writes, over the connection that is served."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deploy.serving.connections import bounded
from deploy.serving.server import server
from deploy.serving.transport import JoiningTransport
from runtime.http.lifespan import live
from runtime.settings import Settings
from tests.integration.served import port_of
from tests.office import WAIT_SECONDS_MAX

BODY = b"served"
LARGE = b"x" * 1_000_000
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class RecordingTransport(JoiningTransport):
    """Joins nothing, and remembers what is written."""

    def __init__(self, connection: asyncio.Transport, written: list[bytes]) -> None:
        super().__init__(connection, asyncio.get_running_loop())
        self._written = written

    def write(self, data: Any) -> None:
        self._written.append(bytes(data))
        self._connection.write(data)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self._written.append(b"".join(list_of_data))
        self._connection.writelines(list_of_data)


@pytest.fixture
def written() -> list[bytes]:
    """What is written to connections, call by call."""
    return []


@pytest.fixture
async def port(written: list[bytes]) -> AsyncIterator[int]:
    serving = server(app, Settings(), "127.0.0.1", 0)

    class Protocol(bounded(10)):  # type: ignore[misc]  # a class made at run time
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(RecordingTransport(transport, written))

    serving.config.http = Protocol
    async with port_of(serving) as port:
        yield port


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers as its path says."""
    if scope["type"] == "lifespan":
        return await live([], receive, send)
    path = scope["path"]
    if path == "/reads":
        await whole(receive)
    body = LARGE if path == "/large" else BODY
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    if path == "/raises":
        raise RuntimeError("after its head")
    if path == "/waits":
        await whole(receive)
    return await send({"type": "http.response.body", "body": body})


async def whole(receive: Any) -> None:
    """Read a request's body to its end."""
    while (await receive()).get("more_body", False):
        pass


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield reader, writer
        writer.close()


def asked(method: bytes, path: bytes = b"/", *headers: bytes) -> bytes:
    """A request's head."""
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", b"host: x", *headers, b"", b""])


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(b"GET", b"/", BODY), (b"POST", b"/", BODY), (b"GET", b"/large", LARGE), (b"HEAD", b"/", b"")],
)
async def test_an_answer_is_one_write(
    port: int, written: list[bytes], method: bytes, path: bytes, body: bytes
) -> None:
    async with connected(port) as (reader, writer):
        for number in range(1, 4):
            writer.write(asked(method, path))
            head = await head_of(reader)
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert await reader.readexactly(len(body)) == body
            assert written == [head + body] * number


async def test_what_was_asked_at_once_is_answered_in_turn(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(asked(b"GET") + asked(b"HEAD") + asked(b"HEAD") + asked(b"GET"))
        for body in (BODY, b"", b"", BODY):
            assert (await head_of(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
            assert await reader.readexactly(len(body)) == body
        writer.write(asked(b"GET", b"/", b"connection: close"))
        assert (await reader.read()).endswith(BODY)


async def test_who_asks_whether_to_go_on_is_told_before_it_does(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(asked(b"POST", b"/reads", b"content-length: 2", b"expect: 100-continue"))
        assert await head_of(reader) == GO_ON
        writer.write(b"{}")
        assert (await head_of(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
        assert await reader.readexactly(len(BODY)) == BODY


async def test_an_answer_that_fails_after_its_head_ends_there(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(asked(b"GET", b"/raises"))
        assert (await head_of(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
        assert await reader.read() == b""


async def test_a_head_is_there_while_its_body_is_still_being_made(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(asked(b"POST", b"/waits", b"content-length: 2"))
        assert (await head_of(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
        writer.write(b"{}")
        assert await reader.readexactly(len(BODY)) == BODY
