"""How the house is kept: files and functions stay short, a name means one thing, imports go one way.

What is not yet so is listed below, and the list only shrinks: an entry that has become needless
fails as well.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "runtime", "command_api", "query_api", "projectors", "relay")
BESIDE = ("migrations", "deploy", "local", "bench", "tests", "tools")

FILE_LINES_MAX = 450
FUNCTION_LINES_MAX = 70
FILES_A_CLASS_NAME_MAX = 2

LONG_FILES: frozenset[str] = frozenset()
"""Files that are longer."""

LONG_FUNCTIONS: frozenset[str] = frozenset()
"""Functions that are longer, as ``path:name``."""

SHARED_NAMES: frozenset[str] = frozenset()
"""Names of classes that stand in more files."""


@cache
def files() -> dict[Path, ast.Module]:
    """Every source file of ours, by its path from the root."""
    found = sorted(chain.from_iterable((ROOT / room).rglob("*.py") for room in (*ROOMS, *BESIDE)))
    return {path.relative_to(ROOT): ast.parse(path.read_text()) for path in found}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything that a file says; walked once, for there are some hundred thousand."""
    return tuple(ast.walk(files()[path]))


def test_no_file_is_longer_than_can_be_taken_in() -> None:
    lines = {str(path): len((ROOT / path).read_text().splitlines()) for path in files()}

    assert {path for path, n in lines.items() if n > FILE_LINES_MAX} == LONG_FILES


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_is_longer_than_can_be_taken_in() -> None:
    lines = chain.from_iterable(functions(path) for path in files())

    assert {name for name, n in lines if n > FUNCTION_LINES_MAX} == LONG_FUNCTIONS


def classes(path: Path) -> Iterator[str]:
    """The names of its classes, and of what it calls as if it were one: ``Step = Callable[...]``."""
    yield from (node.name for node in nodes(path) if isinstance(node, ast.ClassDef))
    for node in files()[path].body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name[0].isupper() and not name.isupper() and "_" not in name:
                yield name


def test_a_class_name_stands_in_two_files_at_most() -> None:
    standing = defaultdict(set)
    for path in files():
        for name in classes(path):
            standing[name].add(str(path))

    assert {
        name: sorted(paths)
        for name, paths in standing.items()
        if len(paths) > FILES_A_CLASS_NAME_MAX and name not in SHARED_NAMES
    } == {}
    assert not [name for name in SHARED_NAMES if len(standing[name]) <= FILES_A_CLASS_NAME_MAX]


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported(node: ast.AST, known: frozenset[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in known else node.module


def test_no_files_import_one_another_in_a_circle() -> None:
    known = frozenset(map(module_of, files()))
    imports = {
        module_of(path): {name for node in nodes(path) for name in imported(node, known)} & known
        for path in files()
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))
