"""Loans and draws over HTTP, from term sheet to money."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.http import bodies
from tests.integration.http.conftest import done


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def head(settings: Settings) -> int:
    """The position of the log, seen from outside the API."""
    async with pool(settings, "query") as database:
        return await Reader(database).head()


async def test_a_term_sheet_is_created_with_its_place_and_version(
    servicer: httpx.AsyncClient,
) -> None:
    loan_id = uuid4()
    response = await servicer.post("/loans", json=bodies.loan(loan_id))
    assert response.status_code == 201
    data = response.json()["data"]
    assert response.headers["location"] == f"/api/v1/loans/{loan_id}"
    assert response.headers["etag"] == '"1"'
    assert response.headers["x-ledger-position"] == "1"
    assert (data["id"], data["state"], data["version"]) == (str(loan_id), "DRAFT", 1)
    assert data["commitment"] == "300000.00"


async def test_the_server_makes_the_id_when_none_is_given(servicer: httpx.AsyncClient) -> None:
    body = bodies.loan(uuid4())
    del body["id"]
    made = await done(servicer, "/loans", body)
    assert UUID(made["id"]).version == 7


async def test_the_same_id_and_terms_are_the_same_loan(servicer: httpx.AsyncClient) -> None:
    body = bodies.loan(uuid4())
    first = await servicer.post("/loans", json=body)
    again = await servicer.post("/loans", json=body)
    other = await servicer.post("/loans", json=body | {"project_name": "Oak Street 3"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["etag"] == '"1"'
    assert code_of(other) == (409, "LOAN_EXISTS")


async def test_a_source_names_a_line_by_code_or_id(servicer: httpx.AsyncClient) -> None:
    loan_id = uuid4()
    for name in ("FRAMING", bodies.line_id(loan_id, "FRAMING")):
        spent = {"kind": "EQUITY", "amount": "100000.00", "spent_on_line": name}
        lent = {"kind": "LOAN", "amount": "200000.00"}
        body = bodies.loan(loan_id, commitment="200000.00", sources=[spent, lent])
        loan = await done(servicer, "/loans", body)
        assert loan["sources"][0]["spent_on_line"] == bodies.line_id(loan_id, "FRAMING")
    unknown = bodies.loan(uuid4(), sources=[spent | {"spent_on_line": "ROOF"}, lent])
    assert code_of(await servicer.post("/loans", json=unknown)) == (400, "VALIDATION_ERROR")


async def test_a_draw_goes_from_request_to_money(
    servicer: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    builder: httpx.AsyncClient,
    loan: dict[str, Any],
) -> None:
    draw = await done(builder, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    assert (draw["state"], draw["l4"], draw["l5"], draw["net"]) == (
        *("DRAFT", "60000.00", "6000.00", "54000.00"),
    )
    path = f"/draws/{draw['id']}"
    revised = await builder.patch(
        path, json={"lines": bodies.draw(loan["id"], "70000.00")["lines"]}
    )
    assert revised.json()["data"]["net"] == "63000.00"
    await done(builder, f"{path}/submit")
    await done(servicer, f"{path}/review")
    await done(servicer, f"{path}/return", {"reasons": ["The invoice is missing."]})
    await done(builder, f"{path}/submit")
    await done(servicer, f"{path}/review")
    await done(officer, f"{path}/approve")
    await done(servicer, f"{path}/fund", {"wire_ref": "FED-1"})
    await done(servicer, f"{path}/fail-funding", {"reason": "Wrong account."})
    await done(servicer, f"{path}/fund", {"wire_ref": "FED-2"})
    funded = await done(servicer, f"{path}/confirm-funding", {"funded_on": "2025-02-10"})
    assert (funded["state"], funded["funded_on"], funded["wire_ref"]) == (
        *("FUNDED", "2025-02-10", "FED-2"),
    )
    assert funded["times_returned"] == 1


async def test_what_a_draw_holds_comes_back_when_it_is_cancelled(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"], "200000.00"))
    path = f"/draws/{draw['id']}"
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/review")
    await done(officer, f"{path}/approve")
    second = bodies.draw(loan["id"], "0.01")
    refused = await servicer.post(f"/loans/{loan['id']}/draws", json=second)
    assert code_of(refused) == (422, "DRAW_EXCEEDS_LINE")
    await done(servicer, f"{path}/cancel", {"reason": "Asked for too early."})
    await done(servicer, f"/loans/{loan['id']}/draws", second)


@pytest.mark.parametrize("step", ["reject", "withdraw"])
async def test_a_submitted_draw_may_be_refused_or_given_up(
    servicer: httpx.AsyncClient, loan: dict[str, Any], step: str
) -> None:
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    await done(servicer, f"/draws/{draw['id']}/submit")
    ended = await done(servicer, f"/draws/{draw['id']}/{step}", {"reason": "No permit."})
    assert ended["state"] == {"reject": "REJECTED", "withdraw": "WITHDRAWN"}[step]


@pytest.mark.parametrize("step", ["decline", "withdraw"])
async def test_a_submitted_loan_may_be_declined_or_given_up(
    servicer: httpx.AsyncClient, step: str
) -> None:
    loan = await done(servicer, "/loans", bodies.loan(uuid4()))
    await done(servicer, f"/loans/{loan['id']}/submit")
    ended = await done(servicer, f"/loans/{loan['id']}/{step}")
    assert ended["state"] == {"decline": "DECLINED", "withdraw": "WITHDRAWN"}[step]


async def test_each_refusal_has_its_code_and_appends_nothing(
    servicer: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    builder: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    loan: dict[str, Any],
    settings: Settings,
) -> None:
    draws = f"/loans/{loan['id']}/draws"
    draw = await done(builder, draws, bodies.draw(loan["id"]))
    path = f"/draws/{draw['id']}"
    mine = await done(servicer, draws, bodies.draw(loan["id"], "1.00"))
    await done(servicer, f"/draws/{mine['id']}/submit")
    await done(servicer, f"/draws/{mine['id']}/review")
    draft = await done(servicer, "/loans", bodies.loan(uuid4()))
    before = await head(settings)

    over_line = bodies.draw(loan["id"], "200000.01")
    refused = await servicer.post(draws, json=over_line)
    assert code_of(refused) == (422, "DRAW_EXCEEDS_LINE")
    not_active = await servicer.post(f"/loans/{draft['id']}/draws", json=bodies.draw(draft["id"]))
    assert code_of(not_active) == (422, "LOAN_NOT_ACTIVE")
    own = await servicer.post(f"/draws/{mine['id']}/approve")
    assert code_of(own) == (422, "FOUR_EYES")
    early = await officer.post(f"{path}/approve")
    assert code_of(early) == (422, "DRAW_NOT_IN_REVIEW")
    by_builder = await builder.post(f"{path}/approve")
    assert code_of(by_builder) == (403, "FORBIDDEN")
    for attempt in (
        await stranger.post(draws, json=bodies.draw(loan["id"])),
        await stranger.post(f"{path}/submit"),
        await stranger.patch(path, json={"period_to": "2025-02-11"}),
        await stranger.post(f"{path}/withdraw"),
        await servicer.post(f"/draws/{uuid4()}/review"),
        await servicer.post(f"/loans/{uuid4()}/submit"),
        await servicer.post(f"/loans/{uuid4()}/draws", json=bodies.draw(uuid4())),
    ):
        assert code_of(attempt) == (404, "NOT_FOUND")
    backdated = await builder.post(f"{path}/submit", json={"effective_on": "2025-01-20"})
    assert code_of(backdated) == (403, "FORBIDDEN")
    assert await head(settings) == before


async def test_a_draw_approved_twice_is_approved_once(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    path = f"/draws/{draw['id']}"
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/review")
    await done(officer, f"{path}/approve")
    assert code_of(await officer.post(f"{path}/approve")) == (422, "DRAW_ALREADY_APPROVED")


async def test_a_loan_is_never_built_by_the_system(servicer: httpx.AsyncClient) -> None:
    nil = bodies.loan(uuid4(), builder_user_id=str(UUID(int=0)))
    response = await servicer.post("/loans", json=nil)
    assert code_of(response) == (400, "VALIDATION_ERROR")
    assert [each["field"] for each in response.json()["error"]["details"]] == ["builder_user_id"]
