"""An answer in one write.

uvicorn writes an answer's head and its body apart, which are two system calls and two packets, and
wakes its reader twice. Here the head waits for what comes after it in the same step of the loop.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

_HEAD = b"HTTP/1.1 "


class JoiningTransport(asyncio.Transport):
    """A connection as a protocol for HTTP/1.1 writes to it; all else goes to the connection itself."""

    __slots__ = ("_connection", "_head", "_loop")

    def __init__(self, connection: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._loop = loop
        self._head = b""

    def write(self, data: Any) -> None:
        """Keep a head until the next step at most; write anything else, after what is kept."""
        if self._head:
            head, self._head = self._head, b""
            # uvloop writes the pieces by one call and copies none.
            self._connection.writelines((head, data))
        elif isinstance(data, bytes) and data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self.flush)
        else:
            self._connection.write(data)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Write pieces, after what is kept."""
        self.flush()
        self._connection.writelines(list_of_data)

    def flush(self) -> None:
        """Write a head that nothing came after, unless the connection is gone."""
        if self._head:
            head, self._head = self._head, b""
            if not self._connection.is_closing():
                self._connection.write(head)

    def write_eof(self) -> None:
        """Write nothing more once everything is written."""
        self.flush()
        self._connection.write_eof()

    def close(self) -> None:
        """Close it once everything is written."""
        self.flush()
        self._connection.close()

    def abort(self) -> None:
        """Close it at once, whatever is not written."""
        self._head = b""
        self._connection.abort()

    def can_write_eof(self) -> bool:
        """Whether its end can be told apart from its closing."""
        return self._connection.can_write_eof()

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._connection.is_closing()

    def is_reading(self) -> bool:
        """Whether it receives."""
        return self._connection.is_reading()

    def pause_reading(self) -> None:
        """Receive nothing for now."""
        self._connection.pause_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        self._connection.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of its ends."""
        return self._connection.get_extra_info(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who is told what it receives."""
        return self._connection.get_protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell another what it receives."""
        self._connection.set_protocol(protocol)

    def get_write_buffer_size(self) -> int:
        """The bytes that wait to be written, a head that is kept among them."""
        return len(self._head) + self._connection.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Below how many waiting bytes its protocol is told to go on, and from how many on to pause."""
        return self._connection.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Choose them, the upper one first."""
        self._connection.set_write_buffer_limits(high, low)
