"""The node of Apache Kafka that tests start: on this machine only, and gone when we are."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local.embedded import DataFolder

pytestmark = pytest.mark.only_on("kafka")

GONE_SECONDS_MAX = 60
_HOLD = """
import sys
from pathlib import Path
from time import sleep
from local.embedded import DataFolder
from tests.servers.kafka_node import KafkaNode
with DataFolder(Path(sys.argv[1])) as folder, KafkaNode(folder) as node:
    print(node.pid, flush=True)
    sleep(60)
"""


def test_it_listens_on_the_loopback_only(data_folder: DataFolder) -> None:
    from tests.servers.kafka_node import KafkaNode

    with KafkaNode(data_folder, name="kafka-loopback") as node:
        sockets = psutil.Process(node.pid).net_connections()
        listening = [each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN]
    assert len(listening) == 2
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_it_dies_with_a_parent_that_was_killed(tmp_path: Path, project_root: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=project_root) as parent:
        assert parent.stdout is not None
        node = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs([node], timeout=GONE_SECONDS_MAX)
    assert alive == []
