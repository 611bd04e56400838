"""Reads and writes behind one port, in one process, as a load balancer would join them.

GET and HEAD go to the query app, everything else to the command app. Three paths belong to the
door itself, because each app knows half: ``/health``, ``/openapi.json``, and through the latter
``/docs`` and ``/redoc``.
"""

import asyncio
from typing import Any

import orjson
from starlette.types import Message, Receive, Scope, Send

from command_api.app import create_app as create_command_app
from query_api.app import create_app as create_query_app
from runtime.http.app import Api
from runtime.http.lifespan import live
from runtime.http.openapi import document_of
from runtime.settings import Settings

_READS = frozenset({"GET", "HEAD"})


class FrontDoor:
    """The ASGI application over both APIs."""

    def __init__(self, command: Api, query: Api) -> None:
        self._command = command
        self._query = query
        self._document: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        if scope["type"] == "lifespan":
            await live([self._command.lifespan, self._query.lifespan], receive, send)
        elif scope["type"] != "http" or scope["method"] not in _READS:
            await self._command(scope, receive, send)
        elif scope["path"] == "/health":
            await self._health(scope, receive, send)
        elif scope["path"] == "/openapi.json":
            await self._openapi(scope, receive, send)
        else:
            await self._query(scope, receive, send)

    async def _health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ready when both are; dependencies are named ``<process>.<dependency>``."""
        answers = dict(
            zip(
                ("command", "query"),
                await asyncio.gather(
                    _ask(self._command, scope, receive), _ask(self._query, scope, receive)
                ),
                strict=True,
            )
        )
        # A process that fails even to say how it is answers in the failure envelope, without data.
        told = {name: orjson.loads(body).get("data", {}) for name, (_, body) in answers.items()}
        status = max(start["status"] for start, _ in answers.values())
        body = {
            "success": True,
            "data": {
                "status": "ok" if status == 200 else "unavailable",
                "version": self._query.version,
                "dependencies": {
                    f"{name}.{dependency}": state
                    for name, data in told.items()
                    for dependency, state in data.get("dependencies", {}).items()
                },
            },
            "meta": {},
        }
        start, _ = answers["query"]
        await _answer(send, {**start, "status": status}, orjson.dumps(body))

    async def _openapi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The document of both, under the headers of one."""
        start, _ = await _ask(self._query, scope, receive)
        if self._document is None:
            self._document = orjson.dumps(document_of_both(self._command, self._query))
        await _answer(send, start, self._document)


def create_front_door(settings: Settings) -> FrontDoor:
    """Both APIs of one place behind one door; a request counts once, whichever answers it."""
    command = create_command_app(settings)
    return FrontDoor(command, create_query_app(settings, command.limits))


def document_of_both(command: Api, query: Api) -> dict[str, Any]:
    """One OpenAPI document of both; what both name alike is one.

    Raises:
        ValueError: one name means two things.
    """
    return document_of(
        (command.plans | query.plans).values(),
        title="Drawbridge",
        version=query.version,
        description=f"{command.description} {query.description}",
    )


async def _ask(app: Api, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """An app's answer, kept instead of sent."""
    start: Message = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await app({**scope, "method": "GET"}, receive, keep)
    return start, bytes(body)


async def _answer(send: Send, start: Message, body: bytes) -> None:
    """Send a body under the headers of another answer."""
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    headers.append((b"content-length", b"%d" % len(body)))
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body})
