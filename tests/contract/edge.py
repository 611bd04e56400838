"""A small API of three routes, to show what the edge does for any."""

from functools import cache
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from domain.access import Right
from domain.kernel.actors import Role
from domain.kernel.resource import Resource
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
from runtime.settings import Settings
from runtime.tokens import Tokens, principal

KEY = "a key for these tests, of more than 32 bytes"
USER = UUID(int=7)
LOANS = "/api/v1/loans"
GOOD: dict[str, Any] = {
    "commitment": "960000.00",
    "rate": "0.0975",
    "maturity_date": "2026-01-15",
    "lines": [{"name": "Framing: phase 1", "amount": "240000.00"}],
}


class BodyLine(Body):
    name: Text
    amount: PositiveCents


class Origination(Body):
    commitment: PositiveCents
    rate: Rate
    maturity_date: IsoDate
    lines: tuple[BodyLine, ...]
    grace_days: Count = 0
    builder_user_id: UUID | None = None


class Page(Params):
    page: int = 1
    state: list[str] | None = None


class Echo(Resource):
    """What these routes are documented to answer; they answer what a test looks at."""


router = Router("loans")


@router.post("/loans", "originate_loan", right=Right.LOANS_WRITE, status=201, example=Echo())
async def originate(body: Origination, call: Call) -> Answer:
    """Echo what was understood."""
    return Answer(
        {"cents": body.commitment, "rate": body.rate, "command_id": call.command_id},
        version=1,
        position=42,
        location="/api/v1/loans/1",
    )


@router.get("/loans", "list_loans", right=Right.LOANS_READ, example=Echo())
async def list_loans(query: Page) -> Answer:
    """Echo the query."""
    return Answer({"page": query.page, "state": query.state})


@router.get("/loans/{loan_id}", "get_loan", right=Right.LOANS_READ, example=Echo())
async def get_loan(loan_id: UUID) -> Answer:
    """Fail as nobody expected."""
    raise ZeroDivisionError("SELECT secret FROM loans", loan_id)


@router.post("/draws/{draw_id}/approve", "approve_draw", right=Right.DRAWS_DECIDE, example=Echo())
async def approve(draw_id: UUID) -> Answer:
    """Need no body."""
    return Answer({"id": draw_id})


@router.post("/draws/{draw_id}/review", "review_draw", right=Right.DRAWS_DECIDE, example=Echo())
async def review(draw_id: UUID) -> Answer:
    """Lose the store in the middle."""
    raise OutcomeUnknown(str(draw_id))


@router.post("/draws/{draw_id}/submit", "submit_draw", right=Right.DRAWS_REQUEST, example=Echo())
async def submit(draw_id: UUID) -> Answer:
    """Fail as nobody expected."""
    raise ZeroDivisionError(draw_id)


@router.post("/users", "create_user", right=Right.ADMINISTER, status=201, example=Echo())
async def create_user() -> Answer:
    """For administrators."""
    return Answer({})


@cache
def _settings() -> Settings:
    """Made once: whatever settings may come from is looked through each time that they are made."""
    return Settings(token_keys={"k1": SecretStr(KEY)})


def settings_of(**changes: Any) -> Settings:
    """Changed settings; each change is checked as settings from elsewhere are.

    Raises:
        ValidationError: there is no such setting, or it may not have that value.
    """
    settings = _settings().model_copy()
    for name, value in changes.items():
        Settings.__pydantic_validator__.validate_assignment(settings, name, value)
    return settings


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
