"""The operations that every process answers about itself."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from msgspec import UNSET, UnsetType

from domain.access import Right
from domain.kernel.resource import Resource
from runtime.http.app import Api, Check
from runtime.http.call import Answer
from runtime.http.router import Router
from runtime.metrics import METRICS_MEDIA_TYPE, exposition

CHECK_SECONDS_MAX = 2.0


router = Router("operations")


class DependencyResource(Resource):
    """How a dependency is: its version if it is well, else what happened."""

    status: Literal["ok", "unavailable"]
    version: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class HealthResource(Resource):
    """How a process is, and what it depends on."""

    status: Literal["ok", "unavailable"]
    version: str
    dependencies: dict[str, DependencyResource]


class LiveResource(Resource):
    """That a process answers at all."""

    status: Literal["ok"] = "ok"


@router.get(
    "/health",
    "health",
    right=Right.PUBLIC,
    example=HealthResource(
        status="ok",
        version="0.1.0",
        dependencies={"postgres": DependencyResource(status="ok", version="18.1")},
    ),
    prefixed=False,
)
async def health(api: Api) -> Answer:
    """Whether the process can do its work.

    Names each dependency with its version; 503 when one does not answer.
    """
    data, status = await states_of(api.checks, api.version)
    return Answer(data, status=status)


@router.get(
    "/health/live", "health_live", right=Right.PUBLIC, example=LiveResource(), prefixed=False
)
async def live() -> Answer:
    """Whether the process is alive at all."""
    return Answer(LiveResource())


@router.get(
    "/metrics",
    "metrics",
    right=Right.PUBLIC,
    example="drawbridge_appended_events_total 42.0",
    prefixed=False,
    media_type="text/plain",
)
async def metrics(api: Api) -> Answer:
    """What is measured, for Prometheus."""
    await asyncio.gather(*(measure() for measure in api.measures))
    return Answer(body=exposition(), content_type=METRICS_MEDIA_TYPE.encode())


def operations_router() -> Router:
    """``/health``, ``/health/live`` and ``/metrics``; they ask for the `Api` itself."""
    return router


async def states_of(checks: Mapping[str, Check], version: str) -> tuple[HealthResource, int]:
    """What ``/health`` says of a process with these dependencies, and with which status."""
    names = list(checks)
    states = await asyncio.gather(*(_state(checks[name]) for name in names))
    well = all(state.status == "ok" for state in states)
    health = HealthResource(
        status="ok" if well else "unavailable",
        version=version,
        dependencies=dict(zip(names, states, strict=True)),
    )
    return health, 200 if well else 503


async def _state(check: Check) -> DependencyResource:
    try:
        version = await asyncio.wait_for(check(), CHECK_SECONDS_MAX)
        return DependencyResource(status="ok", version=version)
    except Exception as error:  # whatever it is, the dependency is not well
        return DependencyResource(status="unavailable", reason=type(error).__name__)
