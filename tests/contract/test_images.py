"""Servers that are named in several places are the same ones."""

import re
from pathlib import Path

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
