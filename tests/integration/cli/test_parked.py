"""``drawbridge parked``: what blocks is shown, tried again or left out, with who and why."""

import asyncio
import json
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from deploy.cli import app
from deploy.cli.output import Exit
from projectors import engine
from runtime.settings import Settings
from tests.office import caught_up, open_office, running
from tests.poison import mend, spoil


class ParkedShell:
    """Runs ``drawbridge`` in a process of its own kind, against one database."""

    def __init__(self, database_url: str) -> None:
        self.environment = {"DRAWBRIDGE_DATABASE_URL": database_url}

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=self.environment)

    def json(self, *words: str, code: Exit = Exit.DONE) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)


@pytest.fixture
def shell(database_url: str) -> ParkedShell:
    return ParkedShell(database_url)


@pytest.fixture
def payloads(database_url: str) -> dict[int, bytes]:
    """Two loans projected, the third event of the first of which nobody can read."""
    return asyncio.run(_projected(Settings(database_url=database_url)))


async def _projected(settings: Settings) -> dict[int, bytes]:
    async with open_office(settings) as office:
        await office.active_loan()
        spoilt = spoil(settings.database_url, [3])
        await office.active_loan()
        async with running(engine.run, settings):
            await caught_up(settings.database_url)
    return spoilt


def test_the_blocker_is_listed_with_why_and_how_many_wait(
    shell: ParkedShell, payloads: dict[int, bytes]
) -> None:
    (one,) = shell.json("parked", "list", "--projection", "history")
    assert (one["position"], one["behind"], one["type"]) == (3, 2, "loan.approved")
    assert one["reason"].startswith("DecodeError at ")
    assert len(shell.json("parked", "list")) == 8
    (listed,) = [
        each for each in shell.json("projections", "list") if each["name"] == "loan_summary"
    ]
    assert (listed["behind"], listed["parked"]) == (0, 3)
    wrong = [each for each in shell.json("doctor", code=Exit.WRONG) if not each["well"]]
    assert {each["mend"].split("`")[1] for each in wrong} >= {
        "drawbridge parked list --projection history"
    }
    assert payloads


def test_a_retry_says_what_still_cannot_be_applied_and_works_once_it_is_mended(
    shell: ParkedShell, database_url: str, payloads: dict[int, bytes]
) -> None:
    (left,) = shell.json("parked", "retry", "history", code=Exit.WRONG)
    assert (left["applied"], left["blocked_at"]) == (0, 3)
    mend(database_url, payloads)
    assert [each["applied"] for each in shell.json("parked", "retry", "--dry-run")] == [3] * 8
    assert len(shell.json("parked", "list")) == 8
    (done,) = shell.json("parked", "retry", "history", "--loan", left["partition_key"])
    assert (done["applied"], done["blocked_at"]) == (3, None)
    assert shell.run("parked", "retry").exit_code == Exit.DONE
    assert shell.json("parked", "list") == []
    assert all(each["missing"] == 0 for each in shell.json("projections", "verify"))


def test_only_the_blocker_is_skipped_with_a_reason_and_on_record(
    shell: ParkedShell, payloads: dict[int, bytes]
) -> None:
    refused = shell.run("parked", "skip", "history", "4", "--reason", "not this one")
    assert refused.exit_code != Exit.DONE
    assert shell.run("parked", "skip", "history", "3").exit_code == Exit.USAGE
    assert shell.run("parked", "skip", "history", "3", "--reason", " ").exit_code == Exit.USAGE
    assert shell.run("parked", "skip", "nothing", "3", "--reason", "x").exit_code == Exit.USAGE
    tried = shell.run("parked", "skip", "history", "3", "--reason", "unreadable", "--dry-run")
    assert tried.exit_code == Exit.DONE
    assert shell.json("parked", "list", "--skipped") == []

    (done,) = shell.json("parked", "skip", "history", "3", "--reason", "unreadable")
    assert (done["applied"], done["blocked_at"]) == (2, None)
    (found,) = shell.json("parked", "list", "--skipped")
    assert (found["position"], found["reason"]) == (3, "unreadable")
    assert found["skipped_by"].startswith("os:")
    assert found["error"].startswith("DecodeError at ")
    assert payloads
