"""An answer in one write.

uvicorn writes an answer's head and its body apart, which are two system calls and two packets, and
wakes its reader twice. Here the head waits for what comes after it.
"""

import asyncio
from typing import Any

_HEAD = b"HTTP/1.1 "
_GO_ON = b"HTTP/1.1 100 "


class AnswerTransport(asyncio.Transport):
    """A connection as uvicorn's protocol for HTTP/1.1 uses it; `flush` ends an answer."""

    __slots__ = ("_connection", "_head")

    def __init__(self, connection: asyncio.Transport) -> None:
        self._connection = connection
        self._head = b""

    def write(self, data: Any) -> None:
        """Keep a head, but write what asks the client to go on; write anything else with what is kept."""
        if data.startswith(_HEAD) and not data.startswith(_GO_ON) and not self._head:
            self._head = data
        elif self._head:
            head, self._head = self._head, b""
            self._connection.write(head + data)
        else:
            self._connection.write(data)

    def flush(self) -> None:
        """Write a head that nothing came after."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Close it once everything is written."""
        self.flush()
        self._connection.close()

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._connection.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of its ends."""
        return self._connection.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Receive nothing for now."""
        self._connection.pause_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        self._connection.resume_reading()
