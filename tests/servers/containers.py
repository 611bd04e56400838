"""PostgreSQL and Apache Kafka in containers, by testcontainers."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from local.embedded import Server, ServerFailedError, free_port

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.3.1"
_START_SECONDS_MAX = 120.0
_POLL_SECONDS = 0.5
_DURABLE = "postgres -c max_connections=200 -c timezone=UTC"
_NODE = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
        "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT"
    ),
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_BROKER_SESSION_TIMEOUT_MS": "2000",
    "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
}
_ANSWERS = ["/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "localhost:9094"]


@contextmanager
def postgres_container() -> Iterator[str]:
    """The address of an administrator's database, as durable as the image makes it."""
    container = PostgresContainer(POSTGRES_IMAGE, driver=None).with_command(_DURABLE)
    with container as server:
        yield server.get_connection_url()


class KafkaContainer(Server):
    """A node whose port outside is the same over restarts, and the one it tells clients of."""

    idempotence = True

    def __init__(self) -> None:
        """Describe the node; nothing runs yet."""
        self._port = free_port()
        self._container: DockerContainer | None = None
        self._host = "127.0.0.1"

    @property
    def bootstrap(self) -> str:
        """Host and port, as Kafka clients want them."""
        return f"{self._host}:{self._port}"

    def start(self) -> None:
        """Run it, with what it kept, and wait until it answers.

        Raises:
            ServerFailedError: it did not come up; the message carries the end of its log.
        """
        if self._container is None:
            self._container = self._described()
            self._container.start()
        else:
            self._container.get_wrapped_container().start()
        deadline = monotonic() + _START_SECONDS_MAX
        while self._container.exec(_ANSWERS).exit_code != 0:
            if monotonic() > deadline:
                log = self._container.get_wrapped_container().logs(tail=20).decode()
                raise ServerFailedError(f"Kafka's container does not answer. Its log ends:\n{log}")
            sleep(_POLL_SECONDS)

    def start_empty(self) -> None:
        """Run another in its place."""
        self.leave()
        self.start()

    def stop(self) -> None:
        """End it in order; its log stays."""
        if self._container is not None:
            self._container.get_wrapped_container().stop()

    def kill(self) -> None:
        """End it as a crash would."""
        if self._container is not None:
            self._container.get_wrapped_container().kill()

    def leave(self) -> None:
        """Remove it."""
        if self._container is not None:
            self._container.stop()
            self._container = None

    def _described(self) -> DockerContainer:
        container = DockerContainer(KAFKA_IMAGE).with_bind_ports(self._port, self._port)
        # Where the engine is elsewhere, so is the port.
        self._host = container.get_docker_client().host()
        listeners = f"OUTSIDE://0.0.0.0:{self._port},INSIDE://localhost:9094"
        return container.with_envs(
            **_NODE,
            KAFKA_LISTENERS=f"{listeners},CONTROLLER://localhost:9093",
            KAFKA_ADVERTISED_LISTENERS=f"OUTSIDE://{self.bootstrap},INSIDE://localhost:9094",
        )
