"""How operations may fail, as responses of the OpenAPI document: every code with its own meaning.

What an operation refuses on its own grounds stands under its status. What any request of its kind may
meet is told once: under ``4XX`` what the caller can mend, under ``5XX`` what is ours.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from domain.access import Right
from domain.kernel.errors import Detail
from domain.kernel.resource import Resource
from runtime.http.components import Components
from runtime.http.plan import Plan
from runtime.http.schemas import name_of, reference
from runtime.problems import STATUS_OF, STATUSES, Problem, failure_of, problem_resource

_VERBS = {"GET": "Read", "DELETE": "Delete"}
_RETRY_AFTER = {
    "description": "With 429 and 503: after how many seconds to try again.",
    "schema": {"type": "integer"},
}
_RETRIED = {"RATE_LIMITED", "UNAVAILABLE"}
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
_Codes = dict[str, tuple[int, str]]
"""Code -> its status and what it means."""
_FORMS = dict(zip(("application/json", "application/problem+json"), FAILURES, strict=True))


def failures_of(plan: Plan, components: Components) -> dict[str, dict[str, Any]]:
    """The responses of an operation that fails: by status on its own grounds, by range on others."""
    general: _Codes = {code: STATUSES[code] for code in sorted(_general(plan))}
    grounds: _Codes = {
        ground.code: (STATUS_OF[ground.kind], ground.meaning) for ground in plan.operation.refuses
    }
    responses = {}
    for status in sorted({status for status, _ in grounds.values()}):
        here = {code: said for code, said in (general | grounds).items() if said[0] == status}
        responses[str(status)] = _response(_own(here), here, components)
    refused = {code: said for code, said in general.items() if said[0] < 500}
    failed = {code: said for code, said in general.items() if said[0] >= 500}
    for statuses, name, codes in (("4XX", _name(plan), refused), ("5XX", "Failed", failed)):
        shared = _response(_shared(codes), codes, components)
        responses[statuses] = components.refer("responses", name, shared)
    return responses


def _name(plan: Plan) -> str:
    """What the refusals of requests of one kind are called: those of a read of one thing, say."""
    one = "One" if "NOT_FOUND" in _general(plan) else ""
    who = "Public" if plan.operation.right is Right.PUBLIC else ""
    return who + _VERBS.get(plan.operation.method, "Change") + one + "Refused"


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


def _response(description: str, codes: _Codes, components: Components) -> dict[str, Any]:
    content: dict[str, Any] = {
        media_type: {"schema": reference(name_of(type(form)))}
        for media_type, form in _FORMS.items()
    }
    content["application/json"]["examples"] = {
        code: _example(code, status, meaning, components)
        for code, (status, meaning) in sorted(codes.items())
    }
    response: dict[str, Any] = {"description": description, "content": content}
    if codes.keys() & _RETRIED:
        header = components.refer("headers", "Retry-After", _RETRY_AFTER)
        response["headers"] = {"Retry-After": header}
    return response


def _own(codes: _Codes) -> str:
    """What one code means; of several, which they are: the examples say what each means."""
    named = ", ".join(f"`{code}`" for code in sorted(codes))
    return f"{named}: {next(iter(codes.values()))[1]}" if len(codes) == 1 else f"{named}."


def _shared(codes: _Codes) -> str:
    """Each code with its status and its meaning, by status."""
    by_status = sorted((status, code, meaning) for code, (status, meaning) in codes.items())
    return "\n".join(f"- {status} `{code}`: {meaning}" for status, code, meaning in by_status)


def _example(code: str, status: int, meaning: str, components: Components) -> dict[str, Any]:
    failure = failure_of(Problem(code, meaning, status=status), _REQUEST_ID, _INSTANT)
    example = {"summary": f"{status}: {meaning}", "value": to_builtins(failure)}
    return components.refer("examples", code, example)
