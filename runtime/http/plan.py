"""An operation compiled, once, into what a request needs at run time.

FastAPI documents the operations; it does not run them. Its dependency machinery and the stack of
middleware below it cost more than deciding a command, so a request is matched, authenticated and
validated here by tables made at start.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from domain.access import Reach, reach_of
from domain.kernel.actors import Role
from domain.kernel.errors import Detail, NotFound
from runtime.http.call import Answer, Call
from runtime.http.fields import Body, NoBody, Params
from runtime.http.router import Operation
from runtime.metrics import REQUEST_SECONDS
from runtime.problems import Problem

DETAILS_MAX = 20
NAME_CHARS_MAX = 100


class Plan:
    """One operation, ready to run."""

    def __init__(self, operation: Operation, path: str) -> None:
        """Read the endpoint's signature; ``path`` is the full one, with its ``{names}``."""
        self.operation = operation
        self.path = path
        self.reaches: Mapping[Role, Reach] = {
            role: reach_of(role, operation.right) for role in Role
        }
        self.path_types: dict[str, Any] = {}
        self.services: dict[str, type] = {}
        self.call_name: str | None = None
        self.body_name: str | None = None
        self.body_type: type[Body] = NoBody
        self.params_name: str | None = None
        self.params_type: type[Params] | None = None
        self._read_signature()
        self.path_readers = tuple(
            (name, TypeAdapter(kind).validate_python) for name, kind in self.path_types.items()
        )
        self.validate_body = TypeAdapter(self.body_type).validate_json
        self.body_may_be_absent = not any(
            field.is_required() for field in self.body_type.model_fields.values()
        )
        self.writes = operation.method != "GET"
        self.is_of_position = operation.prefixed and not self.writes
        self.reads_body = operation.method in ("POST", "PATCH", "PUT")
        self.observe: Callable[[float], None] = REQUEST_SECONDS.labels(operation.id).observe

    def _read_signature(self) -> None:
        hints = get_type_hints(self.operation.endpoint, include_extras=True)
        for name in inspect.signature(self.operation.endpoint).parameters:
            kind = hints[name]
            is_class = isinstance(kind, type) and get_origin(kind) is None
            if f"{{{name}}}" in self.path:
                self.path_types[name] = kind
            elif kind is Call:
                self.call_name = name
            elif is_class and issubclass(kind, Body):
                self.body_name, self.body_type = name, kind
            elif is_class and issubclass(kind, Params):
                self.params_name, self.params_type = name, kind
            elif is_class:
                self.services[name] = kind
            else:
                raise TypeError(f"{self.operation.id}: nobody provides {name}: {kind}")

    def path_values(self, values: list[str]) -> dict[str, Any]:
        """The names in the path, converted; what cannot be an id names nothing that exists.

        Raises:
            NotFound: a value is not of its type.
        """
        arguments: dict[str, Any] = {}
        for (name, read), text in zip(self.path_readers, values, strict=True):
            try:
                arguments[name] = read(text)
            except ValidationError:
                raise NotFound("resource") from None
        return arguments

    def read_params(self, fields: dict[str, list[str]]) -> Params | None:
        """The query's parameters, validated.

        Raises:
            Problem: one is unknown, repeated without being a list, or not of its type.
        """
        if self.params_type is None:
            if fields:
                name = next(iter(fields))
                raise _invalid("query", [Detail(_short(name), "this parameter is not known")])
            return None
        given: dict[str, Any] = {}
        for name, values in fields.items():
            field = self.params_type.model_fields.get(name)
            if field is not None and _is_list(field.annotation):
                given[name] = values
            elif len(values) > 1:
                raise _invalid("query", [Detail(_short(name), "given more than once")])
            else:
                given[name] = values[0]
        try:
            return self.params_type.model_validate(given)
        except ValidationError as error:
            raise _invalid("query", details_of(error)) from None

    def read_body(self, body: bytes) -> Body:
        """The body, validated against its model.

        Raises:
            Problem: VALIDATION_ERROR with a detail for each wrong field.
        """
        try:
            return self.validate_body(body, strict=True)
        except ValidationError as error:
            raise _invalid("body", details_of(error)) from None

    async def run(
        self, arguments: dict[str, Any], call: Call, services: Mapping[type, Any]
    ) -> Answer:
        """Call the endpoint with what it asks for."""
        if self.call_name is not None:
            arguments[self.call_name] = call
        for name, kind in self.services.items():
            arguments[name] = services[kind]
        return await self.operation.endpoint(**arguments)


def details_of(error: ValidationError) -> list[Detail]:
    """A validation error's fields, as dotted paths, and what was wrong with each."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        Detail(
            _short(".".join(str(step) for step in one["loc"]) or "body"),
            one["msg"].removeprefix("Value error, "),
        )
        for one in found[:DETAILS_MAX]
    ]


def _is_list(kind: Any) -> bool:
    """Whether a parameter may be repeated; ``list[…] | None`` counts."""
    return any(get_origin(one) in (list, tuple, set, frozenset) for one in (kind, *get_args(kind)))


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARS_MAX else name[:NAME_CHARS_MAX] + "…"


def _invalid(what: str, details: list[Detail]) -> Problem:
    return Problem("VALIDATION_ERROR", f"The {what} fails its schema.", details)


class Dispatch:
    """Finds the plan of a path: a tree by segment, in which a word wins over a name."""

    __slots__ = ("methods", "named", "words")

    def __init__(self) -> None:
        self.words: dict[str, Dispatch] = {}
        self.named: Dispatch | None = None
        self.methods: dict[str, Plan] = {}

    def add(self, plan: Plan) -> None:
        """Take up a plan under its path and method.

        Raises:
            ValueError: the path and method are taken.
        """
        node = self
        for segment in plan.path.split("/")[1:]:
            if segment.startswith("{"):
                node.named = node.named or Dispatch()
                node = node.named
            else:
                node = node.words.setdefault(segment, Dispatch())
        if plan.operation.method in node.methods:
            raise ValueError(f"{plan.operation.method} {plan.path} is declared twice")
        node.methods[plan.operation.method] = plan

    def find(self, path: str) -> tuple["Dispatch", list[str]] | None:
        """The node of a path and the values of its names; `None` when no operation lives there."""
        node = self
        values: list[str] = []
        for segment in path.split("/")[1:]:
            found = node.words.get(segment)
            if found is None:
                if (found := node.named) is None:
                    return None
                values.append(segment)
            node = found
        return (node, values) if node.methods else None
