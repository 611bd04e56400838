"""How much is let in at once, and that whoever hung up is not served.

Under overload, or while the store hangs, requests pile up before the queue that the store bounds:
those that wait for their loan's turn, and bodies still being read. Here both have a limit, and what
is beyond it is told so before its body is read.
"""

import asyncio
from time import monotonic
from typing import Any

from runtime.http.exchange import Exchange
from runtime.problems import Unavailable

BODIES_BYTES_MAX = 128 * 1024 * 1024
"""Of all bodies that are held at once."""
PATIENCE_SECONDS = 1.0
"""How long a request is served without asking whether its caller is still there."""


class Admission:
    """The writes that one process is busy with."""

    def __init__(self, writes_max: int, body_bytes_max: int) -> None:
        """Let in so many; a body that does not say how long it is counts as the longest."""
        self._writes_max = writes_max
        self._body_bytes_max = body_bytes_max
        self._bytes = 0
        self._busy: dict[Exchange, float] = {}
        self._looks: asyncio.TimerHandle | None = None
        self._watches: dict[Exchange, asyncio.Task[None]] = {}

    def enter(self, request: Exchange) -> None:
        """Count a write, before its body is read.

        Raises:
            Unavailable: there are too many already; nothing was done.
        """
        declared = request.headers.get(b"content-length", b"")
        size = int(declared) if declared.isdigit() else self._body_bytes_max
        request.body_bytes = min(size, self._body_bytes_max)
        if (
            len(self._busy) >= self._writes_max
            or self._bytes + request.body_bytes > BODIES_BYTES_MAX
        ):
            request.body_bytes = 0
            raise Unavailable("Too many requests are being served; nothing was done.")
        self._bytes += request.body_bytes
        self._busy[request] = monotonic()
        if self._looks is None:
            self._look_later()

    def leave(self, request: Exchange) -> None:
        """Count it no longer."""
        self._bytes -= request.body_bytes
        self._busy.pop(request, None)
        watch = self._watches.pop(request, None)
        if watch is not None:
            watch.cancel()

    def __len__(self) -> int:
        return len(self._busy)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._looks = loop.call_later(PATIENCE_SECONDS, self._look)

    def _look(self) -> None:
        """Watch the connections of those that have been waiting long; the eldest stand first."""
        self._looks = None
        loop = asyncio.get_running_loop()
        before = monotonic() - PATIENCE_SECONDS
        for request, since in self._busy.items():
            if since > before:
                break
            if request.is_read and request not in self._watches:
                self._watches[request] = loop.create_task(_let_go_of(request))
        if self._busy:
            self._look_later()


async def _let_go_of(request: Exchange) -> None:
    """Stop serving a request whose caller hangs up; until then nothing more is received."""
    message: Any = await request.receive()
    if message["type"] == "http.disconnect" and request.task is not None:
        request.hung_up = True
        request.task.cancel()
