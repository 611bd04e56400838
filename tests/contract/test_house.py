"""How the house is kept: files and functions stay short, a name means one thing, imports go one way.

What is not yet so is listed below, and the list only shrinks: an entry that has become needless
fails as well.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class SourceFile:
    """What is looked at in a file. Its tree is not kept: some hundred thousand nodes would be, and
    are gone through by each collection of garbage."""

    lines: int
    functions: list[tuple[str, int]]
    """Each with how many lines it has."""
    classes: set[str]
    imports: list[tuple[str, str]]
    """Each module, and what is taken from it by its full name, which may be a module as well."""


@cache
def files() -> dict[Path, SourceFile]:
    """Every source file of ours, by its path from the root."""
    found = sorted(chain.from_iterable((ROOT / room).rglob("*.py") for room in (*ROOMS, *BESIDE)))
    return {path.relative_to(ROOT): source_file(path.read_text()) for path in found}


def source_file(text: str) -> SourceFile:
    tree = ast.parse(text)
    found = list(statements(tree))
    return SourceFile(
        lines=len(text.splitlines()),
        functions=[
            (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
            for node in found
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ],
        classes={*classes(tree, found)},
        imports=[names for node in found for names in imported(node)],
    )


def statements(of: ast.AST) -> Iterator[ast.AST]:
    """The statements within, at any depth; no expression is looked into, for none holds any."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(of, block, ()):
            yield node
            yield from statements(node)


def test_no_file_is_longer_than_can_be_taken_in() -> None:
    long = {str(path) for path, file in files().items() if file.lines > FILE_LINES_MAX}

    assert long == LONG_FILES


def test_no_function_is_longer_than_can_be_taken_in() -> None:
    long = {
        f"{path}:{name}"
        for path, file in files().items()
        for name, lines in file.functions
        if lines > FUNCTION_LINES_MAX
    }

    assert long == LONG_FUNCTIONS


def classes(tree: ast.Module, found: list[ast.AST]) -> Iterator[str]:
    """The names of its classes, and of what it calls as if it were one: ``Step = Callable[...]``."""
    yield from (node.name for node in found if isinstance(node, ast.ClassDef))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name[0].isupper() and not name.isupper() and "_" not in name:
                yield name


def test_a_class_name_stands_in_two_files_at_most() -> None:
    standing = defaultdict(set)
    for path, file in files().items():
        for name in file.classes:
            standing[name].add(str(path))

    assert {
        name: sorted(paths)
        for name, paths in standing.items()
        if len(paths) > FILES_A_CLASS_NAME_MAX and name not in SHARED_NAMES
    } == {}
    assert not [name for name in SHARED_NAMES if len(standing[name]) <= FILES_A_CLASS_NAME_MAX]


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from ((node.module, f"{node.module}.{alias.name}") for alias in node.names)


def test_no_files_import_one_another_in_a_circle() -> None:
    known = frozenset(map(module_of, files()))
    imports = {
        module_of(path): {inner if inner in known else of for of, inner in file.imports} & known
        for path, file in files().items()
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))
