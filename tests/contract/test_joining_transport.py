"""What reaches a connection of an answer, write by write."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from deploy.serving.transport import JoiningTransport

HEAD, BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", b"{}"


class Connection(asyncio.Transport):
    """Remembers what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closing = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.written.append(b"".join(list_of_data))

    def write_eof(self) -> None:
        self.written.append(b"eof")

    def close(self) -> None:
        self.written.append(b"closed")

    def abort(self) -> None:
        self.written.append(b"aborted")

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 1000


@pytest.fixture
def connection() -> Connection:
    return Connection()


@pytest.fixture
async def transport(connection: Connection) -> JoiningTransport:
    return JoiningTransport(connection, asyncio.get_running_loop())


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_head_and_body_are_one_write(
    connection: Connection, transport: JoiningTransport, kind: type
) -> None:
    for _ in range(2):
        transport.write(HEAD)
        transport.write(kind(BODY))
        await asyncio.sleep(0)

    assert connection.written == [HEAD + BODY] * 2


async def test_what_is_streamed_goes_on_its_way_piece_by_piece(
    connection: Connection, transport: JoiningTransport
) -> None:
    for piece in (HEAD, b"a", memoryview(b"b"), bytearray(b"c")):
        transport.write(piece)

    assert connection.written == [HEAD + b"a", b"b", b"c"]


async def test_a_head_waits_for_nothing_that_comes_later(
    connection: Connection, transport: JoiningTransport
) -> None:
    transport.write(HEAD)
    assert transport.get_write_buffer_size() == len(HEAD) + 1000
    await asyncio.sleep(0)
    assert connection.written == [HEAD]
    assert transport.get_write_buffer_size() == 1000

    transport.write(BODY)

    assert connection.written == [HEAD, BODY]


async def test_a_head_is_written_before_what_ends_a_connection(
    connection: Connection, transport: JoiningTransport
) -> None:
    transport.write(HEAD)
    transport.write_eof()
    transport.write(HEAD)
    transport.close()
    await asyncio.sleep(0)

    assert connection.written == [HEAD, b"eof", HEAD, b"closed"]


async def test_nothing_is_written_to_a_connection_that_is_gone(
    connection: Connection, transport: JoiningTransport
) -> None:
    transport.write(HEAD)
    transport.abort()
    transport.write(HEAD)
    connection.closing = True
    await asyncio.sleep(0)

    assert connection.written == [b"aborted"]


async def test_pieces_come_after_their_head(
    connection: Connection, transport: JoiningTransport
) -> None:
    transport.write(HEAD)
    transport.writelines([b"a", b"b"])

    assert connection.written == [HEAD, b"ab"]


async def test_a_body_that_looks_like_a_head_is_a_body(
    connection: Connection, transport: JoiningTransport
) -> None:
    transport.write(HEAD)
    transport.write(HEAD)

    assert connection.written == [HEAD + HEAD]


def test_all_that_asyncio_offers_goes_to_the_connection() -> None:
    offered = {name for name in dir(asyncio.Transport) if not name.startswith("_")}

    # What is only inherited would be asyncio's, which does nothing.
    assert offered <= vars(JoiningTransport).keys()
