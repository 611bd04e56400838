"""What import-linter cannot see: the domain is pure."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOMAIN = Path(__file__).parents[2] / "domain"
FILES = sorted(DOMAIN.rglob("*.py"))

# Parts of the standard library that ask the world: clocks, chance, files, processes, networks.
IMPURE = {"random", "secrets", "time", "os", "io", "pathlib", "subprocess", "socket", "asyncio"}
ASKING = {"now", "utcnow", "today", "uuid1", "uuid4", "open", "print", "input"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DOMAIN)))
def test_the_domain_imports_the_standard_library_and_msgspec_only(path: Path) -> None:
    roots = set(imported(ast.parse(path.read_text())))

    assert roots <= (set(sys.stdlib_module_names) - IMPURE) | {"domain", "msgspec"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DOMAIN)))
def test_the_domain_asks_neither_clock_nor_chance_nor_files(path: Path) -> None:
    assert ASKING.isdisjoint(called(ast.parse(path.read_text())))
