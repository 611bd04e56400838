"""The OpenAPI document: every operation, its body, its answers and every way it may fail."""

import inspect
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, PlainTextResponse
from msgspec import Struct, to_builtins

from domain.access import Right
from runtime.http.fields import NullableObject, NullableText
from runtime.http.plan import Plan
from runtime.http.requests import POSITION_MAX
from runtime.problems import STATUS_OF, STATUSES

FAILURE = "#/components/schemas/Failure"
PROBLEM = "#/components/schemas/Problem"
_TEXT = {"type": "string"}
_POSITION = {"type": "integer", "minimum": 0, "maximum": POSITION_MAX}
_INSTANT = "2025-02-10T15:04:05.678Z"
_REQUEST_ID = "01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10"


def declare(api: FastAPI, plan: Plan) -> None:
    """Tell FastAPI of an operation, so that it documents it."""
    operation = plan.operation
    public = plan.operation.right is Right.PUBLIC
    is_json = operation.media_type == "application/json"
    extra: dict[str, Any] = {"parameters": _parameters(plan)}
    if not public:
        extra["security"] = [{"bearer": []}]
    summary, _, description = (inspect.getdoc(operation.endpoint) or operation.id).partition("\n")
    api.add_api_route(
        plan.path,
        _stub(plan),
        methods=[operation.method],
        operation_id=operation.id,
        name=operation.id,
        tags=[operation.tag],
        summary=summary.rstrip("."),
        description=description.strip(),
        status_code=operation.status,
        response_model=None,
        response_class=JSONResponse if is_json else PlainTextResponse,
        responses={operation.status: _success(plan), **_failures(plan)},
        openapi_extra=extra,
    )


def finish(document: dict[str, Any]) -> dict[str, Any]:
    """Add what all operations share, and take out FastAPI's own idea of a validation error."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Failure"] = _schema_of(_failure_example("VALIDATION_ERROR", "…"))
    schemas["Problem"] = _schema_of(_problem_example("VALIDATION_ERROR", "…", 400))
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for path in document["paths"].values():
        for operation in path.values():
            invalid = str(operation["responses"].get("422", ""))
            if "HTTPValidationError" in invalid:
                del operation["responses"]["422"]
    return document


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
    """What the edge itself reads; FastAPI adds those of the endpoint."""
    found = [_parameter("header", "X-Request-ID", "Names the request; kept if sane.")]
    if plan.operation.takes_key and plan.writes:
        found += [
            _parameter(
                "header",
                "Idempotency-Key",
                "The same key and body answer the same; kept for 30 days.",
            ),
            _parameter("header", "If-Match", "The ETag that the command was decided on."),
        ]
    elif plan.is_of_position:
        found += [
            _parameter(place, name, "Waits until the read side has seen this position.", _POSITION)
            for place, name in (("header", "X-Min-Position"), ("query", "min_position"))
        ]
    return found


def _parameter(
    place: str, name: str, description: str, schema: Mapping[str, Any] = _TEXT
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": False,
        "description": description,
        "schema": dict(schema),
    }


def _success(plan: Plan) -> dict[str, Any]:
    operation = plan.operation
    if operation.media_type != "application/json":
        content = {"schema": {"type": "string"}, "example": operation.example}
        return {"description": "Success.", "content": {operation.media_type: content}}
    data = _as_json(operation.example)
    whole = {"success": True, "data": data, "meta": dict(operation.meta)}
    names = ["X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
    if plan.operation.right is not Right.PUBLIC:
        names += ["X-Ledger-Position", "ETag"]
    if plan.is_of_position:
        names.append("X-Ledger-Lag")
    if operation.takes_key and plan.writes:
        names += ["Idempotency-Key", "Idempotent-Replayed"]
    if operation.status == 201:
        names.append("Location")
    return {
        "description": "Success.",
        "headers": {name: {"schema": {"type": "string"}} for name in names},
        "content": {"application/json": {"schema": _schema_of(whole), "example": whole}},
    }


def _as_json(example: Any) -> Any:
    if isinstance(example, Struct):
        return to_builtins(example)
    return [_as_json(each) for each in example] if isinstance(example, list) else example


def _failures(plan: Plan) -> dict[int | str, dict[str, Any]]:
    codes = ["VALIDATION_ERROR", "RATE_LIMITED", "INTERNAL", "UNAVAILABLE"]
    if plan.operation.right is not Right.PUBLIC:
        codes += ["UNAUTHORIZED", "FORBIDDEN"]
    elif plan.writes:
        codes += ["UNAUTHORIZED"]
    if plan.path_types or plan.operation.may_miss:
        codes.append("NOT_FOUND")
    if plan.reads_body:
        codes += ["BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"]
    if plan.operation.takes_key and plan.writes:
        codes += ["CONFLICT", "IDEMPOTENCY_MISMATCH", "STALE"]
    known = {code: STATUSES[code] for code in codes}
    for ground in sorted(plan.operation.refuses, key=lambda ground: ground.code):
        known[ground.code] = (STATUS_OF[ground.kind], ground.meaning)
    by_status: dict[int, dict[str, str]] = {}
    for code, (status, meaning) in known.items():
        by_status.setdefault(status, {})[code] = meaning
    return {status: _failure(status, meanings) for status, meanings in sorted(by_status.items())}


def _failure(status: int, meanings: dict[str, str]) -> dict[str, Any]:
    return {
        "description": " ".join(f"`{code}`: {meaning}" for code, meaning in meanings.items()),
        "content": {
            "application/json": {
                "schema": {"$ref": FAILURE},
                "examples": {
                    code: {"value": _failure_example(code, meaning)}
                    for code, meaning in meanings.items()
                },
            },
            "application/problem+json": {
                "schema": {"$ref": PROBLEM},
                "examples": {
                    code: {"value": _problem_example(code, meaning, status)}
                    for code, meaning in meanings.items()
                },
            },
        },
    }


def _failure_example(code: str, message: str) -> dict[str, Any]:
    return {
        "success": False,
        "error": {
            "code": code,
            "message": message,
            "details": [{"field": "amount", "message": "what is wrong with it"}],
            "timestamp": _INSTANT,
            "request_id": _REQUEST_ID,
        },
    }


def _problem_example(code: str, message: str, status: int) -> dict[str, Any]:
    return {
        "type": "urn:drawbridge:problem:" + code.lower().replace("_", "-"),
        "title": message,
        "status": status,
        "detail": message,
        "instance": "/api/v1/loans",
        "code": code,
        "details": [{"field": "amount", "message": "what is wrong with it"}],
        "timestamp": _INSTANT,
        "request_id": _REQUEST_ID,
    }


def _schema_of(example: Any) -> dict[str, Any]:
    """The schema that an example shows; what it shows as null or empty stays open."""
    if isinstance(example, bool):
        return {"type": "boolean"}
    if isinstance(example, int):
        return {"type": "integer"}
    if isinstance(example, str):
        return {"type": ["string", "null"] if isinstance(example, NullableText) else "string"}
    if isinstance(example, Mapping):
        properties = {name: _schema_of(value) for name, value in example.items()}
        kind = ["object", "null"] if isinstance(example, NullableObject) else "object"
        return {"type": kind, "properties": properties} if properties else {"type": kind}
    if isinstance(example, (list, tuple)):
        return {"type": "array", "items": _schema_of(example[0]) if example else {}}
    return {}
