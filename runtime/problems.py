"""What went wrong, as HTTP says it: the one table from refusals to answers.

Every failure is answered in the envelope, or as RFC 9457 for those who ask for
``application/problem+json``. Both say the same.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

import psycopg
import psycopg_pool

from domain.kernel.errors import (
    ID_TAKEN,
    Conflict,
    Detail,
    NotAllowed,
    NotFound,
    Refusal,
    RuleBroken,
)
from domain.kernel.resource import Instant, Resource
from runtime.eventstore.appender import OutcomeUnknown, QueueFull
from runtime.locks import Crowded

STATUSES: dict[str, tuple[int, str]] = {
    "VALIDATION_ERROR": (400, "The request is malformed or fails its schema."),
    "UNAUTHORIZED": (401, "Sign in with a valid bearer token."),
    "FORBIDDEN": (403, "Your role may not do this."),
    "NOT_FOUND": (404, "There is no such thing, or it is not yours."),
    "METHOD_NOT_ALLOWED": (405, "This path does not answer that method."),
    ID_TAKEN.code: (409, ID_TAKEN.meaning),
    "IDEMPOTENCY_MISMATCH": (409, "This Idempotency-Key was used with another request."),
    "STALE": (412, "The resource has changed since the version in If-Match."),
    "BODY_TOO_LARGE": (413, "The body is larger than the limit."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body must be application/json."),
    "RULE_BROKEN": (422, "A rule of lending forbids it; the code names the rule."),
    "RATE_LIMITED": (429, "Too many requests; wait as long as Retry-After says."),
    "INTERNAL": (500, "Something failed on our side; quote the request id."),
    "UNAVAILABLE": (503, "A dependency is away or overloaded; repeat with the same key."),
}
"""Code -> status and what it means. Codes of lending rules are not here: they answer 422."""

STATUS_OF: Mapping[type[Refusal], int] = MappingProxyType(
    {NotFound: 404, NotAllowed: 403, RuleBroken: 422, Conflict: 409}
)
"""What each kind of refusal answers."""
_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
)


class Problem(Exception):
    """A failure with its answer: raised by the edge itself, or made of a refusal."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        details: Sequence[Detail] = (),
        *,
        status: int | None = None,
        title: str | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        known_status, known_message = STATUSES.get(code, (422, code))
        super().__init__(message or known_message)
        self.code = code
        self.message = message or known_message
        self.details = tuple(details)
        self.status = status or known_status
        self.title = title or STATUSES.get(code, STATUSES["RULE_BROKEN"])[1]
        self.headers = tuple(headers)


class Unavailable(Problem):
    """Something we need is away: repeat the same request, with the same key, in a moment."""

    def __init__(self, message: str | None = None, retry_after_seconds: int = 1) -> None:
        retry = (b"retry-after", b"%d" % retry_after_seconds)
        super().__init__("UNAVAILABLE", message, headers=[retry])


def problem_of(error: Exception) -> Problem | None:
    """Translate what a handler raised; `None` when nobody expected it."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refusal):
        status = STATUS_OF[type(error)]
        return Problem(error.code, error.message, error.details, status=status, title=error.meaning)
    if isinstance(error, QueueFull):
        return Unavailable("Too many commands are waiting; nothing was done.")
    if isinstance(error, Crowded):
        return Unavailable("Too many commands wait for the same resource; nothing was done.")
    if isinstance(error, OutcomeUnknown):
        return Unavailable("Whether it was done is not known; repeat it with the same key.")
    if isinstance(error, _AWAY):
        return Unavailable("The database is not reachable.")
    return None


class DetailResource(Resource):
    """A field or figure behind a failure, and what is wrong with it."""

    field: str
    message: str


class ErrorResource(Resource):
    """What went wrong; quote ``request_id`` when asking about it."""

    code: str
    message: str
    details: list[DetailResource]
    timestamp: Instant
    request_id: str


class FailureResource(Resource, kw_only=True):
    """A failure in the envelope of every answer."""

    success: Literal[False] = False
    error: ErrorResource


class ProblemResource(Resource):
    """The same failure after RFC 9457, for whoever accepts ``application/problem+json``."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    details: list[DetailResource]
    timestamp: Instant
    request_id: str


def failure_of(problem: Problem, request_id: str, timestamp: str | None = None) -> FailureResource:
    """A failure in the envelope of every answer."""
    return FailureResource(
        error=ErrorResource(
            code=problem.code,
            message=problem.message,
            details=_details(problem),
            timestamp=timestamp or _now(),
            request_id=request_id,
        )
    )


def problem_resource(
    problem: Problem, request_id: str, path: str, timestamp: str | None = None
) -> ProblemResource:
    """The same failure after RFC 9457."""
    return ProblemResource(
        type="urn:drawbridge:problem:" + problem.code.lower().replace("_", "-"),
        title=problem.title,
        status=problem.status,
        detail=problem.message,
        instance=path,
        code=problem.code,
        details=_details(problem),
        timestamp=timestamp or _now(),
        request_id=request_id,
    )


def _details(problem: Problem) -> list[DetailResource]:
    return [DetailResource(field=each.field, message=each.message) for each in problem.details]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
