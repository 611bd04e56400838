"""Another release of the service: a copy of its source with some lines changed, run as processes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "domain",
    "runtime",
    "command_api",
    "query_api",
    "projectors",
    "relay",
    "migrations",
    "deploy",
)
ENDS_SECONDS_MAX = 30.0

Edits = Mapping[str, tuple[tuple[str, str], ...]]
"""By file: what is replaced by what, each to be found there."""


@dataclass(frozen=True)
class Release:
    """Source, and the database that its processes work on."""

    root: Path
    database_url: str

    @classmethod
    def made(cls, folder: Path, database_url: str, changes: Edits) -> "Release":
        """This one with changes."""
        for room in ROOMS:
            shutil.copytree(
                ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
            )
        for name, replaced in changes.items():
            path = folder / name
            text = path.read_text()
            for old, new in replaced:
                assert old in text, f"{name} has no {old!r}"
                text = text.replace(old, new)
            path.write_text(text)
        return cls(folder, database_url)

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes."""
        return {
            **os.environ,
            "DRAWBRIDGE_DATABASE_URL": self.database_url,
            "DRAWBRIDGE_AUTHENTICATED_REQUESTS_PER_HOUR": "1000000",
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `drawbridge` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", *words],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    @contextmanager
    def process(self, *words: str) -> Iterator[Path]:
        """Have `drawbridge` at work; yields its log."""
        log = self.root.parent / f"{self.root.name}-{'-'.join(words[:2])}.log"
        with log.open("ab") as out:
            running = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", *words],
                cwd=self.root,
                env=self.environment,
                stdout=out,
                stderr=out,
            )
            try:
                yield log
            finally:
                running.terminate()
                running.wait(ENDS_SECONDS_MAX)
