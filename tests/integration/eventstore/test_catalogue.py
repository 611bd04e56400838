"""Every process that reads events knows all of them, whichever of its modules comes first."""

import subprocess
import sys
from pathlib import Path

import pytest

_KNOWN = "from domain.events.catalogue import CATALOGUE; print(*(kind.name for kind in CATALOGUE))"


def known_after(statement: str, root: Path) -> list[str]:
    command = [sys.executable, "-c", f"{statement}; {_KNOWN}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)
    return told.stdout.split()


@pytest.fixture(scope="module")
def every(project_root: Path) -> list[str]:
    return known_after("import domain.capabilities", project_root)


@pytest.mark.parametrize(
    "module",
    [
        "command_api.ledger",
        "query_api.past",
        "projectors.engine.rebuild.worker",
        "deploy.cli.lives",
    ],
)
def test_a_process_knows_every_event_there_is(
    module: str, every: list[str], project_root: Path
) -> None:
    assert len(every) > 60
    assert known_after(f"import {module}", project_root) == every
