"""``drawbridge cob run``: all loans on every core, again without effect, stopped and gone on with."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bench.loans import active_loans
from deploy.cli import cob
from deploy.cli.output import Exit
from deploy.errors import RefusedError
from runtime.settings import Settings
from tests.integration.cli.test_cli import Shell

LOANS = 7
DATE = ("--date", "2025-01-20")


@pytest.fixture
def shell(database_url: str) -> Shell:
    settings = Settings(database_url=database_url)
    asyncio.run(active_loans(settings, LOANS, advanced_cents=250_000_00))
    return Shell(database_url)


def position(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT position FROM ledger.head").fetchone()
    return int(row[0]) if row else 0


def closed(shell: Shell, *words: str) -> Any:
    return shell.json("cob", "run", *DATE, *words)


def test_every_loan_is_closed_and_again_without_effect(shell: Shell, database_url: str) -> None:
    before = position(database_url)
    first = closed(shell, "--workers", "1")
    after = position(database_url)
    again = closed(shell, "--workers", "1")

    # Five days each, and the month opened.
    assert (first["loans"], first["changed"], first["unchanged"]) == (LOANS, LOANS, 0)
    assert first["events"] == after - before == LOANS * 6
    assert (again["changed"], again["unchanged"], again["events"]) == (0, LOANS, 0)
    assert (again["failed"], again["left"]) == ([], 0)
    assert position(database_url) == after


def test_a_dry_run_counts_what_would_be_and_records_nothing(
    shell: Shell, database_url: str
) -> None:
    before = position(database_url)

    would = closed(shell, "--dry-run")

    assert (would["changed"], would["events"], would["dry_run"]) == (LOANS, LOANS * 6, True)
    assert position(database_url) == before


def test_processes_share_the_loans(
    shell: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cob, "LOANS_A_TASK", 2)
    # Processes are told where the database is by what they are handed, not by the environment.
    done = closed(shell, "--workers", "2")

    assert (done["loans"], done["changed"], done["failed"]) == (LOANS, LOANS, [])


def test_one_loan_alone(shell: Shell, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT stream_id FROM ledger.events WHERE type = 'loan.closed' LIMIT 1"
        ).fetchone()
    assert row is not None

    assert closed(shell, "--loan", str(row[0]))["changed"] == 1
    assert closed(shell)["changed"] == LOANS - 1


def test_a_failed_loan_is_listed_and_the_exit_code_says_so(shell: Shell, database_url: str) -> None:
    too_far = shell.run("cob", "run", "--date", "2060-01-01", "--json")
    unknown = shell.run("cob", "run", *DATE, "--loan", str(uuid4()))

    result = json.loads(too_far.stdout)
    assert too_far.exit_code == Exit.WRONG
    assert {each["code"] for each in result["failed"]} == {"BUSINESS_DATE_TOO_FAR"}
    assert len(result["failed"]) == LOANS
    assert isinstance(unknown.exception, RefusedError)


def test_it_is_stopped_with_what_is_in_flight_done_and_gone_on_with(
    shell: Shell, database_url: str
) -> None:
    """Ctrl-C as it begins: some are closed, none by half, and the next run closes the rest."""
    code = "import deploy.cli.cob as cob; cob.LOANS_A_TASK = 1; from deploy.cli import main; main()"
    words = ["cob", "run", *DATE, "--workers", "1", "--json"]
    running = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        env=os.environ | {"DRAWBRIDGE_DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        text=True,
    )
    before = position(database_url)
    while position(database_url) == before and running.poll() is None:
        time.sleep(0.001)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=300)

    stopped = json.loads(out)
    assert stopped["changed"] + stopped["left"] == LOANS
    assert running.returncode == (Exit.WRONG if stopped["left"] else Exit.DONE)
    rest = closed(shell)
    assert (rest["changed"], rest["unchanged"]) == (stopped["left"], stopped["changed"])
