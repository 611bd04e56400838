"""What an in-process client cannot show: the same answers from a real server, over sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from command_api.app import create_app
from deploy.serving.server import server
from domain.kernel.actors import Role
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from tests.integration.http import bodies
from tests.integration.http.conftest import SERVICER
from tests.integration.served import port_of


@pytest.fixture
async def port(settings: Settings) -> AsyncIterator[int]:
    """A server on a free port, as `drawbridge serve command` runs it."""
    async with port_of(server(create_app(settings), settings, "127.0.0.1", 0)) as port:
        yield port


@pytest.fixture
def token(settings: Settings) -> str:
    who = principal(SERVICER, Role.SERVICING, "S", "s@x.test")
    return Tokens(settings.token_keys, settings.access_token_lifetime).issue(who)


@pytest.fixture
async def client(port: int, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/api/v1",
        headers={"authorization": f"Bearer {token}"},
        timeout=60,
    ) as client:
        yield client


async def raw(port: int, request: bytes) -> bytes:
    """The first bytes that come back for what no client library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(65536), 60)
    writer.close()
    return answer


async def test_a_command_is_carried_out(client: httpx.AsyncClient) -> None:
    response = await client.post("/loans", json=bodies.loan(uuid4()))
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"


async def test_a_body_of_two_mebibytes_is_refused_and_the_connection_stays_sound(
    client: httpx.AsyncClient,
) -> None:
    for _ in range(3):
        large = await client.post(
            "/loans",
            content=b"x" * 2 * 1024 * 1024,
            headers={"content-type": "application/json"},
        )
        assert large.status_code == 413
        assert large.json()["error"]["code"] == "BODY_TOO_LARGE"
        assert (await client.post("/loans", json=bodies.loan(uuid4()))).status_code == 201


async def test_a_body_in_chunks_is_put_together(client: httpx.AsyncClient) -> None:
    text = json.dumps(bodies.loan(uuid4())).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(text), 7):
            yield text[start : start + 7]

    response = await client.post(
        "/loans", content=chunks(), headers={"content-type": "application/json"}
    )
    assert response.status_code == 201


@pytest.mark.parametrize(
    "header",
    [
        b"idempotency-key: \xff\xfe",
        b"if-match: \xc3\xa9",
        b"authorization: Bearer \xff",
        b"x-request-id: \xff",
        b"accept: \xff",
        b"content-type: \xff",
        b"origin: \xff",
        b"content-length: 2\r\nx: y",
    ],
)
async def test_bytes_that_are_no_text_in_a_header_are_never_our_failure(
    port: int, token: str, header: bytes
) -> None:
    request = b"POST /api/v1/loans HTTP/1.1\r\nhost: x\r\n" + header
    if not header.startswith(b"authorization"):
        request += b"\r\nauthorization: Bearer " + token.encode()
    if not header.startswith(b"content-length"):
        request += b"\r\ncontent-length: 2"
    status = int((await raw(port, request + b"\r\n\r\n{}")).split(b" ", 2)[1])
    assert 400 <= status < 500


@pytest.mark.parametrize("path", [b"/api/v1/loans/%ff", b"/%00", b"//", b"/api/v1/loans?%ff=%fe"])
async def test_odd_paths_are_never_our_failure(port: int, path: bytes) -> None:
    answer = await raw(port, b"POST " + path + b" HTTP/1.1\r\nhost: x\r\n\r\n")
    assert 400 <= int(answer.split(b" ", 2)[1]) < 500


async def test_a_client_that_hangs_up_disturbs_nobody(
    port: int, token: str, client: httpx.AsyncClient
) -> None:
    head = b"POST /api/v1/loans HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    head += b"authorization: Bearer " + token.encode() + b"\r\ncontent-length: 1000\r\n\r\n{"
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        await writer.drain()
        writer.transport.abort()
    assert (await client.post("/loans", json=bodies.loan(uuid4()))).status_code == 201


async def test_many_at_once_keep_their_answers_apart(client: httpx.AsyncClient) -> None:
    sent: list[dict[str, Any]] = [bodies.loan(uuid4()) for _ in range(64)]
    answers = await asyncio.gather(*(client.post("/loans", json=body) for body in sent))
    assert [answer.json()["data"]["id"] for answer in answers] == [body["id"] for body in sent]
    positions = sorted(int(answer.headers["x-ledger-position"]) for answer in answers)
    assert positions == list(range(1, 65))
