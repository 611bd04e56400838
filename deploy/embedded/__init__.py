"""PostgreSQL and a Kafka-protocol broker from wheels: real servers, no Docker, no system packages.

For development, tests and benchmarks only. Both need a `DataFolder`, and opening one is refused in
production, so that there is one door and it is shut there.
"""

from deploy.embedded.broker import Broker
from deploy.embedded.errors import (
    DataFolderInUseError,
    EmbeddedError,
    EmbeddedRefusedError,
    ServerFailedError,
)
from deploy.embedded.folder import DataFolder, folder_is_held
from deploy.embedded.postgres import Archive, Postgres
from deploy.embedded.process import Child, free_port, port_is_taken

__all__ = [
    "Archive",
    "Broker",
    "Child",
    "DataFolder",
    "DataFolderInUseError",
    "EmbeddedError",
    "EmbeddedRefusedError",
    "Postgres",
    "ServerFailedError",
    "folder_is_held",
    "free_port",
    "port_is_taken",
]
