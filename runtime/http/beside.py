"""What a process that serves no API tells about itself, on a port of its own.

The same three paths as the APIs answer, and no others. It is no `Api`: a relay or projector knows no
users, and must not be asked for the secrets that know them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.kernel.resource import Resource
from runtime import kafka
from runtime.http.app import Check
from runtime.http.operations import LiveResource, states_of
from runtime.http.rendering import render
from runtime.metrics import METRICS_MEDIA_TYPE, exposition
from runtime.postgres import Process, connect
from runtime.settings import Settings

VERSION = "0.1.0"


def application(checks: Mapping[str, Check]) -> Starlette:
    """``/metrics``, ``/health/live``, and ``/health`` with these dependencies."""

    async def metrics(_: Request) -> Response:
        return Response(exposition(), headers={"content-type": METRICS_MEDIA_TYPE})

    async def live(_: Request) -> Response:
        return _told(LiveResource())

    async def health(_: Request) -> Response:
        data, status = await states_of(checks, VERSION)
        return _told(data, status)

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/health/live", live),
            Route("/health", health),
        ]
    )


def dependencies(settings: Settings, process: Process) -> dict[str, Check]:
    """What a relay or projector cannot work without.

    Args:
        settings: name the database, and the broker if there is one.
        process: whose role is to be let in.
    """

    async def postgres() -> str:
        async with await connect(settings, process) as connection:
            row = await (await connection.execute("SHOW server_version")).fetchone()
        return str(row[0]) if row else "unknown"

    async def broker() -> str:
        await kafka.greet(settings)
        return settings.kafka_security_protocol.value

    checks: dict[str, Check] = {"postgres": postgres}
    if settings.kafka_bootstrap is not None:
        checks["broker"] = broker
    return checks


class Beside(uvicorn.Server):
    """Serves beside the work of a process, and leaves signals to it."""

    def __init__(self, checks: Mapping[str, Check], host: str, port: int) -> None:
        """Describe the server; ``serve()`` runs it until it is cancelled."""
        super().__init__(
            uvicorn.Config(
                application(checks),
                host=host,
                port=port,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _told(data: Resource, status: int = 200) -> Response:
    return Response(render(data, None), status, media_type="application/json")
