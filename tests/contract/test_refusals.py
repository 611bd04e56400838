"""Every refusal that the rules know is listed by an operation that may give it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.http import Api
from runtime.problems import STATUSES
from tests.contract.apis import command_api, query_api

_REFUSING = {"RuleBroken", "Conflict", "Unmet", "check_since_closing"}
_CODE_FIRST = {"RuleBroken", "Conflict", "Unmet"}
_LEFT_TO_THE_SCHEMA = {"AMOUNT_NOT_POSITIVE", "ESTIMATE_NEGATIVE", "PROGRESS_OUT_OF_RANGE"}
"""Over HTTP the body's schema refuses it before."""
_NEVER_ASKED = {"SCHEDULE_NOT_AHEAD"}
"""A forecast is given no draw that lies behind it."""


def codes(tree: ast.AST) -> Iterator[str]:
    """The codes written out in a module's refusals."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id not in _REFUSING:
            continue
        for argument in node.args[:1] if node.func.id in _CODE_FIRST else node.args:
            if isinstance(argument, ast.Constant) and str(argument.value).isupper():
                yield str(argument.value)


def listed(api: Api) -> set[str]:
    """The codes that the operations list."""
    return {
        code
        for plan in api.plans.values()
        for code in (*plan.operation.refuses, *plan.operation.collides)
    }


@pytest.fixture(scope="module")
def known(project_root: Path) -> set[str]:
    """Every code with which the domain refuses."""
    found = {
        code
        for file in (project_root / "domain").rglob("*.py")
        for code in codes(ast.parse(file.read_text()))
    }
    assert len(found) > 50
    return found


def test_every_code_of_a_rule_stands_in_the_rules(project_root: Path, known: set[str]) -> None:
    rules = (project_root / "domain" / "RULES.md").read_text()

    assert sorted(code for code in known - set(STATUSES) if f"`{code}`" not in rules) == []


def test_every_code_of_a_rule_is_listed_by_an_operation(known: set[str]) -> None:
    told = (
        listed(command_api) | listed(query_api) | set(STATUSES) | _LEFT_TO_THE_SCHEMA | _NEVER_ASKED
    )
    assert sorted(known - told) == []
