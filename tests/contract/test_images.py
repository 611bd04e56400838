"""Servers that are named in several places are the same ones."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.servers import containers


def test_kafka_and_postgresql_are_of_one_version_wherever_they_are_named(
    project_root: Path,
) -> None:
    compose = (project_root / "deploy" / "compose" / "compose.yaml").read_text()
    named = set(re.findall(r"^ +image: (\S+:\S+)$", compose, re.MULTILINE))
    assert named == {containers.KAFKA_IMAGE, containers.POSTGRES_IMAGE}
    jars = (project_root / "deploy" / "kafka" / "pom.xml").read_text()
    version = re.search(r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>(.+?)</version>", jars)
    assert version is not None
    assert f"apache/kafka:{version[1]}" == containers.KAFKA_IMAGE


def test_a_composed_installation_migrates_and_then_applies_its_read_models(
    project_root: Path,
) -> None:
    compose = (project_root / "deploy" / "compose" / "compose.yaml").read_text()

    assert re.search(r"^  migrate:\n.*\n    command: \[db, upgrade\]$", compose, re.MULTILINE)
    assert re.search(
        r"^  apply:\n.*\n    command: \[projections, apply\]\n    depends_on:\n      migrate:",
        compose,
        re.MULTILINE,
    )
    assert compose.count("apply: { condition: service_completed_successfully }") == 1


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (".pre-commit-config.yaml", r"entry: make ([a-z -]+)"),
        (".ci/run", r"^(?:\.ci/step \d+ )?make ([a-z -]+)"),
        ("README.md", r"`make ([a-z -]+)"),
        ("CONTRIBUTING.md", r"`make ([a-z -]+)"),
    ],
)
def test_what_make_is_told_to_do_is_a_target(project_root: Path, name: str, command: str) -> None:
    makefile = (project_root / "Makefile").read_text()
    targets = set(" ".join(re.findall(r"^([a-z -]+):", makefile, re.MULTILINE)).split())
    told = re.findall(command, (project_root / name).read_text(), re.MULTILINE)

    assert told
    assert set(" ".join(told).split()) <= targets


def test_the_rooms_of_the_house_are_the_same_wherever_they_are_listed(project_root: Path) -> None:
    """The wheels, the type checker, the linter of imports and the image's context."""
    project = tomllib.loads((project_root / "pyproject.toml").read_text())
    tool = project["tool"]
    beside = {"tests", "tools"}
    rooms = {path.parent.name for path in project_root.glob("*/__init__.py")} - beside
    extras = tomllib.loads((project_root / "local" / "pyproject.toml").read_text())
    wheel = extras["tool"]["hatch"]["build"]["targets"]["wheel"]
    carried = rooms - set(wheel["force-include"].values())
    kept = (project_root / "deploy/containers/Dockerfile.dockerignore").read_text().split()

    assert set(tool["hatch"]["build"]["targets"]["wheel"]["packages"]) == carried
    assert set(tool["mypy"]["packages"]) == rooms | {"tools"}
    assert set(tool["importlinter"]["root_packages"]) == rooms
    assert rooms & {line.removeprefix("!") for line in kept} == carried
