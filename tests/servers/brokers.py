"""A broker that tests may stop, kill and empty, whichever program it is."""

from types import TracebackType
from typing import Protocol, Self

from local.embedded import Broker, DataFolder
from tests.servers.backend import Backend


class BrokerServer(Protocol):
    """A broker on one port of this machine, which it keeps over restarts.

    Attributes:
        idempotence: whether it takes an idempotent producer.
    """

    idempotence: bool

    @property
    def bootstrap(self) -> str:
        """Host and port, as Kafka clients want them."""
        ...

    def start(self) -> None:
        """Run it, with what it kept, and wait until it answers."""
        ...

    def start_empty(self) -> None:
        """Run it as if it had never run."""
        ...

    def stop(self) -> None:
        """End it in order."""
        ...

    def kill(self) -> None:
        """End it as a crash would."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Tansu(Broker):
    """The embedded broker, which keeps nothing, so every start of it is an empty one."""

    idempotence = False

    def start_empty(self) -> None:
        """Start it; it is empty."""
        self.start()


def a_broker(backend: Backend, folder: DataFolder, *, name: str) -> BrokerServer:
    """A broker of the run's backend, started when entered.

    Args:
        backend: of this run.
        folder: an entered data folder.
        name: of its log and its own folder; one data folder serves several brokers.
    """
    match backend:
        case Backend.EMBEDDED:
            return Tansu(folder, name=name)
        case Backend.KAFKA:
            from tests.servers.kafka_node import KafkaNode

            return KafkaNode(folder, name=name)
        case Backend.CONTAINERS:
            from tests.servers.containers import KafkaContainer

            return KafkaContainer()
