"""The servers a run of the suite meets, chosen once by DRAWBRIDGE_TEST_BACKEND."""

from tests.servers.backend import Backend, ServersMissing, chosen, demand
from tests.servers.brokers import BrokerServer, a_broker
from tests.servers.databases import a_database_server

__all__ = [
    "Backend",
    "BrokerServer",
    "ServersMissing",
    "a_broker",
    "a_database_server",
    "chosen",
    "demand",
]
