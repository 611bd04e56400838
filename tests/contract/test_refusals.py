"""Whatever the rules refuse is declared: by a constant, by the commands, by the operations."""

import ast
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import domain
from command_api.refusals import LEFT_TO_THE_SCHEMA
from domain.kernel.errors import ID_TAKEN, Ground, NotFound
from domain.refusals import REFUSALS
from runtime.http.refusals import refusals_page
from runtime.problems import STATUSES, problem_of, problem_resource
from tests.contract.apis import command_api, query_api

_NEVER_ASKED = {"SCHEDULE_NOT_AHEAD"}
"""A forecast is given no draw that lies behind it."""


def of_every(module: str) -> Iterator[tuple[str, Any]]:
    """What stands in the modules of a name in the packages of the domain, by name."""
    for found in pkgutil.walk_packages(domain.__path__, "domain."):
        if found.name.count(".") == 2 and found.name.endswith(f".{module}"):
            yield from vars(import_module(found.name)).items()


GROUNDS = {name: value for name, value in of_every("refusals") if isinstance(value, Ground)}
COMMANDS = {
    command
    for _, command in of_every("commands")
    if isinstance(command, type) and command.__module__.endswith(".commands")
}


def test_a_ground_is_named_by_its_code_and_means_something_of_its_own() -> None:
    assert len(GROUNDS) > 100
    assert [name for name, ground in GROUNDS.items() if ground.code != name] == []
    meanings = Counter(ground.meaning for ground in GROUNDS.values())
    assert [meaning for meaning, n in meanings.items() if n > 1 or meaning[-1] != "."] == []


def test_every_ground_stands_in_the_rules_under_its_heading(project_root: Path) -> None:
    rules = (project_root / "domain" / "RULES.md").read_text()
    sections = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", rules, re.MULTILINE | re.DOTALL))

    missing = [
        (ground.code, ground.rule)
        for ground in GROUNDS.values()
        if f"`{ground.code}`" not in sections.get(ground.rule, "")
    ]
    assert missing == []


def test_every_code_in_the_rules_is_a_grounds(project_root: Path) -> None:
    rules = (project_root / "domain" / "RULES.md").read_text()
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", rules))

    assert sorted(named - set(GROUNDS) - {"VALUATION_MISSING"}) == []  # It warns, and refuses not.


def test_every_command_declares_on_what_grounds_it_may_be_refused() -> None:
    assert COMMANDS - set(REFUSALS) == set()
    declared = {ground for grounds in REFUSALS.values() for ground in grounds}
    assert sorted(ground.code for ground in set(GROUNDS.values()) ^ declared) == []


@pytest.mark.parametrize("kind", ["RuleBroken", "Conflict", "NotAllowed"])
def test_the_domain_refuses_on_declared_grounds_only(project_root: Path, kind: str) -> None:
    made = [
        ast.unparse(node)
        for file in (project_root / "domain").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == kind
    ]
    assert made == []


def test_a_problems_title_is_what_its_code_means_and_its_detail_the_case() -> None:
    for ground in (*GROUNDS.values(), ID_TAKEN):
        problem = problem_of(ground("Figures of a case."))
        assert problem is not None
        shown = problem_resource(problem, "request", "/api/v1/loans")
        assert (shown.code, shown.title) == (ground.code, ground.meaning)
        assert shown.detail == "Figures of a case."
    missing = problem_of(NotFound("loan"))
    assert missing is not None
    assert missing.title == STATUSES["NOT_FOUND"][1]


def test_the_page_of_refusals_is_what_the_grounds_and_the_routes_say(project_root: Path) -> None:
    plans = [*command_api.plans.values(), *query_api.plans.values()]
    page = (project_root / "docs" / "REFUSALS.md").read_text()

    assert page == refusals_page(plans), "run `make refusals` and review what changed"


def test_every_ground_is_listed_by_an_operation() -> None:
    plans = (*command_api.plans.values(), *query_api.plans.values())
    listed = {ground.code for plan in plans for ground in plan.operation.refuses}
    listed |= {ground.code for ground in LEFT_TO_THE_SCHEMA} | _NEVER_ASKED

    assert sorted(set(GROUNDS) - listed) == []
