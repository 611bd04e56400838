"""``drawbridge up --backups`` over its life, by an operator's commands: back up, lose, go back."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from deploy.cli.output import Exit
from local.embedded import free_port
from tests.e2e.firm import Seat, desk, e3_origination
from tests.e2e.running import Up
from tests.environment import bare

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.only_on("embedded")]

LOANS = 1
COMMAND_SECONDS_MAX = 180


class Operator:
    """Somebody at a terminal, on one data folder and one folder of backups."""

    def __init__(self, path: Path) -> None:
        self.data_dir, self.backups, self.port = path / "data", path / "backups", free_port()

    def start(self) -> Up:
        words = ("--backups", str(self.backups))
        return Up(self.data_dir, self.port, *words, loans=LOANS).wait_until_ready()

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        environment = bare()
        environment["DRAWBRIDGE_DATA_DIR"] = str(self.data_dir)
        command = [sys.executable, "-m", "deploy.cli", *map(str, words)]
        return subprocess.run(
            command,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
        )

    def told(self, *words: object) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == Exit.DONE, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: object) -> str:
        done = self.run(*words)
        assert done.returncode == Exit.REFUSED, done.stderr
        return done.stderr


def figures(admin: Seat) -> tuple[Any, ...]:
    """What the read side shows once it has seen all that was done at this desk."""
    at = {"min_position": admin.position}
    loans = admin.get("/loans", page_size=100, **at)["data"]
    return loans, admin.get("/dashboards/portfolio", **at)["data"]


def lend(admin: Seat) -> None:
    """One more loan."""
    builder_user_id = admin.get("/users")["data"][0]["id"]
    admin.post("/loans", e3_origination(builder_user_id))


def well(operator: Operator, up: Up, shown: tuple[Any, ...]) -> None:
    """The figures are these, every row is as a replay makes it, and nothing is wrong."""
    with up.client() as client:
        assert figures(desk(client)) == shown
    assert all(each["missing"] == each["surplus"] == 0 for each in verified(operator))
    assert all(each["well"] for each in operator.told("doctor"))


def verified(operator: Operator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operator.told("projections", "verify")
    assert found
    return found


def test_what_is_backed_up_is_restored_to_its_end_and_to_a_moment(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    operator.refused("backup")
    with operator.start() as up, up.client() as client:
        admin = desk(client)
        base = operator.told("backup")
        (listed,) = operator.told("backup", "list")
        assert (listed["name"], listed["log_missing"]) == (base["name"], None)
        lend(admin)
        at_noon = figures(admin)
        sleep(0.1)
        noon = datetime.now(UTC).isoformat()
        sleep(0.1)
        lend(admin)
        at_the_end = figures(admin)
        assert str(up.process.pid) in operator.refused("restore", "--from", operator.backups)
    assert len(at_the_end[0]) == len(at_noon[0]) + 1 == LOANS + 2

    done = operator.told("restore", "--from", operator.backups)
    assert (done["position"], done["lost_events"]) == (base["position"] + 2, 0)
    with operator.start() as up:
        well(operator, up, at_the_end)
        with up.client() as client:
            lend(desk(client))

    done = operator.told("restore", "--from", operator.backups, "--to-time", noon)
    assert done["position"] == base["position"] + 1
    assert Path(done["aside"]).is_dir()
    with operator.start() as up:
        well(operator, up, at_noon)
        operator.told("backup", "--keep", 1)
        (listed,) = operator.told("backup", "list")
        assert listed["position"] == done["position"]
        assert up.end(signal.SIGTERM) == Exit.DONE
