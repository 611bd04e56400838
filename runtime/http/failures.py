"""How operations may fail, as responses of the OpenAPI document: every code with its own meaning."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import to_builtins

from domain.access import Right
from domain.kernel.errors import Detail
from domain.kernel.resource import Resource
from runtime.http.components import Components
from runtime.http.plan import Plan
from runtime.http.schemas import name_of, reference
from runtime.problems import STATUS_OF, STATUSES, Problem, failure_of, problem_resource

_NAMES = {
    400: "BadRequest",
    401: "NotSignedIn",
    403: "NotAllowed",
    404: "NotFound",
    409: "Conflict",
    412: "Stale",
    413: "BodyTooLarge",
    415: "NotJson",
    429: "TooManyRequests",
    500: "Internal",
    503: "Unavailable",
}
_RETRY_AFTER = {
    "description": "After how many seconds to try again.",
    "schema": {"type": "integer"},
}
_INSTANT = "2025-02-10T15:04:05.678Z"
_REQUEST_ID = "01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10"
_PROBLEM = Problem(
    "VALIDATION_ERROR",
    "The body fails its schema.",
    [Detail("amount", "this amount must be more than zero")],
)

FAILURES: tuple[Resource, ...] = (
    failure_of(_PROBLEM, _REQUEST_ID, _INSTANT),
    problem_resource(_PROBLEM, _REQUEST_ID, "/api/v1/loans", _INSTANT),
)
"""A failure in either form; what they are made of are components of every document."""
_FORMS = dict(zip(("application/json", "application/problem+json"), FAILURES, strict=True))


def failures_of(plan: Plan, components: Components) -> dict[str, dict[str, Any]]:
    """The responses of an operation that fails, by status."""
    general = {code: STATUSES[code] for code in _general(plan)}
    grounds = {
        ground.code: (STATUS_OF[ground.kind], ground.meaning) for ground in plan.operation.refuses
    }
    by_status: dict[int, dict[str, str]] = {}
    for code, (status, meaning) in sorted({**general, **grounds}.items()):
        by_status.setdefault(status, {})[code] = meaning
    responses = {}
    for status, meanings in sorted(by_status.items()):
        response = _response(status, meanings, components)
        shared = general.keys() >= meanings.keys()
        responses[str(status)] = (
            components.refer("responses", _NAMES[status], response) if shared else response
        )
    return responses


def _general(plan: Plan) -> Iterator[str]:
    """The codes of the kit itself, which mean the same everywhere."""
    yield from ("VALIDATION_ERROR", "RATE_LIMITED", "INTERNAL", "UNAVAILABLE")
    if plan.operation.right is not Right.PUBLIC:
        yield from ("UNAUTHORIZED", "FORBIDDEN")
    elif plan.writes:
        yield "UNAUTHORIZED"
    if plan.path_types or plan.operation.may_miss:
        yield "NOT_FOUND"
    if plan.reads_body:
        yield from ("BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
    if plan.operation.takes_key and plan.writes:
        yield from ("CONFLICT", "IDEMPOTENCY_MISMATCH", "STALE")


def _response(status: int, meanings: Mapping[str, str], components: Components) -> dict[str, Any]:
    content: dict[str, Any] = {
        media_type: {"schema": reference(name_of(type(form)))}
        for media_type, form in _FORMS.items()
    }
    content["application/json"]["examples"] = {
        code: _example(code, meaning, components) for code, meaning in meanings.items()
    }
    response: dict[str, Any] = {
        "description": _description(meanings),
        "content": content,
    }
    if status in (429, 503):
        header = components.refer("headers", "Retry-After", _RETRY_AFTER)
        response["headers"] = {"Retry-After": header}
    return response


def _description(meanings: Mapping[str, str]) -> str:
    """What one code means; of several, which they are: the examples say what each means."""
    codes = ", ".join(f"`{code}`" for code in meanings)
    return f"{codes}: {next(iter(meanings.values()))}" if len(meanings) == 1 else f"{codes}."


def _example(code: str, meaning: str, components: Components) -> dict[str, Any]:
    failure = failure_of(Problem(code, meaning), _REQUEST_ID, _INSTANT)
    example = {"summary": meaning, "value": to_builtins(failure)}
    return components.refer("examples", code, example)
