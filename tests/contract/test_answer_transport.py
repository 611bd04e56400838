"""What reaches a connection of an answer, write by write."""

import asyncio
from typing import Any

import pytest

from deploy.serving.answers import AnswerTransport

HEAD, BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", b"{}"


class Connection(asyncio.Transport):
    """Remembers what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.written.append(b"closed")


@pytest.fixture
def connection() -> Connection:
    return Connection()


@pytest.fixture
def transport(connection: Connection) -> AnswerTransport:
    return AnswerTransport(connection)


def test_head_and_body_are_one_write(connection: Connection, transport: AnswerTransport) -> None:
    for _ in range(2):
        transport.write(HEAD)
        transport.write(BODY)
        transport.flush()

    assert connection.written == [HEAD + BODY] * 2


def test_what_is_streamed_goes_on_its_way_piece_by_piece(
    connection: Connection, transport: AnswerTransport
) -> None:
    for piece in (HEAD, b"a", b"b"):
        transport.write(piece)

    assert connection.written == [HEAD + b"a", b"b"]


def test_a_head_without_a_body_is_written_when_the_answer_ends(
    connection: Connection, transport: AnswerTransport
) -> None:
    transport.write(HEAD)
    transport.flush()
    transport.flush()

    assert connection.written == [HEAD]


def test_a_head_is_written_before_the_connection_closes(
    connection: Connection, transport: AnswerTransport
) -> None:
    transport.write(HEAD)
    transport.close()

    assert connection.written == [HEAD, b"closed"]


def test_a_client_that_asks_whether_to_go_on_is_told_at_once(
    connection: Connection, transport: AnswerTransport
) -> None:
    go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
    transport.write(go_on)
    transport.write(HEAD)
    transport.write(BODY)

    assert connection.written == [go_on, HEAD + BODY]


def test_a_body_that_looks_like_a_head_is_a_body(
    connection: Connection, transport: AnswerTransport
) -> None:
    transport.write(HEAD)
    transport.write(HEAD)

    assert connection.written == [HEAD + HEAD]
