"""Ids of another kind, and decisions that rest on a loan another process has moved on."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.kernel.actors import Role
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from tests.integration.http import bodies
from tests.integration.http.conftest import OFFICER, SERVICER, done, serving


@pytest.fixture
async def draw(servicer: httpx.AsyncClient, loan: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = await done(
        servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"])
    )
    return made


def client_of(api: Any, settings: Settings, user_id: Any) -> httpx.AsyncClient:
    tokens = Tokens(settings.token_keys, settings.access_token_lifetime)
    token = tokens.issue(principal(user_id, Role.SERVICING, "x", "x@x.test"))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api),
        base_url="http://command/api/v1",
        headers={"authorization": f"Bearer {token}"},
    )


@pytest.mark.parametrize("is_cold", [False, True])
async def test_an_id_of_the_other_kind_is_nothing_or_taken(
    servicer: httpx.AsyncClient,
    settings: Settings,
    loan: dict[str, Any],
    draw: dict[str, Any],
    is_cold: bool,
) -> None:
    async with serving(settings) as other:
        client = client_of(other, settings, SERVICER) if is_cold else servicer
        answers = [
            await client.post(f"/loans/{draw['id']}/submit", json={}),
            await client.post(f"/draws/{loan['id']}/review", json={}),
            await client.post(f"/loans/{draw['id']}/draws", json=bodies.draw(loan["id"])),
            await client.post("/loans", json=bodies.loan(draw["id"])),
            await client.post(
                f"/loans/{loan['id']}/draws", json=bodies.draw(loan["id"], id=loan["id"])
            ),
        ]

    assert [(a.status_code, a.json()["error"]["code"]) for a in answers] == [
        (404, "NOT_FOUND"),
        (404, "NOT_FOUND"),
        (404, "NOT_FOUND"),
        (409, "CONFLICT"),
        (409, "CONFLICT"),
    ]


async def test_a_draw_with_the_id_of_a_loan_that_is_not_yours_tells_nothing_of_the_loan(
    stranger: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    for loan_id in (loan["id"], str(uuid4())):
        answer = await stranger.post(
            f"/loans/{loan_id}/draws", json=bodies.draw(loan["id"], id=loan_id)
        )

        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_draw_id_of_another_loan_is_taken_and_says_no_more(
    servicer: httpx.AsyncClient, draw: dict[str, Any]
) -> None:
    other = await done(servicer, "/loans", bodies.loan(uuid4()))
    for step in ("submit", "approve"):
        await done(servicer, f"/loans/{other['id']}/{step}")
    await done(servicer, f"/loans/{other['id']}/close", {"closing_date": "2025-01-15"})

    answer = await servicer.post(
        f"/loans/{other['id']}/draws", json=bodies.draw(other["id"], id=draw["id"])
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")


async def test_a_submission_rests_on_the_loan_as_it_is_and_not_as_this_process_knew_it(
    servicer: httpx.AsyncClient, settings: Settings, loan: dict[str, Any]
) -> None:
    first = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    second = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"], "1000.00"))
    async with serving(settings) as elsewhere:
        requester = client_of(elsewhere, settings, SERVICER)
        approver = client_of(elsewhere, settings, OFFICER)
        path = f"/draws/{first['id']}"
        await done(requester, f"{path}/submit")
        await done(approver, f"{path}/review")
        await done(approver, f"{path}/approve")
        await done(approver, f"{path}/fund", {"wire_ref": "W-1"})
        await done(approver, f"{path}/confirm-funding", {"funded_on": "2025-02-10"})

    submitted = await done(servicer, f"/draws/{second['id']}/submit")

    assert (submitted["l7"], submitted["l8"]) == ("54000.00", "900.00")


async def test_what_is_not_yours_is_not_found_whatever_version_you_name(
    servicer: httpx.AsyncClient, stranger: httpx.AsyncClient, draw: dict[str, Any]
) -> None:
    wrong = {"if-match": '"7"'}
    for client, path, expected in (
        (stranger, f"/draws/{draw['id']}/submit", (404, "NOT_FOUND")),
        (servicer, f"/loans/{uuid4()}/submit", (404, "NOT_FOUND")),
        (servicer, f"/draws/{draw['id']}/submit", (412, "STALE")),
        (servicer, f"/draws/{draw['id']}/review", (412, "STALE")),
    ):
        answer = await client.post(path, json={}, headers=wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == expected
