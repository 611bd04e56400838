"""Where something goes in a Python file, found by its syntax and not by a mark left there.

Each function takes a file's text and returns it with something added. Layout is left to the
formatter, and the order of imports to the linter.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache


class NoPlaceError(Exception):
    """A file has not the shape that is looked for; what is to be added is added by hand."""


def with_import(text: str, module: str, *names: str) -> str:
    """With ``from module import names``, merged by the linter into what is there."""
    first = next(
        node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)
    )
    return _inserted(text, first.lineno, f"from {module} import {', '.join(names)}\n")


def with_member(text: str, union: str, member: str) -> str:
    """With one more member of ``union = A | B``."""
    value = _assigned(text, union)
    return _spliced(text, value, f"{_segment(text, value)} | {member}")


def with_item(text: str, name: str, item: str) -> str:
    """With one more item at the end of ``name = (a, b)``."""
    value = _assigned(text, name)
    if not isinstance(value, ast.Tuple):
        raise NoPlaceError(f"{name} is no tuple written out")
    items = [_segment(text, each) for each in value.elts]
    return _spliced(text, value, f"({', '.join([*items, item])},)")


def with_entry(text: str, name: str, entry: str) -> str:
    """With one more entry at the end of ``name = {a: b}``."""
    value = _assigned(text, name)
    if not isinstance(value, ast.Dict):
        raise NoPlaceError(f"{name} is no dictionary written out")
    return _inserted(text, _end(value), f"    {entry}\n")


def with_argument(text: str, call: str, argument: str) -> str:
    """With one more argument at the end of ``call = f(a, b)``."""
    value = _assigned(text, call)
    if not isinstance(value, ast.Call):
        raise NoPlaceError(f"{call} is not made by a call")
    return _spliced(text, value.args[-1], f"{_segment(text, value.args[-1])}, {argument}")


def with_keywords(text: str, call: str, *keywords: str) -> str:
    """With one more keyword at the end of each call of a function, the first of them for the first."""
    found = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and _segment(text, node.func) == call
    ]
    if len(found) != len(keywords):
        raise NoPlaceError(f"{call} is called {len(found)} times and not {len(keywords)}")
    placed = sorted(zip(sorted(found, key=_place), keywords, strict=True), key=_first, reverse=True)
    for node, keyword in placed:
        last = node.keywords[-1].value
        text = _spliced(text, last, f"{_segment(text, last)}, {keyword}")
    return text


def with_case(text: str, function: str, case: str) -> str:
    """With one more case before the last one, ``case _``, of a function's match."""
    for node in (match for each in _functions(text, function) for match in _total(each)):
        last = node.cases[-1].pattern
        return _inserted(text, last.lineno, _indented(case, last.col_offset - len("case ")))
    raise NoPlaceError(f"{function} has no match that ends in `case _`")


def fold_of(text: str, state: str) -> tuple[str, str]:
    """The first function that matches on an event and returns a state, and the union it matches on."""
    for node in ast.parse(text).body:
        if (
            isinstance(node, ast.FunctionDef)
            and isinstance(node.returns, ast.Name)
            and node.returns.id == state
            and any(_total(node))
        ):
            union = node.args.args[-1].annotation
            if isinstance(union, ast.Name):
                return node.name, union.id
    raise NoPlaceError(f"nothing folds an event into a {state}")


def with_field(text: str, cls: str, field: str) -> str:
    """With one more field, or member of an enumeration, behind the last one of its sort.

    A field that has to be given stands before those that have a default.
    """
    found = [
        node for node in _class(text, cls).body if isinstance(node, ast.Assign | ast.AnnAssign)
    ]
    name = re.split(r"\W", field)[0]
    if any(_names(node, name) for node in found):
        raise NoPlaceError(f"{cls}.{name} is there already")
    if "=" not in field:
        found = [node for node in found if node.value is None]
    if not found:
        raise NoPlaceError(f"{cls} has no such fields")
    return _inserted(text, _end(found[-1]) + 1, f"    {field}\n")


def with_class(text: str, before: str, block: str) -> str:
    """With a class, a block of code, before the statement that assigns ``before``."""
    made = next(node for node in ast.parse(block).body if isinstance(node, ast.ClassDef)).name
    if any(isinstance(node, ast.ClassDef) and node.name == made for node in ast.parse(text).body):
        raise NoPlaceError(f"{made} is there already")
    return _inserted(text, _assignment(text, before).lineno, f"{block}\n\n")


