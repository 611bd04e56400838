"""Apache Kafka itself: one process that is broker and controller, with its log in a folder.

It listens on 127.0.0.1 only, in the open and with TLS. It is a `Child`, so it ends with us however
we end.
"""

import base64
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from local.embedded import Child, DataFolder, ServerFailedError, free_port
from local.embedded.process import leashed
from local.embedded.server import ProgramServer
from tests.servers.backend import JARS

_START_SECONDS_MAX = 60.0
_STOP_SECONDS_MAX = 15.0
_JVM = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "OPEN",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "group.initial.rebalance.delay.ms": "0",
    "controlled.shutdown.enable": "false",
    # A killed node is let in again when its session has run out.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
}


@dataclass(frozen=True, slots=True)
class Secured:
    """What a node with doors that want a password or a certificate is made of.

    Attributes:
        key_and_certificate: of the node, as PEM, with the certificate's chain.
        authority: certificate of the authority that signs clients, as PEM.
        users: passwords by user name, good for PLAIN and both kinds of SCRAM.
    """

    key_and_certificate: Path
    authority: Path
    users: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Ports:
    controller: int
    sasl_tls: int
    tls: int


class KafkaNode(ProgramServer):
    """A node with its log in ``<data folder>/<name>``."""

    idempotence = True

    def __init__(
        self, folder: DataFolder, *, name: str = "kafka", secured: Secured | None = None
    ) -> None:
        """Describe the node; nothing runs yet.

        Args:
            folder: an entered data folder.
            name: of its log file and its folder.
            secured: for doors with TLS next to the open one.
        """
        super().__init__(folder, name="Kafka")
        self._home = folder.path / name
        self._log_file = folder.logs / f"{name}.log"
        self._secured = secured
        self._ports: _Ports | None = None

    @property
    def bootstrap(self) -> str:
        """Host and port of the open door."""
        return f"127.0.0.1:{self.port}"

    @property
    def sasl_tls_bootstrap(self) -> str:
        """Host and port of the door that wants TLS, a user name and a password."""
        return f"127.0.0.1:{self._bound().sasl_tls}"

    @property
    def tls_bootstrap(self) -> str:
        """Host and port of the door that wants a client's certificate."""
        return f"127.0.0.1:{self._bound().tls}"

    def start_empty(self) -> None:
        """Run it on the same port, without anything it kept."""
        shutil.rmtree(self._home)
        self.start()

    def leave(self) -> None:
        """End it for good, and remove its log."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def _prepare(self) -> None:
        """Format its storage the first time."""
        self._ports = self._ports or _Ports(*(free_port() for _ in range(3)))
        self._format()

    def _forget(self) -> None:
        self._ports = None
        shutil.rmtree(self._home)

    def _program(self) -> Child:
        return Child(
            self._name,
            [*_java(), "kafka.Kafka", self._properties],
            log=self._log_file,
            env=_environment(),
            stop_seconds=_STOP_SECONDS_MAX,
        )

    @property
    def _properties(self) -> Path:
        return self._home / "server.properties"

    def _bound(self) -> _Ports:
        if self._ports is None:
            raise ServerFailedError("Kafka was not started")
        return self._ports

    def _format(self) -> None:
        if (self._home / "log" / "meta.properties").exists():
            return
        self._home.mkdir(parents=True, exist_ok=True)
        lines = (self._settings() | self._doors()).items()
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in lines))
        cluster = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=").replace("-", "A")
        command = [*_java(), "kafka.tools.StorageTool", "format", "-t", cluster]
        command += ["-c", self._properties, *self._scram()]
        made = subprocess.run(
            leashed(command, user=None, signal_at_death=signal.SIGKILL),
            check=False,
            capture_output=True,
            text=True,
            env=_environment(),
            timeout=_START_SECONDS_MAX,
        )
        if made.returncode != 0:
            raise ServerFailedError(f"Kafka's storage was not made: {made.stdout}{made.stderr}")

    def _settings(self) -> dict[str, object]:
        ports = self._bound()
        doors = {"OPEN": self.port, "CONTROLLER": ports.controller}
        protocols = {"OPEN": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
        if self._secured:
            doors |= {"SASL": ports.sasl_tls, "TLS": ports.tls}
            protocols |= {"SASL": "SASL_SSL", "TLS": "SSL"}
        listeners = {name: f"{name}://127.0.0.1:{port}" for name, port in doors.items()}
        outward = [address for name, address in listeners.items() if name != "CONTROLLER"]
        return _NODE | {
            "log.dirs": self._home / "log",
            "controller.quorum.voters": f"1@127.0.0.1:{ports.controller}",
            "listeners": ",".join(listeners.values()),
            "advertised.listeners": ",".join(outward),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in protocols.items()
            ),
        }

    def _doors(self) -> dict[str, object]:
        """What the doors with TLS want."""
        if self._secured is None:
            return {}
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        known = " ".join(f'user_{name}="{word}"' for name, word in self._secured.users.items())
        return {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.sasl.plain.sasl.jaas.config": f"{plain} {known};",
            "listener.name.sasl.scram-sha-256.sasl.jaas.config": scram,
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": scram,
            "listener.name.tls.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._secured.key_and_certificate,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self._secured.authority,
        }

    def _scram(self) -> list[str]:
        users = self._secured.users if self._secured else {}
        return [
            word
            for name, password in users.items()
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for word in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]


def _java() -> list[str | Path]:
    program = shutil.which("java")
    if program is None:
        raise ServerFailedError("There is no Java here.")
    return [program, *_JVM, "-cp", f"{JARS}/*"]


def _environment() -> dict[str, str]:
    """Without JAVA_TOOL_OPTIONS and the like, which would change it."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
