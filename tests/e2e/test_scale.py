"""Several of each on one machine, by one command: they share the work and stand in for one another."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest

from deploy.cli.place import running_system
from local.embedded import free_port
from relay.checkpoint import LOCK_KEY
from tests.e2e.firm import Firm, desk
from tests.e2e.running import ANSWER_SECONDS_MAX, END_SECONDS_MAX, Up
from tests.environment import bare
from tests.office import behind
from tests.scenario import E3_DRAWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.only_on("embedded")]

SCALE = "api=2,relay=2,projectors=4"
CALLERS = 8


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    data_dir = tmp_path_factory.mktemp("scaled") / "data"
    with Up(data_dir, free_port(), "--scale", SCALE, loans=2) as running:
        yield running.wait_until_ready()


@pytest.fixture(scope="module")
def firm(up: Up) -> Iterator[Firm]:
    with (
        up.client("admin@demo.test") as admin,
        up.client("builder1@demo.test") as builder,
        up.client("servicing@demo.test") as servicing,
    ):
        yield Firm(desk(admin), desk(builder), desk(servicing))


def eventually(holds: Callable[[], bool], *, seconds_max: float = 120.0) -> None:
    deadline = monotonic() + seconds_max
    while not holds():
        assert monotonic() < deadline
        sleep(0.1)


def programs(up: Up, word: str) -> list[psutil.Process]:
    """Our own processes of a kind, without those that hold them on a leash."""
    return [each for each in up.members(word) if "deploy.cli" in each.cmdline()]


def database_url(up: Up) -> str:
    found = running_system(up.data_dir)
    assert found is not None
    return found.database_url


def test_there_are_as_many_as_asked_for(up: Up) -> None:
    counted = {word: len(programs(up, word)) for word in ("serve", "relay", "project")}
    assert counted == {"serve": 2, "relay": 2, "project": 4}


def test_both_apis_answer_on_the_one_port(up: Up) -> None:
    port = int(up.url.rsplit(":", 1)[1])
    clients = [httpx.Client(base_url=up.url, timeout=ANSWER_SECONDS_MAX) for _ in range(32)]
    try:
        assert {client.get("/health").status_code for client in clients} == {200}
        serving = {
            each.pid
            for each in programs(up, "serve")
            if any(
                c.status == psutil.CONN_ESTABLISHED and c.laddr.port == port
                for c in each.net_connections("tcp")
            )
        }
    finally:
        for client in clients:
            client.close()
    assert len(serving) == 2


def test_drafts_on_one_loan_through_both_apis_are_numbered_without_a_gap(
    up: Up, firm: Firm
) -> None:
    loan = firm.e3_loan(draws=0)
    token = firm.admin.client.headers["Authorization"]
    body = loan.request(E3_DRAWS[0].asked, E3_DRAWS[0].funded_on.isoformat())

    def draft(_: int) -> int:
        headers = {"Authorization": token, "Idempotency-Key": uuid4().hex}
        url = f"{up.url}/api/v1/loans/{loan.loan_id}/draws"
        answer = httpx.post(url, json=body, headers=headers, timeout=ANSWER_SECONDS_MAX)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["data"]["number"])

    with ThreadPoolExecutor(CALLERS) as callers:
        numbers = sorted(callers.map(draft, range(4 * CALLERS)))
    assert numbers == list(range(1, 4 * CALLERS + 1))


@pytest.mark.parametrize("word", ["serve", "relay", "project"])
def test_one_of_them_is_killed_and_another_stands_in(up: Up, firm: Firm, word: str) -> None:
    before = {each.pid for each in programs(up, word)}
    victim = programs(up, word)[0]
    victim.kill()
    victim.wait(END_SECONDS_MAX)
    for _ in range(8):  # no connection is dealt to the one that is gone
        assert httpx.get(f"{up.url}/health", timeout=ANSWER_SECONDS_MAX).status_code == 200
    name = {"email": f"{word}@scaled.test", "name": word, "role": "auditor", "password": "x" * 12}
    with up.client() as client:
        client.post("/users", json=name).raise_for_status()
    eventually(lambda: behind(database_url(up)) == 0)
    eventually(lambda: len(programs(up, word)) == len(before))


def test_the_read_side_is_exact_in_the_end(up: Up, firm: Firm) -> None:
    cases = firm.e3_loan(draws=3), firm.e3_loan(draws=1)
    eventually(lambda: behind(database_url(up)) == 0)
    for case in cases:
        assert firm.read(case.path)["state"] == "ACTIVE"
    environment = bare()
    subprocess.run(
        [sys.executable, "-m", "deploy.cli", "projections", "verify"],
        env=environment | {"DRAWBRIDGE_DATABASE_URL": database_url(up)},
        check=True,
        capture_output=True,
    )


def test_one_relay_leads(up: Up) -> None:
    with psycopg.connect(database_url(up)) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid::bigint = %s",
            [LOCK_KEY],
        ).fetchone()
    assert row == (1,)
