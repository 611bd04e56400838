"""``drawbridge up``, as somebody at a terminal uses it, with the servers it brings."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from deploy.cli.output import Exit
from local.embedded import free_port
from tests.e2e.running import END_SECONDS_MAX, Up
from tests.environment import bare

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.only_on("embedded")]

_LOANS = 4


def _eventually(holds: Any, *, seconds_max: float = 120.0) -> None:
    deadline = monotonic() + seconds_max
    while True:
        try:
            if holds():
                return
        except (httpx.HTTPError, StopIteration):
            pass
        assert monotonic() < deadline
        sleep(0.1)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("up") / "data", free_port(), loans=_LOANS) as running:
        yield running.wait_until_ready()


def test_it_says_where_it_is_and_how_to_sign_in(up: Up) -> None:
    said = "".join(up.said)
    assert f"{up.url}/docs" in said
    assert "admin@demo.test" in said
    assert "drawbridge-demo" in said
    assert [line for line in up.said if line.startswith("ready ")] == [f"ready {up.url}\n"]


def test_reads_and_writes_meet_behind_one_port(up: Up) -> None:
    with up.client() as client:
        loans = client.get("/loans").raise_for_status().json()
        assert loans["meta"]["total"] == _LOANS
        assert len(loans["data"]) == _LOANS
        client.get("/dashboards/portfolio").raise_for_status()


def test_health_names_the_dependencies_of_both_sides(up: Up) -> None:
    health = httpx.get(f"{up.url}/health").raise_for_status().json()["data"]
    assert health["status"] == "ok"
    assert health["dependencies"]["command.postgres"]["status"] == "ok"
    assert health["dependencies"]["query.postgres"]["status"] == "ok"


def test_the_document_holds_reads_and_writes(up: Up) -> None:
    document = httpx.get(f"{up.url}/openapi.json").raise_for_status().json()
    assert document["openapi"].startswith("3.1")
    assert {"get", "post"} <= set(document["paths"]["/api/v1/loans"])
    assert httpx.get(f"{up.url}/docs").status_code == 200
    assert httpx.get(f"{up.url}/redoc").status_code == 200


@pytest.mark.parametrize(
    "words", [("tansu",), ("serve",), ("relay",), ("project",)], ids=lambda words: words[0]
)
def test_what_is_killed_comes_back_and_reads_go_on(up: Up, words: tuple[str, ...]) -> None:
    victim = up.member(*words)
    victim.kill()
    victim.wait(END_SECONDS_MAX)
    _eventually(lambda: up.member(*words).pid != victim.pid)
    _eventually(lambda: httpx.get(f"{up.url}/health").status_code == 200)
    with up.client() as client:
        name = f"after {words[0]}"
        email = f"{words[0]}@demo.test"
        user = {"email": email, "name": name, "role": "auditor", "password": "drawbridge-demo"}
        client.post("/users", json=user).raise_for_status()
        assert client.get("/loans").raise_for_status().json()["meta"]["total"] == _LOANS


def test_the_database_is_killed_and_what_was_acknowledged_is_there(up: Up) -> None:
    with up.client() as client:
        user = {"email": "kept@demo.test", "name": "K", "role": "auditor", "password": "x" * 12}
        made = client.post("/users", json=user).raise_for_status().json()["data"]
    victim = up.member("postgres", "-D")
    victim.kill()
    victim.wait(END_SECONDS_MAX)
    _eventually(lambda: httpx.get(f"{up.url}/health").status_code == 200)
    with up.client() as client:
        found = client.get("/users", params={"page_size": 100}).raise_for_status().json()["data"]
        assert made["id"] in [user["id"] for user in found]


def test_a_second_one_on_the_same_folder_or_port_is_refused(up: Up, tmp_path: Path) -> None:
    same_folder = Up(up.data_dir, free_port(), loans=_LOANS)
    assert same_folder.process.wait(END_SECONDS_MAX) == Exit.REFUSED
    same_folder.close()
    assert str(up.process.pid) in same_folder.notes()
    same_port = Up(tmp_path / "data", int(up.url.rsplit(":", 1)[1]), loans=_LOANS)
    assert same_port.process.wait(END_SECONDS_MAX) == Exit.REFUSED
    same_port.close()
    assert "--port" in same_port.notes()


def test_other_terminals_find_it_as_it_says(up: Up) -> None:
    environment = bare()
    (told,) = [line for line in up.said if "DRAWBRIDGE_DATA_DIR=" in line]
    environment["DRAWBRIDGE_DATA_DIR"] = told.partition("=")[2].strip()

    def drawbridge(*words: str) -> str:
        command = [sys.executable, "-m", "deploy.cli", *words]
        return subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout

    with up.client() as client:
        loan = client.get("/loans").raise_for_status().json()["data"][0]
    assert loan["number"] in drawbridge("replay", "--stream", loan["id"])
    assert "loan.originated" in drawbridge("replay", "--stream", loan["id"], "--to-version", "1")
    _eventually(lambda: '"behind": 0' in drawbridge("projections", "list", "--json"))
    drawbridge("projections", "verify")
    drawbridge("doctor")


def test_a_second_start_keeps_the_data_after_ctrl_c_and_after_a_kill(tmp_path: Path) -> None:
    data_dir, port = tmp_path / "data", free_port()
    first = Up(data_dir, port, loans=_LOANS).wait_until_ready()
    with first.client() as client:
        before = client.get("/loans").raise_for_status().json()["data"]
    assert first.end(signal.SIGINT) == Exit.DONE
    second = Up(data_dir, port, loans=_LOANS).wait_until_ready()
    with second.client() as client:
        assert client.get("/loans").raise_for_status().json()["data"] == before
    assert second.end(signal.SIGKILL) == -signal.SIGKILL
    third = Up(data_dir, port, loans=_LOANS).wait_until_ready()
    with third.client() as client:
        assert client.get("/loans").raise_for_status().json()["data"] == before
    assert third.end(signal.SIGTERM, signal.SIGINT, signal.SIGTERM) == Exit.DONE
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_servers_that_are_named_are_used_instead(
    tmp_path: Path, empty_database_url: str, broker: str, topic: str
) -> None:
    named = {"database_url": empty_database_url, "kafka_bootstrap": broker, "kafka_topic": topic}
    up = Up(tmp_path / "data", free_port(), loans=_LOANS, kafka_idempotence="false", **named)
    with up.wait_until_ready():
        assert up.runs("project")
        assert not up.runs("postgres")
        assert not up.runs("tansu")
        with up.client() as client:
            assert client.get("/loans").raise_for_status().json()["meta"]["total"] == _LOANS
