"""The OpenAPI document: every operation, its body, its answers and every way it may fail.

FastAPI reads the signatures that it is shown and writes what operations ask; what they answer is
written here from their response types. It serves nothing.
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Query
from msgspec.json import decode

from domain.access import Right
from domain.kernel.resource import Resource, resource_json
from runtime.http.asked import asked
from runtime.http.call import PageResource
from runtime.http.components import Components
from runtime.http.failures import FAILURES, failures_of
from runtime.http.plan import Plan
from runtime.http.requests import KEY_CHARS_MAX, POSITION_MAX
from runtime.http.schemas import Schema, merged, name_of, reference, schemas_of

_Said = tuple[str, Schema]
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": POSITION_MAX}
_KEY: _Said = (
    "The same key and body answer the same; kept for 30 days.",
    {"type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX},
)
_VERSION: _Said = ("The ETag that the command was decided on.", _TEXT)
_WAITS: _Said = ("Waits until the read side has seen this position of the ledger.", _NUMBER)
_ALSO_WAITS: _Said = ("As min_position.", _NUMBER)
_HEADERS: dict[str, _Said] = {
    "X-Ledger-Position": ("As of which position of the ledger this is.", _NUMBER),
    "X-Ledger-Lag": ("How many events the ledger is ahead of that.", _NUMBER),
    "ETag": ("The version of the resource, for If-Match.", _TEXT),
    "Idempotency-Key": ("The key that the command was carried out under.", _TEXT),
    "Idempotent-Replayed": (
        "It had been carried out before; this is the answer of then.",
        {"type": "string", "const": "true"},
    ),
    "Location": ("Where the new resource is.", _TEXT),
}


_EVERYWHERE = """\
Every answer carries `X-Request-ID`, which names the request (a request may bring its own), and
`X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`: how many requests an hour there
may be, how many are left, and in how many seconds there are more. Money is text with two decimals,
a rate or share a decimal fraction as text: `0.0975` is 9.75 %.