def with_function(text: str, before: str, block: str) -> str:
    """With a block of code before a function."""
    found = next(_functions(text, before), None)
    if found is None:
        raise NoPlaceError(f"there is no function {before}")
    first = min([found.lineno, *(each.lineno for each in found.decorator_list)])
    return _inserted(text, first, f"{block}\n\n")


def with_end(text: str, block: str) -> str:
    """With a block of code at the end."""
    return f"{text.rstrip()}\n\n\n{block}"


def with_text(text: str, after: str, addition: str) -> str:
    """With an addition behind a passage that stands once in the text."""
    if text.count(after) != 1:
        raise NoPlaceError(f"{after!r} stands {text.count(after)} times and not once")
    return text.replace(after, after + addition)


def arguments_of(text: str, decorator: str) -> list[dict[str, str]]:
    """The named arguments of each decorator of that name, such as ``router.post``, as written."""
    calls = [
        each
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for each in node.decorator_list
        if isinstance(each, ast.Call) and _segment(text, each.func) == decorator
    ]
    if not calls:
        raise NoPlaceError(f"nothing is decorated with {decorator}")
    return [
        {each.arg: _segment(text, each.value) for each in call.keywords if each.arg}
        for call in calls
    ]


def entry_of(text: str, name: str, key: str) -> str:
    """What ``name = {key: value}`` says of a key, as written; nothing where it says nothing."""
    value = _assigned(text, name)
    if not isinstance(value, ast.Dict):
        raise NoPlaceError(f"{name} is no dictionary written out")
    told = zip(value.keys, value.values, strict=True)
    return next((_segment(text, says) for of, says in told if of and _segment(text, of) == key), "")


def calls_in_case(text: str, function: str, of: str, called: str) -> list[list[str]]:
    """The arguments of each call of ``called`` in the case of a class in a function's match."""
    cases = [
        case
        for each in _functions(text, function)
        for match in _total(each)
        for case in match.cases
    ]
    return [
        [_segment(text, argument) for argument in node.args]
        for case in cases
        if isinstance(case.pattern, ast.MatchClass) and _segment(text, case.pattern.cls) == of
        for part in case.body
        for node in ast.walk(part)
        if isinstance(node, ast.Call) and _segment(text, node.func) == called
    ]


def first_parameter(text: str, function: str) -> str:
    """The type of the first parameter of a function, as written."""
    for node in _functions(text, function):
        if node.args.args and node.args.args[0].annotation is not None:
            return _segment(text, node.args.args[0].annotation)
    raise NoPlaceError(f"there is no {function} that says what it takes")


def _assignment(text: str, name: str) -> ast.Assign | ast.AnnAssign:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and _names(node, name):
            return node
    raise NoPlaceError(f"{name} is not assigned")


def _names(node: ast.Assign | ast.AnnAssign, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(each, ast.Name) and each.id == name for each in targets)


def _assigned(text: str, name: str) -> ast.expr:
    value = _assignment(text, name).value
    if value is None:
        raise NoPlaceError(f"{name} has no value")
    return value


def _total(function: ast.AST) -> Iterator[ast.Match]:
    """The matches in a function that say that there is no other case."""
    for node in ast.walk(function):
        if isinstance(node, ast.Match) and _is_wildcard(node.cases[-1]):
            yield node


def _functions(text: str, name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            yield node


def _class(text: str, name: str) -> ast.ClassDef:
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    raise NoPlaceError(f"there is no class {name}")


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _first(placed: tuple[ast.Call, str]) -> tuple[int, int]:
    return _place(placed[0])


def _is_wildcard(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _segment(text: str, node: ast.expr) -> str:
    """An expression as written; `ast.get_source_segment` would split the whole text anew for each."""
    assert node.end_lineno is not None
    lines = _lines(text)[node.lineno - 1 : node.end_lineno]
    lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    return b"".join(lines).decode()


@lru_cache(maxsize=8)
def _lines(text: str) -> list[bytes]:
    """The lines of a text, in bytes, for a column is counted in them."""
    return text.encode().splitlines(keepends=True)


def _end(node: ast.stmt | ast.expr) -> int:
    assert node.end_lineno is not None
    return node.end_lineno


def _spliced(text: str, node: ast.expr, replacement: str) -> str:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    lines = _lines(text)
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    return (before + replacement.encode() + after).decode()


def _inserted(text: str, line: int, block: str) -> str:
    """With a block before a line, counted from 1."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: line - 1], block, *lines[line - 1 :]])


def _indented(block: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}" for line in block.splitlines(keepends=True))
