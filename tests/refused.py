"""Holds whatever is refused in a test to what is declared, and at the end the one to the other.

A command that is refused on a ground that it does not declare fails the test at once: in the domain
where the refusal is made, over HTTP where its answer comes in, from whatever process. A run of the
whole suite, or one with ``--every-refusal``, also fails where a declared pair of a command, or of an
operation, and a code was met by no test; those that cannot be met are in `UNMET`, each with its
reason.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from inspect import currentframe
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import httpx
import pytest

from domain.kernel.errors import Refusal
from domain.refusals import REFUSALS
from runtime.problems import STATUSES

Pair = tuple[str, str]
"""The name of a command or the id of an operation, and a code."""

UNMET: dict[Pair, str] = {}
"""Declared pairs that no test meets, and why not."""

_GOES_ON_AS = {"to_undo": "ReverseEvent"}
"""What is decided further as another command, whose refusals are its own then."""

_PREFIX = "/api/v1"

_met: set[Pair] = set()


def pytest_configure() -> None:
    _watch_the_domain()
    _watch_answers()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what was met to the process that knows all of it; there, compare."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["met"] = sorted(_met)
    elif _is_whole(session) and (told := list(unmet())):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        config.stash[_TOLD] = told


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _met.update(map(tuple, getattr(node, "workeroutput", {}).get("met", ())))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    told = config.stash.get(_TOLD, [])
    if told:
        terminalreporter.section("refusals", sep="=", red=True)
        terminalreporter.write("".join(f"{line}\n" for line in told))


_TOLD = pytest.StashKey[list[str]]()


def _is_whole(session: pytest.Session) -> bool:
    """Whether the whole suite was run, and passed."""
    config = session.config
    if config.getoption("every_refusal"):
        return True
    narrowed = config.option.keyword or config.option.markexpr or config.option.collectonly
    places = {Path(str(place)).resolve() for place in config.args}
    return places == {Path(__file__).parent} and not narrowed and not session.testsfailed


def unmet() -> Iterator[str]:
    """What is declared and was not met, and what is listed as such and was."""
    missing = {pair for pair in declared() if not _met.intersection(_same(pair))}
    for name, code in sorted(missing - UNMET.keys()):
        yield f"{name} declares {code}, and no test meets it"
    for name, code in sorted(UNMET.keys() - missing):
        yield f"{name} is said never to be refused as {code}, needlessly"


def declared() -> Iterator[Pair]:
    """Every command with each of its codes, and operations whose codes are no command's."""
    for command, grounds in REFUSALS.items():
        yield from ((command.__name__, ground.code) for ground in grounds)
    for operation, codes in _codes_of_operations().items():
        if operation not in _commands_of():
            yield from ((operation, code) for code in codes)


def _same(pair: Pair) -> set[Pair]:
    """The pair, and the same code of what goes on with it or carries it out."""
    name, code = pair
    carried_out_by = {each for each, names in _commands_of().items() if names == [name]}
    return {(each, code) for each in (name, _GOES_ON_AS.get(name, name), *carried_out_by)}


# What the domain refuses.


def _watch_the_domain() -> None:
    make = Refusal.__init__

    def made(self: Refusal, code: str, *args: Any, **named: Any) -> None:
        make(self, code, *args, **named)
        command = _asked(currentframe())
        if command is not None and self.code not in STATUSES:
            codes = {ground.code for ground in REFUSALS[command]}
            assert self.code in codes, f"{command.__name__} does not declare {self.code}"
            _met.add((command.__name__, self.code))

    Refusal.__init__ = made  # type: ignore[method-assign]  # every refusal is made there


def _asked(frame: FrameType | None) -> Callable[..., object] | None:
    """What is being decided: the nearest ``command``, or function that decides without one."""
    while frame is not None:
        if frame.f_code in _functions():
            return _functions()[frame.f_code]
        if "command" in frame.f_code.co_varnames:
            command = type(frame.f_locals.get("command"))
            if command in REFUSALS:
                return command
        frame = frame.f_back
    return None


@cache
def _functions() -> dict[CodeType, Callable[..., object]]:
    return {each.__code__: each for each in REFUSALS if hasattr(each, "__code__")}


# What the APIs answer.


def _watch_answers() -> None:
    send, send_async = httpx.Client.send, httpx.AsyncClient.send

    def sent(self: httpx.Client, *args: Any, **named: Any) -> httpx.Response:
        return _looked_at(send(self, *args, **named))

    async def sent_async(self: httpx.AsyncClient, *args: Any, **named: Any) -> httpx.Response:
        return _looked_at(await send_async(self, *args, **named))

    httpx.Client.send = sent  # type: ignore[method-assign]  # every request passes there
    httpx.AsyncClient.send = sent_async  # type: ignore[method-assign]  # as above


def _looked_at(response: httpx.Response) -> httpx.Response:
    if 400 <= response.status_code < 500 and response.is_stream_consumed:
        code = _code_of(response)
        operation = _operation_of(response.request.method, response.request.url.path)
        if code is not None and operation is not None:
            codes = _codes_of_operations()[operation]
            assert code in codes, f"{operation} does not declare {code}"
            _met.add((operation, code))
    return response


def _code_of(response: httpx.Response) -> str | None:
    try:
        body = response.json()
    except json.JSONDecodeError:
        return None
    told = body.get("error", body) if isinstance(body, dict) else {}
    code = told.get("code") if isinstance(told, dict) else None
    return code if isinstance(code, str) and code not in STATUSES else None


def _operation_of(method: str, path: str) -> str | None:
    path = path.removeprefix(_PREFIX)
    found = (name for (verb, name), shape in _shapes().items() if verb == method and shape(path))
    return next(found, None)


@cache
def _shapes() -> dict[tuple[str, str], Callable[[str], re.Match[str] | None]]:
    from tests.contract.apis import command_api, query_api

    return {
        (plan.operation.method, name): re.compile(
            re.sub(r"\\{\w+\\}", "[^/]+", re.escape(plan.operation.path))
        ).fullmatch
        for api in (command_api, query_api)
        for name, plan in api.plans.items()
    }


@cache
def _codes_of_operations() -> dict[str, set[str]]:
    from tests.contract.apis import command_api, query_api

    return {
        name: {ground.code for ground in plan.operation.refuses}
        for api in (command_api, query_api)
        for name, plan in api.plans.items()
    }


@cache
def _commands_of() -> dict[str, list[str]]:
    """The commands that each operation carries out, as its route says."""
    found = {}
    for route in (Path(__file__).parents[1] / "command_api" / "routes").glob("*.py"):
        for node in ast.walk(ast.parse(route.read_text())):
            if isinstance(node, ast.Call) and (names := _named(node)):
                operation = node.args[1]
                assert isinstance(operation, ast.Constant)
                found[str(operation.value)] = names
    return found


def _named(route: ast.Call) -> list[str]:
    given = next((word.value for word in route.keywords if word.arg == "refuses"), None)
    if isinstance(given, ast.Call) and ast.unparse(given.func) == "refusals":
        return [ast.unparse(name) for name in given.args]
    return []