What an operation refuses on its own grounds stands under its status; what any request of its kind
may meet stands under `4XX`, what fails on our side under `5XX`. Each code has its example."""


class NothingResource(Resource):
    """That there is no more to say."""


NOTHING = NothingResource()


def document_of(
    plans: Iterable[Plan], *, title: str, version: str, description: str
) -> dict[str, Any]:
    """The document of an API.

    Raises:
        ValueError: two components have one name.
    """
    declared = FastAPI(title=title, version=version, description=description)
    components = Components()
    answers: set[type[Resource]] = {type(form) for form in FAILURES}
    by_id = {plan.operation.id: plan for plan in plans}
    for plan in by_id.values():
        _declare(declared, plan)
        answers |= {
            type(one) for one in (_shown(plan), plan.operation.meta or NOTHING) if one is not None
        }
    paths, bodies = asked(declared.openapi(), by_id, components)
    operations = [operation for path in paths.values() for operation in path.values()]
    for operation in operations:
        plan = by_id[operation["operationId"]]
        operation["responses"] = {
            str(plan.operation.status): _success(plan, components),
            **failures_of(plan, components),
        }
    schemas = merged(bodies, schemas_of(answers) | components.by_kind.pop("schemas"))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": f"{description}\n\n{_EVERYWHERE}".strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this document is."}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            **components.by_kind,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The `access_token` that `POST /api/v1/auth/token` gives.",
                }
            },
        },
    }


def _declare(declared: FastAPI, plan: Plan) -> None:
    """Show FastAPI what an operation asks."""
    operation = plan.operation
    summary, _, description = (inspect.getdoc(operation.endpoint) or operation.id).partition("\n")
    declared.add_api_route(
        plan.path,
        _stub(plan),
        methods=[operation.method],
        operation_id=operation.id,
        name=operation.id,
        tags=[operation.tag],
        summary=summary.rstrip("."),
        description=description.strip(),
        response_model=None,
        openapi_extra={
            "parameters": _parameters(plan),
            "security": [] if operation.right is Right.PUBLIC else [{"bearer": []}],
        },
    )


def _stub(plan: Plan) -> Any:
    """A function with the signature FastAPI reads; it is never called."""

    async def stub() -> None: ...

    def parameter(name: str, kind: Any) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind)

    parameters = [parameter(name, kind) for name, kind in plan.path_types.items()]
    if plan.params_name and plan.params_type:
        parameters.append(parameter(plan.params_name, Annotated[plan.params_type, Query()]))
    if plan.body_name:
        parameters.append(parameter(plan.body_name, plan.body_type))
    stub.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by FastAPI
    return stub


def _parameters(plan: Plan) -> list[dict[str, Any]]:
    """What the edge itself reads; FastAPI adds those of the endpoint.

    A parameter is written out where it is taken: what is made of a reference to it is longer.
    """
    found: list[tuple[str, str, _Said]] = []
    if plan.operation.takes_key and plan.writes:
        found = [("header", "Idempotency-Key", _KEY), ("header", "If-Match", _VERSION)]
    elif plan.is_of_position:
        found = [("query", "min_position", _WAITS), ("header", "X-Min-Position", _ALSO_WAITS)]
    return [
        {"name": name, "in": place, "description": says, "schema": dict(schema)}
        for place, name, (says, schema) in found
    ]


def _success(plan: Plan, components: Components) -> dict[str, Any]:
    operation = plan.operation
    if operation.media_type != "application/json":
        content = {"schema": {"type": "string"}, "example": operation.example}
        return {"description": "Success.", "content": {operation.media_type: content}}
    name, schema = _envelope(plan)
    answer = components.refer("schemas", name, schema)
    whole = {"success": True, "data": operation.example, "meta": operation.meta or NOTHING}
    example = components.refer("examples", name, {"value": decode(resource_json(whole))})
    how = "Shown" if not plan.writes else "Created" if operation.status == 201 else "Changed"
    return components.refer(
        "responses",
        name + how if operation.right is not Right.PUBLIC else name + "Public",
        {
            "description": "Success.",
            "headers": {
                header: components.refer("headers", header, {"description": says, "schema": schema})
                for header in _headers(plan)
                for says, schema in (_HEADERS[header],)
            },
            "content": {"application/json": {"schema": answer, "examples": {"example": example}}},
        },
    )


def _envelope(plan: Plan) -> tuple[str, Schema]:
    """The whole answer around the data, and what it is called."""
    shown, meta = _shown(plan), plan.operation.meta or NOTHING
    if not isinstance(shown, Resource):
        raise TypeError(f"{plan.operation.id} does not show what it answers by a resource")
    is_list = isinstance(plan.operation.example, list)
    data = reference(name_of(type(shown)))
    name = name_of(type(shown)) + ("List" if is_list else "Answer")
    if not isinstance(meta, PageResource | NothingResource):
        name += name_of(type(meta))
    properties: Mapping[str, Schema] = {
        "success": {"type": "boolean", "const": True},
        "data": {"type": "array", "items": data} if is_list else data,
        "meta": reference(name_of(type(meta))),
    }
    return name, {"type": "object", "properties": properties, "required": list(properties)}


def _shown(plan: Plan) -> Resource | None:
    """The resource that an answer is made of; text has none."""
    example = plan.operation.example
    one = example[0] if isinstance(example, list) else example
    return one if isinstance(one, Resource) else None


def _headers(plan: Plan) -> list[str]:
    operation = plan.operation
    names = []
    if operation.right is not Right.PUBLIC:
        names += ["X-Ledger-Position", "ETag"]
    if operation.prefixed and not plan.writes:
        names.append("X-Ledger-Lag")
    if operation.takes_key and plan.writes:
        names += ["Idempotency-Key", "Idempotent-Replayed"]
    if operation.status == 201:
        names.append("Location")
    return names
