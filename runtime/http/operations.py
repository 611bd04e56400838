"""The operations that every process answers about itself."""

import asyncio
from collections.abc import Mapping
from typing import Any

from domain.access import Right
from runtime.http.app import Api, Check
from runtime.http.call import Answer
from runtime.http.router import Router
from runtime.metrics import METRICS_MEDIA_TYPE, exposition

CHECK_SECONDS_MAX = 2.0


router = Router("operations")


@router.get(
    "/health",
    "health",
    right=Right.PUBLIC,
    example={
        "status": "ok",
        "version": "0.1.0",
        "dependencies": {"postgres": {"status": "ok", "version": "18.1"}},
    },
    prefixed=False,
)
async def health(api: Api) -> Answer:
    """Whether the process can do its work.

    Names each dependency with its version; 503 when one does not answer.
    """
    data, status = await states_of(api.checks, api.version)
    return Answer(data, status=status)


@router.get(
    "/health/live", "health_live", right=Right.PUBLIC, example={"status": "ok"}, prefixed=False
)
async def live() -> Answer:
    """Whether the process is alive at all."""
    return Answer({"status": "ok"})


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


async def states_of(checks: Mapping[str, Check], version: str) -> tuple[dict[str, Any], int]:
    """What ``/health`` says of a process with these dependencies, and with which status."""
    names = list(checks)
    states = await asyncio.gather(*(_state(checks[name]) for name in names))
    well = all(state["status"] == "ok" for state in states)
    data = {
        "status": "ok" if well else "unavailable",
        "version": version,
        "dependencies": dict(zip(names, states, strict=True)),
    }
    return data, 200 if well else 503


async def _state(check: Check) -> dict[str, str]:
    try:
        return {"status": "ok", "version": await asyncio.wait_for(check(), CHECK_SECONDS_MAX)}
    except Exception as error:  # whatever it is, the dependency is not well
        return {"status": "unavailable", "reason": type(error).__name__}
