"""`make new` writes what passes every check, and touches no more files than CONTRIBUTING.md says.

The names are none that a document gives: whoever has added its examples finds these tests green.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from projectors.read_models.loan_summary.table import LOANS
from projectors.schema import amount
from tools.new import capability, event, figure, read_model
from tools.new.names import BadNameError, EventNames
from tools.new.source import NoPlaceError
from tools.new.workplace import Workplace

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = (".git", ".venv", ".tools", ".data", ".ruff_cache", ".pytest_cache", "results")
CHECKS = ("access", "house", "images", "layers", "openapi", "refusals")
"""The contracts that look at everything there is."""

MORE = "zz_more"
"""A figure of an amount that no loan's row has."""
needs_tasks_to_write = pytest.mark.skipif(
    (ROOT / "domain" / "tasks").exists(),
    reason="tasks are there, and there is no other capability that `make new` writes",
)


@pytest.fixture
def workplace() -> Workplace:
    """The project's own tree, to which nothing is written."""
    return Workplace(ROOT)


@pytest.fixture
def amount_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loan's row with an amount more, whichever of its amounts are summed already."""
    more = LOANS.to_metadata(MetaData())
    more.append_column(amount(f"{MORE}_cents"))
    monkeypatch.setattr(figure, "LOANS", more)


def source(names: list[str]) -> list[str]:
    """Of files, those of the service: no tests, and not what marks a folder as a package."""
    return [
        name for name in names if not name.startswith("tests/") and not name.endswith("__init__.py")
    ]


def test_an_event_with_its_command_and_route_is_five_files(workplace: Workplace) -> None:
    event.add(workplace, EventNames.of("draw.juggled", None))

    assert workplace.made == ["tests/domain/test_draws_juggled.py"]
    assert workplace.edited == [
        "command_api/routes/draws.py",
        "domain/draws/commands.py",
        "domain/draws/decide.py",
        "domain/draws/events.py",
        "domain/draws/state.py",
    ]


def test_a_read_model_is_three_files(workplace: Workplace) -> None:
    read_model.add(workplace, "draw_approvals", "draw.approved")

    assert workplace.edited == []
    assert source(workplace.made) == [
        "projectors/read_models/draw_approvals/projector.py",
        "projectors/read_models/draw_approvals/table.py",
        "query_api/routes/draw_approvals.py",
    ]


@pytest.mark.usefixtures("amount_more")
def test_a_figure_of_a_dashboard_is_two_files(workplace: Workplace) -> None:
    to_decide = figure.add(workplace, MORE)

    assert "LOAN_DUES" in "\n".join(to_decide)
    assert workplace.made == [f"tests/integration/query/test_portfolio_{MORE}.py"]
    assert workplace.edited == [
        "projectors/read_models/loan_summary/table.py",
        "query_api/routes/portfolio.py",
    ]


@needs_tasks_to_write
def test_a_capability_is_its_own_files_and_four_others(workplace: Workplace) -> None:
    capability.add(workplace, "tasks")

    assert all("tasks" in name for name in workplace.made)
    assert workplace.edited == [
        "domain/RULES.md",
        "domain/access.py",
        "domain/capabilities.py",
        "pyproject.toml",
    ]


@pytest.mark.parametrize(
    ("name", "command", "names"),
    [
        ("draw.created", None, "draw.created"),
        ("draw.funding_paused", None, "COMMAND="),
        ("loan.appraised", None, "CONTRIBUTING.md"),
        ("rate.changed", None, "CONTRIBUTING.md"),
    ],
)
def test_an_event_that_cannot_be_written_is_refused(
    workplace: Workplace, name: str, command: str | None, names: str
) -> None:
    with pytest.raises(BadNameError, match=names):
        event.add(workplace, EventNames.of(name, command))

    assert not workplace.made
    assert not workplace.edited


def test_what_is_there_is_not_made_again(workplace: Workplace) -> None:
    with pytest.raises(NoPlaceError, match="ApproveDraw is there already"):
        event.add(workplace, EventNames.of("draw.doubled", "approve"))
    with pytest.raises(NoPlaceError, match="is there already"):
        read_model.add(workplace, "payments", "draw.approved")


def test_an_event_takes_the_narrowest_right_and_belongs_to_states(workplace: Workplace) -> None:
    to_decide = event.add(workplace, EventNames.of("draw.juggled", None))

    told = "\n".join(to_decide)
    assert "Right.DRAWS_DECIDE" in told
    assert "DrawState.SUBMITTED, DrawState.IN_REVIEW" in told
    assert "DRAW_NOT_SUBMITTED" in told


def test_what_is_written_of_a_capability_are_tasks(workplace: Workplace) -> None:
    with pytest.raises(BadNameError, match="tasks, and not documents"):
        capability.add(workplace, "documents")


def test_what_a_read_model_does_not_find_is_named(workplace: Workplace) -> None:
    with pytest.raises(BadNameError, match=r"draw\.painted is no event"):
        read_model.add(workplace, "draw_paintings", "draw.painted")


@pytest.mark.usefixtures("amount_more")
def test_a_figure_says_which_amounts_are_left(workplace: Workplace) -> None:
    with pytest.raises(BadNameError, match=MORE):
        figure.add(workplace, "happiness")


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """A copy of the tree, to be written to."""
    made = tmp_path / "drawbridge"
    shutil.copytree(ROOT, made, ignore=shutil.ignore_patterns(*LEFT_BEHIND, "__pycache__"))
    yield made
    shutil.rmtree(made)


def run(copy: Path, *order: str) -> str:
    """Run a program on the copy; what it said."""
    # The virtual environment knows the tree it was made for; the copy's comes first.
    done = subprocess.run(
        [sys.executable, "-m", *order],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{' '.join(order)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def add_amount(copy: Path) -> None:
    """What CONTRIBUTING.md asks for before a figure of an amount that a loan's row has not got."""
    for name, before, line in (
        ("table.py", '    Column("past_due_on"', f'    amount("{MORE}_cents"),\n'),
        (
            "figures.py",
            "        **_dues(loan),",
            f'        "{MORE}_cents": loan.principal_cents,\n',
        ),
    ):
        path = copy / "projectors" / "read_models" / "loan_summary" / name
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, f"{line}{before}", 1))


@pytest.mark.slow
@pytest.mark.timeout(1_800)  # It is a `make check` and more: a busy machine takes its time.
def test_what_is_written_passes_every_check_and_its_own_tests(copy: Path) -> None:
    add_amount(copy)
    tasks = () if (copy / "domain" / "tasks").exists() else (("capability", "tasks"),)
    new = (
        *tasks,
        ("event", "draw.juggled"),
        ("event", "draw.juggling_paused", "--command", "pause_juggling"),
        ("event", "task.juggled"),
        ("read-model", "draw_jugglings", "--of", "draw.juggled"),
        ("figure", MORE),
    )
    told = "".join(run(copy, "tools.new", *each) for each in new).splitlines()
    tests = [line.split()[1] for line in told if "test_" in line]
    checks = [f"tests/contract/test_{each}.py" for each in CHECKS]

    run(copy, "ruff", "format", "--check", ".")
    run(copy, "ruff", "check", ".")
    run(copy, "importlinter.cli")
    run(copy, "mypy")
    run(copy, "pytest", "--quiet", "--exitfirst", "tests/golden", *checks, *sorted(set(tests)))
