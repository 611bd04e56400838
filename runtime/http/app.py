"""The edge of both APIs: one ASGI application that every request passes through, once.

Requests are served here, in this order: find the operation, know the caller, count the request, check
access, read headers, query and body, call the endpoint, answer. Whatever fails on the way is answered
in the envelope by `runtime.problems`. What FastAPI is for, the document, is in `openapi`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from http import HTTPStatus
from typing import Any, Protocol

import structlog

from domain.access import Reach, Right
from domain.kernel.errors import NotAllowed
from domain.kernel.resource import resource_json
from runtime.http import requests
from runtime.http.admission import Admission
from runtime.http.call import Answer, Call, Seen
from runtime.http.exchange import Exchange, Header
from runtime.http.lifespan import Lifespan, live
from runtime.http.limits import RateLimits
from runtime.http.openapi import document_of
from runtime.http.pages import PAGES, Pages
from runtime.http.plan import Dispatch, Plan
from runtime.http.rendering import CSP, EXPOSED, NO_STORE, SECURITY, render
from runtime.http.requests import ClientGone, Receive, Versions
from runtime.http.router import Router
from runtime.logs import REQUEST_ID
from runtime.metrics import PROBLEMS
from runtime.problems import Problem, failure_of, problem_of, problem_resource
from runtime.settings import DEVELOPMENT_TOKEN_KEY, Environment, Settings
from runtime.tokens import BadToken, Principal, Tokens

PREFIX = "/api/v1"
TOKEN_KEY_BYTES_MIN = 32

Send = Callable[[Any], Awaitable[None]]
Check = Callable[[], Awaitable[str]]
log = structlog.get_logger()


class ReadGate(Protocol):
    """What the query side knows of its own progress."""

    def reading(
        self, reads: tuple[Any, ...], min_position: int | None
    ) -> AbstractAsyncContextManager[Seen]:
        """Let a read in, once what it asks for has come as far as its caller wants.

        Args:
            reads: what its route declares.
            min_position: what is to be projected of it.

        Raises:
            Unavailable: that takes too long, or what it asks for cannot be read for now.
        """


class Api:
    """One process's API.

    Attributes:
        lifespan: starts and stops what the process needs.
        services: what endpoints ask for by type; see `provide`.
        checks: the dependencies that ``/health`` asks for their versions, by name.
        measures: looked at before ``/metrics`` answers.
        read_gate: set by the query side.
        limits: on requests an hour; ``admission`` on writes at once.
        plans: every operation, by its id.
    """

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        routers: Iterable[Router],
        *,
        title: str,
        version: str,
        description: str = "",
        lifespan: Lifespan = nullcontext,
        limits: RateLimits | None = None,
    ) -> None:
        """Declare the routers' operations.

        Args:
            settings: of the process.
            tokens: who callers are.
            routers: what can be called.
            title: in the documentation, as ``version`` and ``description``.
            version: of the API.
            description: what it is for.
            lifespan: starts and stops what endpoints need.
            limits: those of another API in the same process, which then counts requests with it.

        Raises:
            ValueError: the settings are fit for development only.
        """
        _refuse_development_settings(settings)
        self.title, self.version, self.description = title, version, description
        self.lifespan = lifespan
        self.tokens = tokens
        self.services: dict[type, Any] = {Api: self}
        self.checks: dict[str, Check] = {}
        self.measures: list[Callable[[], Awaitable[None]]] = []
        self.read_gate: ReadGate | None = None
        self.plans: dict[str, Plan] = {}
        self._document: dict[str, Any] | None = None
        self._pages = Pages(title, self.openapi)
        self._dispatch = Dispatch()
        self._body_bytes_max = settings.body_bytes_max
        self._zone = settings.business_zone
        self.admission = Admission(
            settings.append_queue_max + settings.append_batch_max, settings.body_bytes_max
        )
        self._origins = frozenset(origin.encode() for origin in settings.cors_origins)
        self.limits = limits or RateLimits(
            settings.anonymous_requests_per_hour, settings.authenticated_requests_per_hour
        )
        for router in routers:
            for operation in router.operations:
                prefix = PREFIX if operation.prefixed else ""
                self._add(Plan(operation, prefix + operation.path))

    def provide(self, services: Mapping[type, Any]) -> None:
        """Take what endpoints ask for by type, once the process has it.

        Raises:
            LookupError: an endpoint asks for what nobody provides, and would fail on its first
                request.
        """
        self.services |= services
        missing = [
            f"{plan.operation.id} asks for {kind.__name__} {name}"
            for plan in self.plans.values()
            for name, kind in plan.services.items()
            if kind not in self.services
        ]
        if missing:
            raise LookupError(f"nobody provides what endpoints ask for: {'; '.join(missing)}")

    def _add(self, plan: Plan) -> None:
        if plan.operation.id in self.plans:
            raise ValueError(f"two operations are called {plan.operation.id}")
        self.plans[plan.operation.id] = plan
        self._dispatch.add(plan)

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self._document is None:
            self._document = document_of(
                self.plans.values(),
                title=self.title,
                version=self.version,
                description=self.description,
            )
        return self._document

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        if scope["type"] == "lifespan":
            await live([self.lifespan], receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        started = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = requests.sane_request_id(headers.get(b"x-request-id"))
        request = Exchange(scope, headers, given, receive)
        REQUEST_ID.set(request.id)
        try:
            status, out, body = await self._answer(request)
        except ClientGone:
            return
        except asyncio.CancelledError:
            if request.hung_up:
                return
            raise
        except Exception as error:  # the last resort: whatever it is gets an answer
            status, out, body = self._failure(request, error)
        await self._send(request, send, status, out, body)
        if request.plan is not None:
            request.plan.observe(time.perf_counter() - started)

    async def _answer(self, request: Exchange) -> tuple[int, list[Header], bytes]:
        if request.path in PAGES:
            return self._page(request)
        found = self._dispatch.find(request.path)
        plan = request.plan = found[0].methods.get(request.method) if found else None
        if request.method == "OPTIONS" and b"access-control-request-method" in request.headers:
            return self._preflight(request)
        signed_in = self._identify(request)
        if found is None:
            raise Problem("NOT_FOUND", "There is no such path.")
        if plan is None:
            allow = ", ".join(sorted(found[0].methods)).encode()
            raise Problem("METHOD_NOT_ALLOWED", headers=[(b"allow", allow)])
        call = self._call(request, plan, signed_in)
        arguments = plan.path_values(found[1])
        if not plan.writes:
            self._read_query(request, plan, call, arguments)
            return self._render(request, plan, await self._read(plan, call, arguments))
        self.admission.enter(request)
        try:
            await self._read_body(request, plan, call, arguments)
            request.task, request.is_read = asyncio.current_task(), True
            return self._render(request, plan, await plan.run(arguments, call, self.services))
        finally:
            self.admission.leave(request)

    def _identify(self, request: Exchange) -> Principal | None:
        """Who asks, counted against their limit; a bad token counts against the address."""
        header = request.headers.get(b"authorization")
        token = requests.bearer_token(header) if header is not None else None
        plan = request.plan
        if plan is not None and plan.operation.right is Right.PUBLIC:
            if plan.operation.prefixed:
                request.limit_headers = self.limits.take(request.address, signed_in=False)
            else:
                request.limit_headers = self.limits.show(request.address)
            return None
        try:
            if token is None:
                raise BadToken("the request carries no bearer token")
            who = self.tokens.verify(token)
        except BadToken as error:
            request.limit_headers = self.limits.take(request.address, signed_in=False)
            if plan is None:
                return None
            reason = b'Bearer error="invalid_token"' if token else b"Bearer"
            message = f"Sign in: {error}."
            raise Problem(
                "UNAUTHORIZED", message, headers=[(b"www-authenticate", reason)]
            ) from None
        request.limit_headers = self.limits.take(who.key, signed_in=True)
        return who

    def _call(self, request: Exchange, plan: Plan, signed_in: Principal | None) -> Call:
        reach = Reach.ALL if signed_in is None else plan.reaches[signed_in.role]
        if reach is Reach.NONE:
            raise NotAllowed("FORBIDDEN", "Your role may not do this.")
        given = request.headers.get(b"idempotency-key") if plan.writes else None
        key = requests.idempotency_key(given) if given is not None else request.new_key()
        if plan.writes and plan.operation.takes_key:
            request.key = key
        return Call(
            plan.operation.id,
            request.method,
            request.path,
            request.id,
            signed_in,
            reach,
            key,
            given is not None,
            self._if_match(request, plan),
            None,
            request.address,
            b"",
            request.own_id,
            zone=self._zone,
        )

    def _if_match(self, request: Exchange, plan: Plan) -> Versions | None:
        """What ``If-Match`` asks; of what must exist anyway, ``*`` asks nothing more."""
        header = request.headers.get(b"if-match") if plan.writes else None
        versions = None if header is None else requests.versions(header)
        creates = plan.operation.status == HTTPStatus.CREATED
        return None if versions is not None and versions.any_at_all and not creates else versions

    async def _read_body(
        self, request: Exchange, plan: Plan, call: Call, arguments: dict[str, Any]
    ) -> None:
        if request.scope["query_string"]:
            plan.read_params(requests.query_fields(request.scope["query_string"]))
        if not plan.reads_body:
            return
        raw = await requests.read_body(request.receive, request.headers, self._body_bytes_max)
        if not raw and plan.body_may_be_absent:
            raw = b"{}"
        else:
            requests.require_json(request.headers)
            if not raw:
                raise Problem("VALIDATION_ERROR", "This operation needs a body.")
        call.canonical_body = requests.canonical_json(raw)
        body = plan.read_body(raw)
        if plan.body_name is not None:
            arguments[plan.body_name] = body

    def _read_query(
        self, request: Exchange, plan: Plan, call: Call, arguments: dict[str, Any]
    ) -> None:
        query = request.scope["query_string"]
        fields = requests.query_fields(query) if query else {}
        least = request.headers.get(b"x-min-position")
        wanted = fields.pop("min_position", None) or ([least.decode("latin-1")] if least else None)
        if wanted is not None:
            call.min_position = requests.position(wanted[0])
        params = plan.read_params(fields)
        if plan.params_name is not None:
            arguments[plan.params_name] = params

    async def _read(self, plan: Plan, call: Call, arguments: dict[str, Any]) -> Answer:
        """Call the endpoint of a read, and say as of which position its answer is."""
        if self.read_gate is None or not plan.is_of_position:
            return await plan.run(arguments, call, self.services)
        async with self.read_gate.reading(plan.operation.reads, call.min_position) as call.looked:
            answer = await plan.run(arguments, call, self.services)
        answer.show(call.looked)
        return answer

    def _render(
        self, request: Exchange, plan: Plan, answer: Answer
    ) -> tuple[int, list[Header], bytes]:
        body = answer.body if answer.body is not None else render(answer.data, answer.meta)
        out: list[Header] = [(b"content-type", answer.content_type), NO_STORE, CSP]
        if answer.position is not None:
            out.append((b"x-ledger-position", b"%d" % answer.position))
        if answer.version is not None:
            out.append((b"etag", b'"%d"' % answer.version))
        if request.key is not None:
            out.append((b"idempotency-key", request.key.encode()))
        if answer.location is not None:
            out.append((b"location", answer.location.encode()))
        if answer.replayed:
            out.append((b"idempotent-replayed", b"true"))
        out.extend(answer.headers)
        return answer.status or plan.operation.status, out, body

    def _failure(self, request: Exchange, error: Exception) -> tuple[int, list[Header], bytes]:
        problem = problem_of(error)
        if problem is None:
            log.exception("request_failed", method=request.method, path=request.path)
            problem = Problem("INTERNAL")
        elif problem.status >= 500:
            log.warning(
                "request_unavailable", path=request.path, reason=repr(error.__cause__ or error)
            )
        PROBLEMS.labels(
            request.plan.operation.id if request.plan else "unknown", problem.code
        ).inc()
        for_problem = b"application/problem+json" in request.headers.get(b"accept", b"")
        if for_problem:
            content = b"application/problem+json"
            body = resource_json(problem_resource(problem, request.id, request.path))
        else:
            content = b"application/json"
            body = resource_json(failure_of(problem, request.id))
        out = [(b"content-type", content), (b"vary", b"accept"), NO_STORE, CSP, *problem.headers]
        # Whether a write was carried out may not be known: with its key it can be sent again.
        if problem.status >= 500 and request.key is not None:
            out.append((b"idempotency-key", request.key.encode()))
        # A refused request shows its limits once, whether it was counted before or refused by them.
        if problem.code == "RATE_LIMITED":
            request.limit_headers = []
        return problem.status, out, body

    def _page(self, request: Exchange) -> tuple[int, list[Header], bytes]:
        """A page of the documentation, which anybody may read and nobody's limit counts."""
        request.limit_headers = self.limits.show(request.address)
        if request.method != "GET":
            raise Problem("METHOD_NOT_ALLOWED", headers=[(b"allow", b"GET")])
        body, headers = self._pages.find(request.path)
        return HTTPStatus.OK, [*headers], body

    def _preflight(self, request: Exchange) -> tuple[int, list[Header], bytes]:
        """Let listed origins call; the methods are those of both APIs, which share their paths."""
        request.limit_headers = self.limits.show(request.address)
        if not self._allows(request.headers.get(b"origin", b"")):
            raise Problem("FORBIDDEN", "This origin may not call the API.")
        allowed = (
            b"authorization, content-type, idempotency-key, if-match, x-min-position, x-request-id"
        )
        return (
            204,
            [
                (b"access-control-allow-methods", b"GET, POST, PATCH, DELETE"),
                (b"access-control-allow-headers", allowed),
                (b"access-control-max-age", b"600"),
                NO_STORE,
                CSP,
            ],
            b"",
        )

    def _allows(self, origin: bytes) -> bool:
        return origin in self._origins or b"*" in self._origins

    async def _send(
        self, request: Exchange, send: Send, status: int, out: list[Header], body: bytes
    ) -> None:
        out.append((b"content-length", b"%d" % len(body)))
        out += self._common(request)
        await send({"type": "http.response.start", "status": status, "headers": out})
        await send({"type": "http.response.body", "body": b"" if request.is_head else body})

    def _common(self, request: Exchange) -> list[Header]:
        out = [(b"x-request-id", request.id.encode()), *request.limit_headers, *SECURITY]
        origin = request.headers.get(b"origin")
        if origin is not None and self._allows(origin):
            out += [
                (b"access-control-allow-origin", origin),
                (b"access-control-expose-headers", EXPOSED),
                (b"vary", b"origin"),
            ]
        return out


def _refuse_development_settings(settings: Settings) -> None:
    if settings.environment is Environment.DEVELOPMENT:
        return
    if "*" in settings.cors_origins:
        raise ValueError("cors_origins may hold * only in development")
    for kid, key in settings.token_keys.items():
        secret = key.get_secret_value()
        if secret == DEVELOPMENT_TOKEN_KEY or len(secret.encode()) < TOKEN_KEY_BYTES_MIN:
            raise ValueError(f"token key {kid!r} must be a secret of 32 bytes or more")
