"""The command line against a real database: data, exit codes, and nothing changed by a dry run."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from deploy.cli import app
from deploy.cli.output import Exit
from runtime import kafka
from runtime.settings import Settings
from runtime.users import demo_user_id

_LOANS = 3


class Shell:
    """Runs commands in this process, against one database."""

    def __init__(self, database_url: str) -> None:
        self.environment = {"DRAWBRIDGE_DATABASE_URL": database_url}

    def run(self, *words: str, stdin: str | None = None, **environment: str) -> Result:
        given = self.environment | {f"DRAWBRIDGE_{k.upper()}": v for k, v in environment.items()}
        return CliRunner().invoke(app, list(words), env=given, input=stdin)

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == Exit.DONE, result.output
        return json.loads(result.stdout)

    def wrong(self, **environment: str) -> list[str]:
        """What doctor finds wrong."""
        result = self.run("doctor", "--json", **environment)
        findings = [each["what"] for each in json.loads(result.stdout) if not each["well"]]
        assert result.exit_code == (Exit.WRONG if findings else Exit.DONE)
        return findings


@pytest.fixture
def shell(database_url: str) -> Shell:
    return Shell(database_url)


@pytest.fixture(scope="module")
def seeded_url(module_database_url: str) -> str:
    result = Shell(module_database_url).run("seed", "--loans", str(_LOANS))
    assert result.exit_code == Exit.DONE, result.output
    return module_database_url


@pytest.fixture
def seeded(seeded_url: str) -> Shell:
    return Shell(seeded_url)


def _value(url: str, question: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row and row[0]


def _do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_migrations_go_up_and_down_and_a_dry_run_changes_nothing(empty_database_url: str) -> None:
    shell = Shell(empty_database_url)
    assert shell.run("db", "upgrade", "--dry-run").exit_code == Exit.DONE
    assert shell.json("db", "current")["current"] is None
    assert shell.run("db", "upgrade").exit_code == Exit.DONE
    assert shell.json("db", "current")["pending"] is False
    assert shell.run("db", "downgrade", "base", "--dry-run").exit_code == Exit.DONE
    assert shell.json("db", "current")["pending"] is False
    assert shell.run("db", "downgrade", "base").exit_code == Exit.DONE
    assert shell.json("db", "current")["current"] is None


def test_doctor_finds_nothing_in_a_fresh_development_system(shell: Shell) -> None:
    assert shell.wrong() == []


def test_doctor_names_pending_migrations(empty_database_url: str) -> None:
    assert Shell(empty_database_url).wrong() == ["migrations"]


def test_doctor_names_what_development_may_and_production_may_not(shell: Shell) -> None:
    assert shell.wrong(cors_origins='["*"]') == []
    found = shell.wrong(environment="production", cors_origins='["*"]')
    assert found == ["token keys", "CORS origins", "log archive"]
    short = shell.wrong(environment="production", token_keys='{"k1": "short"}')
    assert short == ["token keys", "log archive"]
    own = json.dumps({"k1": "k" * 32})
    assert shell.wrong(environment="production", token_keys=own) == ["log archive"]


def test_doctor_names_a_restore_after_which_nobody_began_an_epoch(
    shell: Shell, database_url: str
) -> None:
    _do(database_url, "UPDATE ledger.epochs SET timeline = 41")
    assert shell.wrong() == ["epoch"]
    assert shell.run("db", "epoch", "--begin", "--reason", "restored").exit_code == Exit.DONE
    assert shell.wrong() == []


def test_doctor_names_a_database_that_may_forget(shell: Shell, database_url: str) -> None:
    name = database_url.rsplit("/", 1)[1]
    _do(database_url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    assert shell.wrong() == ["synchronous_commit"]


def test_doctor_names_a_right_to_change_what_is_recorded(shell: Shell, database_url: str) -> None:
    _do(database_url, "GRANT DELETE ON ledger.events TO drawbridge_query")
    assert shell.wrong() == ["rights on events"]


def test_doctor_names_servers_that_cannot_be_reached(shell: Shell) -> None:
    assert shell.wrong(kafka_bootstrap="127.0.0.1:9") == ["broker"]
    nowhere = "postgresql://drawbridge@127.0.0.1:9/drawbridge"
    assert shell.wrong(database_url=nowhere) == ["database"]


def test_seeding_a_database_that_cannot_be_reached_says_so_and_ends(shell: Shell) -> None:
    nowhere = "postgresql://drawbridge@127.0.0.1:9/drawbridge"
    assert isinstance(shell.run("seed", database_url=nowhere).exception, psycopg.OperationalError)


def test_doctor_finds_a_broker(shell: Shell, broker: str) -> None:
    assert shell.wrong(kafka_bootstrap=broker) == []


@pytest.mark.parametrize(("partitions", "wrong"), [(16, []), (15, ["broker"])])
async def test_doctor_names_a_topic_whose_partitions_are_not_the_stores(
    shell: Shell, on_broker: dict[str, Any], partitions: int, wrong: list[str]
) -> None:
    await kafka.ensure_topic(Settings(**on_broker), partitions)
    given = {name: str(value) for name, value in on_broker.items()}
    assert await asyncio.to_thread(shell.wrong, **given) == wrong


def test_doctor_names_a_read_side_that_never_ran(seeded: Shell) -> None:
    assert seeded.wrong() == ["read side"]


def test_a_user_is_created_disabled_and_reset(shell: Shell, database_url: str) -> None:
    words = ("users", "create", "new@demo.test", "--role", "auditor", "--name", "New")
    assert shell.run(*words, "--dry-run").exit_code == Exit.DONE
    assert _value(database_url, "SELECT count(*) FROM auth.users") == 0
    created = shell.json(*words)
    assert created["role"] == "auditor"
    assert len(created["password"]) >= 20
    assert shell.json("users", "reset", "NEW@demo.test")["password"] != created["password"]
    assert shell.json("users", "disable", "new@demo.test", "--dry-run")["disabled_at"] is None
    assert shell.json("users", "disable", "new@demo.test")["disabled_at"] is not None


def test_a_given_password_is_taken_from_standard_input_and_not_shown(shell: Shell) -> None:
    words = ("users", "create", "a@demo.test", "--role", "admin", "--name", "A")
    result = shell.run(*words, "--password-stdin", stdin="correct horse battery\n")
    assert result.exit_code == Exit.DONE
    assert "correct horse" not in result.output


def test_seeding_is_refused_outside_development_and_dry_runs(
    shell: Shell, database_url: str
) -> None:
    refused = shell.run("seed", environment="staging", token_keys='{"k": "' + "k" * 32 + '"}')
    assert type(refused.exception).__name__ == "RefusedError"
    assert shell.run("seed", "--dry-run").exit_code == Exit.DONE
    assert _value(database_url, "SELECT position FROM ledger.head") == 0


def test_seeding_twice_adds_nothing(seeded: Shell, seeded_url: str) -> None:
    before = _value(seeded_url, "SELECT position FROM ledger.head")
    assert seeded.run("seed", "--loans", str(_LOANS)).exit_code == Exit.DONE
    assert _value(seeded_url, "SELECT position FROM ledger.head") == before
    assert _value(seeded_url, "SELECT count(*) FROM auth.users") == 9


def _stream(url: str, kind: str) -> str:
    """The longest life of its kind."""
    return str(
        _value(
            url,
            f"SELECT stream_id FROM ledger.events WHERE type LIKE '{kind}.%'"  # noqa: S608  # a word of this test
            " GROUP BY stream_id ORDER BY count(*) DESC LIMIT 1",
        )
    )


@pytest.mark.parametrize("kind", ["loan", "draw"])
def test_a_life_is_replayed_with_who_when_and_what(
    seeded: Shell, seeded_url: str, kind: str
) -> None:
    told = seeded.json("replay", "--stream", _stream(seeded_url, kind))
    events = told["events"]
    assert [each["stream_version"] for each in events] == list(range(1, len(events) + 1))
    assert all(each["actor"]["email"].endswith("@demo.test") for each in events)
    assert all(each["effective_on"] and each["recorded_at"] for each in events)
    assert told["state"]["version"] == len(events)
    assert (
        told["state"]["state"]
        == [c for e in events for n, (_, c) in e["changes"].items() if n == "state"][-1]
    )


def test_a_life_is_replayed_up_to_a_version_a_date_or_an_instant(
    seeded: Shell, seeded_url: str
) -> None:
    stream = _stream(seeded_url, "loan")
    whole = seeded.json("replay", "--stream", stream)["events"]
    two = seeded.json("replay", "--stream", stream, "--to-version", "2")
    assert two["events"] == whole[:2]
    assert two["state"]["version"] == 2
    last = whole[-1]["effective_on"]
    on = seeded.json("replay", "--stream", stream, "--effective-on", last)["events"]
    assert on == whole
    at = whole[2]["recorded_at"]
    known = seeded.json("replay", "--stream", stream, "--recorded-at", at)["events"]
    assert known == [each for each in whole if each["recorded_at"] <= at]


def test_a_replay_takes_one_bound_and_knows_its_streams(seeded: Shell, seeded_url: str) -> None:
    stream = _stream(seeded_url, "loan")
    both = ("--to-version", "1", "--effective-on", "2026-01-01")
    assert seeded.run("replay", "--stream", stream, *both).exit_code == Exit.USAGE
    unknown = seeded.run("replay", "--stream", str(demo_user_id("admin")))
    assert type(unknown.exception).__name__ == "RefusedError"


def test_read_models_are_rebuilt_verified_and_a_changed_row_is_found(
    seeded: Shell, seeded_url: str
) -> None:
    assert seeded.run("projections", "rebuild", "--all", "--dry-run").exit_code == Exit.DONE
    assert seeded.run("projections", "rebuild").exit_code == Exit.USAGE
    assert {each["position"] for each in seeded.json("projections", "list")} == {0}
    assert seeded.run("projections", "rebuild", "--all").exit_code == Exit.DONE
    assert {each["behind"] for each in seeded.json("projections", "list")} == {0}
    assert all(not each["missing"] for each in seeded.json("projections", "verify"))
    _do(seeded_url, "DELETE FROM read.loans WHERE ctid = (SELECT min(ctid) FROM read.loans)")
    found = seeded.run("projections", "verify", "loan_summary", "--json")
    assert found.exit_code == Exit.WRONG
    assert sum(each["missing"] for each in json.loads(found.stdout)) == 1
    assert seeded.run("projections", "verify", "no_such").exit_code == Exit.USAGE


def test_a_read_model_of_another_release_is_told_of_and_dropped_when_it_is_named(
    shell: Shell, database_url: str
) -> None:
    _do(
        database_url,
        "CREATE TABLE read.tasks (a int);"
        "INSERT INTO read.models (projection, print, definition) VALUES ('tasks', 'newer',"
        """ '{"version": "1.0", "tables": {"tasks": {"columns": {}, "key": [], "indexes": {}}}}')""",
    )
    assert shell.json("projections", "apply")["unknown"] == ["tasks"]
    told = shell.run("projections", "apply")
    assert (told.exit_code, "--remove tasks" in told.output) == (Exit.DONE, True)
    states = {each["name"]: each["state"] for each in shell.json("projections", "list")}
    assert states.pop("tasks") == "unknown"
    assert set(states.values()) == {"live"}
    assert "read model tasks" in shell.wrong()
    assert shell.run("projections", "apply", "--remove", "loan_summary").exit_code == Exit.USAGE
    assert shell.run("projections", "apply", "--remove", "taks").exit_code == Exit.USAGE
    assert shell.json("projections", "apply", "--remove", "tasks")["removed"] == ["tasks"]
    assert _value(database_url, "SELECT to_regclass('read.tasks')") is None


def test_the_document_of_both_apis_is_exported() -> None:
    result = CliRunner().invoke(app, ["export", "openapi"])
    document = json.loads(result.stdout)
    assert {"get", "post"} <= set(document["paths"]["/api/v1/loans"])


@pytest.mark.parametrize(
    ("words", "environment", "code"),
    [
        (("db", "current"), {"DATABASE_URL": "postgresql://a@127.0.0.1:9/a"}, Exit.UNREACHABLE),
        (("up",), {"ENVIRONMENT": "production"}, Exit.REFUSED),
        (("serve", "all"), {"ENVIRONMENT": "production"}, Exit.REFUSED),
        (("db", "current"), {"DATABASE_POOL_MAX": "many"}, Exit.USAGE),
        (("users", "disable"), {}, Exit.USAGE),
    ],
    ids=lambda value: str(value) if isinstance(value, Exit) else None,
)
def test_what_a_person_can_mend_is_a_sentence_and_an_exit_code(
    words: tuple[str, ...], environment: dict[str, str], code: Exit, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words],
        capture_output=True,
        text=True,
        env={f"DRAWBRIDGE_{name}": value for name, value in environment.items()}
        | {"DRAWBRIDGE_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert result.returncode == code
    assert result.stderr
    assert "Traceback" not in result.stderr
