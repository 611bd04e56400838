"""PostgreSQL and a Kafka-protocol broker from wheels: real servers, no Docker, no system packages.

For development, tests and benchmarks only. Both need a `DataFolder`, and opening one is refused in
production, so that there is one door and it is shut there.
"""

from local.embedded.broker import Broker
from local.embedded.errors import (
    DataFolderInUseError,
    EmbeddedError,
    EmbeddedRefusedError,
    ServerFailedError,
)
from local.embedded.folder import DataFolder
from local.embedded.postgres import Archive, Postgres
from local.embedded.process import Child, free_port, port_is_taken
from local.embedded.server import Server

__all__ = [
    "Archive",
    "Broker",
    "Child",
    "DataFolder",
    "DataFolderInUseError",
    "EmbeddedError",
    "EmbeddedRefusedError",
    "Postgres",
    "Server",
    "ServerFailedError",
    "free_port",
    "port_is_taken",
]
