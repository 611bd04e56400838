"""What serves an API to the network: uvicorn, set up as one process of many may be run."""

import socket
from enum import StrEnum
from typing import Any

import uvicorn

from deploy.serving.connections import BACKLOG_CONNECTIONS_MAX, bounded, connections_max
from runtime.settings import Settings


class Served(StrEnum):
    """What can be served."""

    COMMAND = "command"
    QUERY = "query"
    ALL = "all"


def application(which: Served, settings: Settings) -> Any:
    """The ASGI application; an API that is not asked for is not even imported.

    Raises:
        ValueError: the settings are unsafe to serve under.
    """
    match which:
        case Served.COMMAND:
            from command_api.app import create_app

            return create_app(settings)
        case Served.QUERY:
            from query_api.app import create_app as create_query_app

            return create_query_app(settings)
        case Served.ALL:
            from deploy.serving.front_door import create_front_door

            return create_front_door(settings)


def server(application: Any, settings: Settings, host: str, port: int) -> uvicorn.Server:
    """What is to be run; callers are who connects, unless that is a proxy of ours."""
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            loop="uvloop",
            http=bounded(connections_max(settings)),
            backlog=BACKLOG_CONNECTIONS_MAX,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=5,
        )
    )


def shared(host: str, port: int) -> socket.socket:
    """A socket on a port that others may listen on as well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((host, port))
    return listening
