"""Starting and stopping, as an ASGI server asks for it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


async def live(
    lifespans: list[Lifespan],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
) -> None:
    """Start everything in order and, once the server asks, stop it in the reverse order."""
    await receive()
    try:
        async with AsyncExitStack() as stack:
            for lifespan in lifespans:
                await stack.enter_async_context(lifespan())
            await send({"type": "lifespan.startup.complete"})
            await receive()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": repr(error)})
        raise
    await send({"type": "lifespan.shutdown.complete"})
