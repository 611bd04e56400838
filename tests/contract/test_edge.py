"""The edge that every request passes: each way to get it wrong has its documented answer."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from pydantic import SecretStr

from deploy.front_door import create_front_door
from domain.kernel.actors import Role
from runtime.eventstore.appender import OutcomeUnknown
from runtime.http import (
    Answer,
    Api,
    Body,
    Call,
    Count,
    IsoDate,
    Params,
    PositiveCents,
    Rate,
    Router,
    Text,
    operations_router,
)
from runtime.http.requests import versions
from runtime.settings import Environment, Settings
from runtime.tokens import AUDIENCE, ISSUER, Tokens, principal

KEY = "a key for these tests, of more than 32 bytes"
USER = UUID(int=7)
LOANS = "/api/v1/loans"
GOOD: dict[str, Any] = {
    "commitment": "960000.00",
    "rate": "0.0975",
    "maturity_date": "2026-01-15",
    "lines": [{"name": "Framing: phase 1", "amount": "240000.00"}],
}


class Line(Body):
    name: Text
    amount: PositiveCents


class Origination(Body):
    commitment: PositiveCents
    rate: Rate
    maturity_date: IsoDate
    lines: tuple[Line, ...]
    grace_days: Count = 0
    builder_user_id: UUID | None = None


class Page(Params):
    page: int = 1
    state: list[str] | None = None


router = Router("loans")


@router.post("/loans", "originate_loan", status=201, example={})
async def originate(body: Origination, call: Call) -> Answer:
    """Echo what was understood."""
    return Answer(
        {"cents": body.commitment, "rate": body.rate, "command_id": call.command_id},
        version=1,
        position=42,
        location="/api/v1/loans/1",
    )


@router.get("/loans", "list_loans", example=[])
async def list_loans(query: Page) -> Answer:
    """Echo the query."""
    return Answer({"page": query.page, "state": query.state})


@router.get("/loans/{loan_id}", "get_loan", example={})
async def get_loan(loan_id: UUID) -> Answer:
    """Fail as nobody expected."""
    raise ZeroDivisionError("SELECT secret FROM loans", loan_id)


@router.post("/draws/{draw_id}/approve", "approve_draw", example={})
async def approve(draw_id: UUID) -> Answer:
    """Need no body."""
    return Answer({"id": draw_id})


@router.post("/draws/{draw_id}/review", "review_draw", example={})
async def review(draw_id: UUID) -> Answer:
    """Lose the store in the middle."""
    raise OutcomeUnknown(str(draw_id))


@router.post("/draws/{draw_id}/submit", "submit_draw", example={})
async def submit(draw_id: UUID) -> Answer:
    """Fail as nobody expected."""
    raise ZeroDivisionError(draw_id)


@router.post("/users", "create_user", status=201, example={})
async def create_user() -> Answer:
    """For administrators."""
    return Answer({})


@router.get("/nobody", "not_in_the_matrix", example={})
async def nobody() -> Answer:
    """Without an entry in the matrix."""
    return Answer({})


def settings_of(**changes: Any) -> Settings:
    return Settings(token_keys={"k1": SecretStr(KEY)}, **changes)


def tokens_of(settings: Settings) -> Tokens:
    return Tokens(settings.token_keys, settings.access_token_lifetime)


def api_of(**changes: Any) -> Api:
    settings = settings_of(**changes)
    return Api(settings, tokens_of(settings), [router, operations_router()], title="t", version="1")


def bearer(role: Role = Role.ADMIN, tokens: Tokens | None = None) -> dict[str, str]:
    token = (tokens or tokens_of(settings_of())).issue(principal(USER, role, "Ada", "ada@x.test"))
    return {"authorization": f"Bearer {token}"}


def client_of(api: Api) -> httpx.AsyncClient:
    # raise_app_exceptions: an exception that leaves the application would be a defect, so show it.
    transport = httpx.ASGITransport(app=api, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://edge")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(api_of()) as client:
        yield client


def code_of(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    error = body["error"]
    assert set(error) == {"code", "message", "details", "timestamp", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    return response.status_code, error["code"]


def fields_of(response: httpx.Response) -> set[str]:
    return {detail["field"] for detail in response.json()["error"]["details"]}


async def test_a_good_request_is_answered_in_the_envelope(client: httpx.AsyncClient) -> None:
    response = await client.post(LOANS, json=GOOD, headers=bearer())
    assert response.status_code == 201
    body = response.json()
    assert (body["success"], body["meta"]) == (True, {})
    assert body["data"]["cents"] == 96_000_000
    assert body["data"]["rate"] == "0.0975"
    assert response.headers["etag"] == '"1"'
    assert response.headers["x-ledger-position"] == "42"
    assert response.headers["location"] == "/api/v1/loans/1"
    assert response.headers["idempotency-key"]


WRONG_VALUES: list[tuple[str, Any]] = [
    ("commitment", "1.000"),
    ("commitment", "1.0"),
    ("commitment", "1"),
    ("commitment", 1.0),
    ("commitment", 100),
    ("commitment", True),
    ("commitment", None),
    ("commitment", "-1.00"),
    ("commitment", "0.00"),
    ("commitment", "NaN"),
    ("commitment", "Infinity"),
    ("commitment", "1e3.00"),
    ("commitment", " 1.00"),
    ("commitment", "1.00\n"),
    ("commitment", "+1.00"),
    ("commitment", "1,000.00"),
    ("commitment", "١.٠٠"),
    ("commitment", "100000000000.01"),
    ("commitment", "9" * 30 + ".00"),
    ("rate", "1.00000001"),
    ("rate", "-0.1"),
    ("rate", "0.123456789"),
    ("rate", "1E-2"),
    ("rate", "NaN"),
    ("rate", 0.0975),
    ("maturity_date", "1989-12-31"),
    ("maturity_date", "2200-01-01"),
    ("maturity_date", "2025-02-30"),
    ("maturity_date", "20250115"),
    ("maturity_date", "2025-01-15T00:00:00"),
    ("maturity_date", 1736899200),
    ("lines", "none"),
    ("lines", {}),
    ("grace_days", "5"),
    ("grace_days", 5.5),
    ("grace_days", 10**30),
    ("builder_user_id", "not-a-uuid"),
    ("builder_user_id", 7),
]


@pytest.mark.parametrize(("field", "value"), WRONG_VALUES)
async def test_a_wrong_value_is_named(client: httpx.AsyncClient, field: str, value: Any) -> None:
    response = await client.post(LOANS, json=GOOD | {field: value}, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert fields_of(response) == {field}


async def test_a_wrong_value_deep_inside_is_named_by_its_path(client: httpx.AsyncClient) -> None:
    wrong = GOOD | {"lines": [{"name": "", "amount": "1.00", "colour": "red"}]}
    response = await client.post(LOANS, json=wrong, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert fields_of(response) == {"lines.0.name", "lines.0.colour"}


@pytest.mark.parametrize("field", ["comitment", "x" * 5000, "", "__class__"])
async def test_an_unknown_field_is_refused(client: httpx.AsyncClient, field: str) -> None:
    response = await client.post(LOANS, json=GOOD | {field: 1}, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert len(response.content) < 1000


def _good_text() -> str:
    return json.dumps(GOOD)


NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "half": _good_text()[:-1].encode(),
    "twice": (_good_text() * 2).encode(),
    "a list": b"[]",
    "a string": b'"loan"',
    "null": b"null",
    "invalid UTF-8": b'{"commitment": "\xff"}',
    "UTF-16": _good_text().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + _good_text().encode(),
    "half a surrogate pair": b'{"commitment": "\\ud800"}',
    "NaN": b'{"commitment": NaN}',
    "Infinity": b'{"commitment": -Infinity}',
    "a comment": b'{} // "commitment"',
    "a NUL": _good_text().replace("Framing", "Fra\\u0000ming").encode(),
    "an enormous number": b'{"commitment": ' + b"1" * 5000 + b"}",
    "an enormous exponent": b'{"commitment": 1e999999}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "objects as deep as the parser goes": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "depth that the last of two values hides": b'{"a":' + b"[" * 1000 + b"]" * 1000 + b',"a":1}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_what_is_not_a_json_object_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=body, headers=headers)
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "body",
    [
        _good_text()[:-1] + ', "rate": "0.5"}',
        _good_text()[:-1] + ', "r\\u0061te": "0.5"}',
        _good_text().replace('"amount"', '"name": "a", "amount"'),
    ],
)
async def test_a_key_named_twice_is_refused(client: httpx.AsyncClient, body: str) -> None:
    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=body, headers=headers)
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert fields_of(response) <= {"rate", "name"}


async def test_a_body_of_two_mebibytes_is_too_large(client: httpx.AsyncClient) -> None:
    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=b" " * 2 * 1024 * 1024, headers=headers)
    assert code_of(response) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_does_not_say_how_large_it_is_meets_the_limit_too(
    client: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(33):
            yield b" " * 65536

    headers = bearer() | {"content-type": "application/json"}
    response = await client.post(LOANS, content=chunks(), headers=headers)
    assert code_of(response) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_must_call_itself_json(client: httpx.AsyncClient, media_type: str) -> None:
    headers = bearer() | {"content-type": media_type}
    response = await client.post(LOANS, content=_good_text(), headers=headers)
    assert code_of(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_a_command_without_words_needs_no_body(
    client: httpx.AsyncClient, body: bytes
) -> None:
    headers = bearer() | ({"content-type": "application/json"} if body else {})
    path = f"/api/v1/draws/{USER}/approve"
    assert (await client.post(path, content=body, headers=headers)).status_code == 200


async def test_a_command_without_words_refuses_any(client: httpx.AsyncClient) -> None:
    path = f"/api/v1/draws/{USER}/approve"
    response = await client.post(path, json={"force": True}, headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "query",
    ["pag=1", "page=one", "page=1&page=2", "state=%FF", "state=%00", "page=", "x" * 9000],
)
async def test_a_wrong_query_is_refused(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"{LOANS}?{query}", headers=bearer())
    assert code_of(response) == (400, "VALIDATION_ERROR")


async def test_a_list_parameter_may_be_repeated(client: httpx.AsyncClient) -> None:
    response = await client.get(f"{LOANS}?state=ACTIVE&state=DRAFT", headers=bearer())
    assert response.json()["data"] == {"page": 1, "state": ["ACTIVE", "DRAFT"]}


@pytest.mark.parametrize("step", ["review", "submit"])
async def test_a_write_whose_outcome_is_not_known_names_the_key_to_repeat_it_with(
    client: httpx.AsyncClient, step: str
) -> None:
    path = f"/api/v1/draws/{USER}/{step}"
    made = await client.post(path, headers=bearer())
    given = await client.post(path, headers=bearer() | {"idempotency-key": "mine"})
    own_id = await client.post(path, headers=bearer() | {"x-request-id": "not-a-key-of-ours"})
    assert made.status_code == given.status_code == (503 if step == "review" else 500)
    assert UUID(made.headers["idempotency-key"]).version == 7
    assert given.headers["idempotency-key"] == "mine"
    assert UUID(own_id.headers["idempotency-key"]).version == 7


@pytest.mark.parametrize(
    ("header", "passing"),
    [
        ('"3"', {3}),
        ('"1", "3"', {1, 3}),
        (', "1" ,,W/"2","x,y" , "3",', {1, 3}),
        ('W/"3"', set()),
        ('"abc"', set()),
        ('""', set()),
        ('"0"', set()),
        ('"03"', set()),
        ('"-1"', set()),
        ('"99999999999"', set()),
        ("*", {1, 2, 3, 4}),
    ],
)
def test_if_match_passes_what_it_names_and_nothing_else(header: str, passing: set[int]) -> None:
    asked = versions(header.encode())
    assert {version for version in range(5) if asked == version} == passing
    assert asked != None  # noqa: E711  # `is not` would not ask


@pytest.mark.parametrize(
    "header",
    [
        "abc",
        "3",
        "",
        ",",
        '"3',
        '3"',
        '"1" "2"',
        '"1";',
        'w/"3"',
        "*, *",
        '" "',
        '"1"' + ", " * 4000 + "x",
    ],
)
async def test_what_is_no_etag_at_all_is_refused(client: httpx.AsyncClient, header: str) -> None:
    response = await client.post(LOANS, json=GOOD, headers=bearer() | {"if-match": header})
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("key", ["", "k" * 256, "käse", "tab\tbed"])
async def test_an_unfit_idempotency_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    headers = {**bearer(), "idempotency-key": key.encode("latin-1")}
    response = await client.post(LOANS, json=GOOD, headers=headers)  # type: ignore[arg-type]  # raw bytes are meant
    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("loan_id", ["1", "zz", f"{USER}0", "%00", "..", "%2e%2e"])
async def test_what_cannot_be_an_id_is_not_found(client: httpx.AsyncClient, loan_id: str) -> None:
    response = await client.get(f"{LOANS}/{loan_id}", headers=bearer())
    assert code_of(response) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/loans/", "/api/v2/loans"])
async def test_an_unknown_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert code_of(await client.get(path, headers=bearer())) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_another_method_is_told_which_are_allowed(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, LOANS, headers=bearer())
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_head_answers_as_get_without_the_body(client: httpx.AsyncClient) -> None:
    response = await client.head(LOANS, headers=bearer())
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


async def test_what_nobody_expected_tells_nothing_but_its_request_id(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get(f"{LOANS}/{USER}", headers=bearer())
    assert code_of(response) == (500, "INTERNAL")
    assert "SELECT" not in response.text
    assert "ZeroDivision" not in response.text


async def test_the_same_failure_reads_as_rfc_9457_on_request(client: httpx.AsyncClient) -> None:
    headers = bearer() | {"accept": "application/problem+json"}
    response = await client.post(LOANS, json=GOOD | {"rate": 2}, headers=headers)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "urn:drawbridge:problem:validation-error"
    assert (problem["status"], problem["code"]) == (400, "VALIDATION_ERROR")
    assert problem["instance"] == LOANS
    assert [detail["field"] for detail in problem["details"]] == ["rate"]


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(USER),
        "iat": now,
        "nbf": now,
        "exp": now + 60,
        "typ": "access",
        "role": "admin",
        "name": "Ada",
        "email": "ada@x.test",
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def _signed(
    *, key: str = KEY, algorithm: str = "HS256", kid: str | None = "k1", **changes: Any
) -> str:
    return jwt.encode(_claims(**changes), key, algorithm, {"kid": kid} if kid else None)


BAD_TOKENS: dict[str, str] = {
    "no token": "",
    "nonsense": "nonsense",
    "three dots": "a.b.c",
    "no signature": _signed(key="", algorithm="none"),
    "another key": _signed(key="another key, which is long enough to sign"),
    "another algorithm": _signed(key=KEY * 2, algorithm="HS512"),
    "the same key, another algorithm": _signed(key=KEY * 2, algorithm="HS384"),
    "an unknown kid": _signed(kid="k9"),
    "no kid": _signed(kid=None),
    "expired": _signed(exp=int(time.time()) - 60),
    "not yet valid": _signed(nbf=int(time.time()) + 600),
    "without expiry": _signed(exp=None),
    "without subject": _signed(sub=None),
    "another audience": _signed(aud="elsewhere"),
    "another issuer": _signed(iss="elsewhere"),
    "a refresh token": _signed(typ="refresh"),
    "an unknown role": _signed(role="owner"),
    "the system's role": _signed(role="system"),
    "a subject that is no id": _signed(sub="ada"),
    "too long": _signed(name="x" * 4000),
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_bad_token_is_unauthorized(client: httpx.AsyncClient, token: str) -> None:
    response = await client.get(LOANS, headers={"authorization": f"Bearer {token}"})
    assert code_of(response) == (401, "UNAUTHORIZED")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "bearer\t"])
async def test_another_scheme_is_unauthorized(client: httpx.AsyncClient, header: str) -> None:
    response = await client.get(LOANS, headers={"authorization": header})
    assert code_of(response) == (401, "UNAUTHORIZED")


async def test_a_token_verified_once_still_expires(client: httpx.AsyncClient) -> None:
    settings = settings_of()
    short = Tokens(settings.token_keys, timedelta(seconds=-4))
    headers = bearer(tokens=short)
    assert (await client.get(LOANS, headers=headers)).status_code == 200
    await asyncio.sleep(1.1)
    assert code_of(await client.get(LOANS, headers=headers)) == (401, "UNAUTHORIZED")


async def test_a_retired_key_verifies_as_long_as_it_is_listed() -> None:
    old = tokens_of(settings_of())
    both = {"k2": SecretStr("the next key, also of more than 32 bytes"), "k1": SecretStr(KEY)}
    new = Tokens(both, timedelta(minutes=5))
    headers = bearer(tokens=old)
    assert new.verify(headers["authorization"][7:]).id == USER
    assert jwt.get_unverified_header(new.issue(principal(USER, Role.ADMIN, "", "")))["kid"] == "k2"


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMIN, Role.SYSTEM)])
async def test_only_administrators_administer(client: httpx.AsyncClient, role: Role) -> None:
    assert code_of(await client.post("/api/v1/users", headers=bearer(role))) == (403, "FORBIDDEN")


async def test_a_route_without_an_entry_is_denied_even_to_administrators(
    client: httpx.AsyncClient,
) -> None:
    assert code_of(await client.get("/api/v1/nobody", headers=bearer())) == (403, "FORBIDDEN")


async def test_access_is_checked_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    response = await client.post(LOANS, content=b"{", headers=bearer(Role.AUDITOR))
    assert code_of(response) == (403, "FORBIDDEN")


async def test_every_answer_shows_the_limit_and_the_last_one_is_refused() -> None:
    async with client_of(api_of(authenticated_requests_per_hour=2)) as client:
        left = []
        for _ in range(2):
            response = await client.get(LOANS, headers=bearer())
            left.append(response.headers["x-ratelimit-remaining"])
        response = await client.get(LOANS, headers=bearer())
    assert left == ["1", "0"]
    assert code_of(response) == (429, "RATE_LIMITED")
    assert response.headers["x-ratelimit-limit"] == "2"
    assert 0 < int(response.headers["retry-after"]) <= 3600


async def test_behind_the_front_door_reads_and_writes_count_together() -> None:
    door = create_front_door(settings_of(anonymous_requests_per_hour=3))
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answers = [
            await client.request(method, LOANS) for method in ("GET", "POST", "GET", "POST", "GET")
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    left = [answer.headers["x-ratelimit-remaining"] for answer in answers]
    assert left == ["2", "1", "0", "0", "0"]


async def test_without_a_good_token_the_address_is_counted() -> None:
    async with client_of(api_of(anonymous_requests_per_hour=1)) as client:
        first = await client.get(LOANS, headers={"authorization": "Bearer x"})
        second = await client.get(LOANS)
        probe = await client.get("/health/live")
        known = await client.get(LOANS, headers=bearer())
    assert code_of(first) == (401, "UNAUTHORIZED")
    assert code_of(second) == (429, "RATE_LIMITED")
    assert probe.status_code == 200
    assert known.status_code == 200


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for response in (
        await client.get(LOANS, headers=bearer()),
        await client.get(LOANS),
        await client.get("/nowhere"),
        await client.get("/openapi.json"),
        await client.get("/health/live"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "max-age" in response.headers["strict-transport-security"]
        assert response.headers["x-request-id"]
        assert response.headers["x-ratelimit-limit"]


async def test_a_sane_request_id_is_kept_and_another_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get(LOANS, headers=bearer() | {"x-request-id": "trace-0001"})
    replaced = await client.get(LOANS, headers=bearer() | {"x-request-id": "<script>alert(1)"})
    assert kept.headers["x-request-id"] == "trace-0001"
    assert UUID(replaced.headers["x-request-id"]).version == 7


async def test_only_listed_origins_may_call_from_a_browser() -> None:
    async with client_of(api_of(cors_origins=["https://desk.example"])) as client:
        ask = {"access-control-request-method": "POST"}
        good = await client.options(LOANS, headers=ask | {"origin": "https://desk.example"})
        bad = await client.options(LOANS, headers=ask | {"origin": "https://evil.example"})
        called = await client.get(LOANS, headers=bearer() | {"origin": "https://desk.example"})
        other = await client.get(LOANS, headers=bearer() | {"origin": "https://evil.example"})
    assert good.status_code == 204
    assert good.headers["access-control-allow-origin"] == "https://desk.example"
    assert "POST" in good.headers["access-control-allow-methods"]
    assert code_of(bad) == (403, "FORBIDDEN")
    assert called.headers["access-control-allow-origin"] == "https://desk.example"
    assert {"etag", "x-ledger-position", "x-ledger-lag"} <= set(
        called.headers["access-control-expose-headers"].split(", ")
    )
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "unfit",
    [
        {"cors_origins": ["*"]},
        {"token_keys": {"k1": SecretStr("short")}},
        {"token_keys": Settings().token_keys},
    ],
)
def test_development_settings_are_refused_in_production(unfit: dict[str, Any]) -> None:
    good = {"token_keys": {"k1": SecretStr(KEY)}, "environment": Environment.PRODUCTION}
    settings = Settings(**(good | unfit))
    with pytest.raises(ValueError, match=r"cors_origins|token key"):
        Api(settings, tokens_of(settings), [router])


async def test_the_process_shows_its_health_and_its_figures(client: httpx.AsyncClient) -> None:
    health = await client.get("/health")
    figures = await client.get("/metrics")
    assert health.json()["data"]["status"] == "ok"
    assert figures.headers["content-type"].startswith("text/plain")
    assert "drawbridge_request_seconds" in figures.text


async def test_a_dependency_that_is_away_makes_the_process_unready_but_alive() -> None:
    async def away() -> str:
        raise ConnectionError

    api = api_of()
    api.checks["postgres"] = away
    async with client_of(api) as client:
        health = await client.get("/health")
        live = await client.get("/health/live")
    assert health.status_code == 503
    assert health.json()["data"]["dependencies"]["postgres"]["status"] == "unavailable"
    assert live.status_code == 200


async def test_the_documentation_is_served(client: httpx.AsyncClient) -> None:
    assert (await client.get("/docs")).status_code == 200
    assert (await client.get("/redoc")).status_code == 200
    assert (await client.get("/openapi.json")).json()["openapi"].startswith("3.1")
