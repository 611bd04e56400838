"""An application served as `drawbridge serve` serves it: by the same server, on a loop of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread

import uvicorn

from tests.office import WAIT_SECONDS_MAX


@asynccontextmanager
async def port_of(server: uvicorn.Server) -> AsyncIterator[int]:
    """The port of a server that runs in a thread of its own, until the way out."""
    thread = Thread(target=server.run)
    thread.start()
    try:
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while not server.started:
                assert thread.is_alive()
                await asyncio.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)
