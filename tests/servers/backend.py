"""Which servers the tests meet: the embedded ones, Apache Kafka itself, or containers."""

import os
import shutil
from enum import StrEnum
from pathlib import Path

JARS = Path(__file__).resolve().parents[2] / ".tools" / "kafka"
"""Where `make test-kafka` has Maven put Apache Kafka."""


class Backend(StrEnum):
    """The value of DRAWBRIDGE_TEST_BACKEND."""

    EMBEDDED = "embedded"
    """PostgreSQL and Tansu from wheels."""
    KAFKA = "kafka"
    """PostgreSQL from its wheel, and Apache Kafka on this machine's Java."""
    CONTAINERS = "containers"
    """PostgreSQL and Apache Kafka in containers."""


class ServersMissing(Exception):
    """What was chosen cannot run here; the message says why in one line."""


def chosen() -> Backend:
    """The backend of this run.

    Raises:
        ServersMissing: there is none of that name.
    """
    given = os.environ.get("DRAWBRIDGE_TEST_BACKEND", Backend.EMBEDDED)
    try:
        return Backend(given)
    except ValueError:
        known = ", ".join(Backend)
        raise ServersMissing(f"DRAWBRIDGE_TEST_BACKEND={given}: choose one of {known}") from None


def demand(backend: Backend) -> None:
    """See that the backend can run here, before the first test does.

    Raises:
        ServersMissing: it cannot.
    """
    if backend is Backend.KAFKA:
        if shutil.which("java") is None:
            raise ServersMissing("DRAWBRIDGE_TEST_BACKEND=kafka: there is no Java here")
        if not any(JARS.glob("kafka_*.jar")):
            raise ServersMissing(
                "DRAWBRIDGE_TEST_BACKEND=kafka: run `make test-kafka`, it fetches it"
            )
    if backend is Backend.CONTAINERS and (reason := _no_engine()):
        raise ServersMissing(f"DRAWBRIDGE_TEST_BACKEND=containers: no engine answers ({reason})")


def _no_engine() -> str | None:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=5)
        try:
            client.ping()
        finally:
            client.close()
    except DockerException as error:
        return str(error).splitlines()[0]
    return None
