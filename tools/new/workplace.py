"""The tree that is written to: what was there is edited, what was not is made, and both are told."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template

from tools.new.source import NoPlaceError

TEMPLATES = Path(__file__).parent / "templates"


class Workplace:
    """A tree, and what was done to it.

    Nothing is written before `write`, so that what has no place leaves no half of it behind.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[str, str] = {}

    @property
    def made(self) -> list[str]:
        """Files that were not there."""
        return sorted(name for name in self._texts if not (self.root / name).exists())

    @property
    def edited(self) -> list[str]:
        """Files that were there."""
        return sorted(name for name in self._texts if (self.root / name).exists())

    def read(self, name: str) -> str:
        """A file as it will be."""
        if name in self._texts:
            return self._texts[name]
        path = self.root / name
        if not path.is_file():
            raise NoPlaceError(f"there is no {name}")
        return path.read_text()

    def edit(self, name: str, *steps: Callable[[str], str]) -> None:
        """Change a file step by step.

        Raises:
            NoPlaceError: it is not there, or has no place for a step.
        """
        text = self.read(name)
        for step in steps:
            try:
                text = step(text)
            except NoPlaceError as error:
                raise NoPlaceError(f"{name}: {error}") from None
        self._texts[name] = text

    def make(self, templates: str, names: Mapping[str, str]) -> None:
        """Make every file below a folder of templates, its path and its text filled in.

        Raises:
            NoPlaceError: one of them is there.
        """
        folder = TEMPLATES / templates
        for template in sorted(folder.rglob("*.txt")):
            path = template.relative_to(folder).with_suffix("")
            name = Template(str(path)).substitute(names)
            if name in self._texts or (self.root / name).exists():
                raise NoPlaceError(f"{name} is there already")
            self._texts[name] = Template(template.read_text()).substitute(names)

    def write(self) -> None:
        """Write everything, in the project's layout."""
        made, edited = self.made, self.edited
        for name, text in self._texts.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        python = [name for name in (*made, *edited) if name.endswith(".py")]
        for order in (["check", "--quiet", "--fix", "--select", "I"], ["format", "--quiet"]):
            subprocess.run(
                [sys.executable, "-m", "ruff", *order, *python], cwd=self.root, check=True
            )
        self._texts = {}
