"""How many connections one process serves at once, and what a client beyond them meets.

uvicorn's own bound turns away whoever speaks next, however long let in, and does so in plain text.
Here those who are in stay in; whoever connects beyond is told to come back, and is let go.
"""

import asyncio
import resource

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from deploy.serving.transport import JoiningTransport
from domain.kernel.resource import resource_json
from runtime.ids import new_id
from runtime.problems import Unavailable, failure_of
from runtime.settings import Settings

BACKLOG_CONNECTIONS_MAX = 1024
"""That the kernel holds until we accept them; beyond it, it lets clients try again by themselves."""
SILENT_SECONDS_MAX = 5.0
"""How long a connection may stay without its first byte."""
FILES_SPARE = 100
"""Open files that are no client's connections: the database's, logs, the listening socket."""


def connections_max(settings: Settings) -> int:
    """Twice as many as there may be writes at once: the others read, or are idle.

    The limit of open files is raised for them as far as it may be; where that is not far enough,
    there are fewer.
    """
    wanted = 2 * (settings.append_queue_max + settings.append_batch_max)
    files, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY or files >= wanted + FILES_SPARE:
        return wanted
    files = wanted + FILES_SPARE
    if files_max != resource.RLIM_INFINITY:
        files = min(files, files_max)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files_max))
    return max(files - FILES_SPARE, 1)


def bounded(at_once_max: int) -> type[HttpToolsProtocol]:
    """uvicorn's protocol for so many connections."""

    class Bounded(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
            if len(self.connections) >= at_once_max:
                self.app = _turned_away
            super().connection_made(JoiningTransport(transport, self.loop))
            self.timeout_keep_alive_task = self.loop.call_later(
                SILENT_SECONDS_MAX, self.timeout_keep_alive_handler
            )

    return Bounded


async def _turned_away(_scope: object, _receive: object, send: Send) -> None:
    problem = Unavailable("Too many connections are open; nothing was done.")
    body = resource_json(failure_of(problem, str(new_id())))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *problem.headers,
    ]
    start = {"type": "http.response.start", "status": problem.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
