"""What the suite may cost. `.ci/step` holds processor time; here is what it would be spent on."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SLOW_MAX = 40
"""Tests and files that say of themselves that they take more than ten seconds."""
SERVERS_OF_THEIR_OWN_MAX = 22
"""Files that start a PostgreSQL or a ``drawbridge up`` of their own; others share their session's."""
MARKED = re.compile(r"\bmark\.slow\b")
STARTING = re.compile(r"(?<![\w.`])(?<!class )(Postgres|Up|running_system|Machine)\(")


def found_in_tests(project_root: Path, pattern: re.Pattern[str]) -> dict[str, int]:
    """By file, how often it says something of the sort."""
    said = {
        str(path.relative_to(project_root)): len(pattern.findall(path.read_text()))
        for path in (project_root / "tests").rglob("*.py")
    }
    return {path: times for path, times in said.items() if times}


def test_slow_tests_are_few_enough_to_be_run_before_every_push(project_root: Path) -> None:
    slow = found_in_tests(project_root, MARKED)

    assert 0 < sum(slow.values()) <= SLOW_MAX, slow


def test_servers_are_started_once_a_session_and_not_a_test(project_root: Path) -> None:
    starting = found_in_tests(project_root, STARTING)

    assert 0 < len(starting) <= SERVERS_OF_THEIR_OWN_MAX, starting


def test_the_steps_of_the_whole_run_have_budgets_that_are_35_minutes_together(
    project_root: Path,
) -> None:
    steps = [
        line.split()
        for line in (project_root / ".ci" / "run").read_text().splitlines()
        if line.startswith(".ci/step ")
    ]
    budgets = {words[3]: int(words[1]) for words in steps}

    assert (budgets["check"], budgets["test"]) == (30, 15 * 60)
    minute_of_up = 60
    assert sum(budgets.values()) + minute_of_up <= 35 * 60


@pytest.mark.parametrize(
    ("budget", "code", "told"),
    [("30", "pass", "of 30 s"), ("0.001", "sum(range(9**7))", "OVER BUDGET")],
)
def test_a_step_that_takes_more_processor_time_than_its_budget_fails(
    project_root: Path, budget: str, code: str, told: str
) -> None:
    step = [sys.executable, str(project_root / ".ci" / "step"), budget, sys.executable, "-c", code]
    ended = subprocess.run(step, check=False, capture_output=True, text=True)

    assert told in ended.stdout
    assert (ended.returncode == 0) == ("OVER" not in told)
