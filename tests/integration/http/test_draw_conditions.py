"""What a draw must meet, over HTTP: documents, exceptions, four eyes."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from runtime.settings import Settings
from tests.integration.http import bodies
from tests.integration.http.conftest import done
from tests.integration.http.test_life_of_a_draw import code_of, head

PAYEE = "Keller Framing Inc"
WAIVER = {
    "rule": "CONDITIONAL_WAIVER",
    "status": "ACCEPTED",
    "payee": PAYEE,
    "through_date": "2025-02-10",
}
OVERRIDE = {"rule": "INSPECTION", "reason": "Inspector snowed in"}


@pytest.fixture
async def draw(servicer: httpx.AsyncClient) -> str:
    """The path of a draw in review, on a loan that asks for an inspection and a waiver."""
    loan_id = uuid4()
    path = f"/loans/{loan_id}"
    policy = {"require": ["INSPECTION", "CONDITIONAL_WAIVER"]}
    await done(servicer, "/loans", bodies.loan(loan_id, draw_policy=policy))
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/approve")
    await done(servicer, f"{path}/close", {"closing_date": "2025-01-15"})
    asked = bodies.draw(loan_id, payees=[{"name": PAYEE, "amount": "54000.00"}])
    made = await done(servicer, f"{path}/draws", asked)
    await done(servicer, f"/draws/{made['id']}/submit")
    await done(servicer, f"/draws/{made['id']}/review")
    return f"/draws/{made['id']}"


def rule(draw: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in draw["checklist"] if each["rule"] == name)
    return found


async def test_a_draw_is_approved_once_its_conditions_are_met_or_excused(
    servicer: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    draw: str,
    settings: Settings,
) -> None:
    before = await head(settings)
    refused = await officer.post(f"{draw}/approve", json={})
    assert await head(settings) == before
    waived = await done(servicer, f"{draw}/checklist", WAIVER)
    excused = await done(admin, f"{draw}/overrides", OVERRIDE)
    approved = await done(officer, f"{draw}/approve")

    assert code_of(refused) == (422, "INSPECTION_REQUIRED")
    fields = {each["field"] for each in refused.json()["error"]["details"]}
    assert fields == {"INSPECTION_REQUIRED", "CONDITIONAL_WAIVER_MISSING"}
    assert rule(waived, "CONDITIONAL_WAIVER")["status"] == "ACCEPTED"
    assert rule(waived, "CONDITIONAL_WAIVER")["documents"][0]["payee"] == PAYEE
    inspection = rule(excused, "INSPECTION")
    assert (inspection["overridden"], inspection["override_reason"]) == (
        True,
        "Inspector snowed in",
    )
    assert approved["state"] == "APPROVED"


async def test_only_an_administrator_excuses(
    servicer: httpx.AsyncClient, builder: httpx.AsyncClient, draw: str, settings: Settings
) -> None:
    before = await head(settings)
    by_servicer = await servicer.post(f"{draw}/overrides", json=OVERRIDE)
    by_builder = await builder.post(f"{draw}/overrides", json=OVERRIDE)
    checked_by_builder = await builder.post(f"{draw}/checklist", json=WAIVER)

    assert code_of(by_servicer) == (403, "OVERRIDE_NEEDS_ADMIN")
    assert code_of(by_builder) == code_of(checked_by_builder) == (403, "FORBIDDEN")
    assert await head(settings) == before


async def test_a_document_said_twice_is_one_and_what_belongs_on_the_loan_is_refused(
    servicer: httpx.AsyncClient, draw: str, settings: Settings
) -> None:
    key = {"idempotency-key": "waiver"}
    first = await servicer.post(f"{draw}/checklist", json=WAIVER, headers=key)
    after = await head(settings)
    again = await servicer.post(f"{draw}/checklist", json=WAIVER, headers=key)
    same = await done(servicer, f"{draw}/checklist", WAIVER)
    progress = {"rule": "INSPECTION", "status": "ACCEPTED"}
    refused = await servicer.post(f"{draw}/checklist", json=progress)
    unknown = await servicer.post(f"{draw}/checklist", json=WAIVER | {"colour": "red"})

    assert again.content == first.content
    assert same == first.json()["data"]
    assert code_of(refused) == (422, "RULE_NOT_ON_CHECKLIST")
    assert code_of(unknown) == (400, "VALIDATION_ERROR")
    assert await head(settings) == after


async def test_who_asked_for_a_draw_does_not_approve_it_with_every_document_there(
    servicer: httpx.AsyncClient, admin: httpx.AsyncClient, draw: str
) -> None:
    await done(servicer, f"{draw}/checklist", WAIVER)
    await done(admin, f"{draw}/overrides", OVERRIDE)

    response = await servicer.post(f"{draw}/approve", json={})

    assert code_of(response) == (422, "FOUR_EYES")


async def test_a_deposit_is_held_against_its_invoice(
    servicer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    framing = bodies.line_id(loan["id"], "FRAMING")
    line = {"line_id": framing, "completed_this_period": "60000.00", "deposit_invoice": "59999.99"}
    body = bodies.draw(loan["id"], lines=[line])

    response = await servicer.post(f"/loans/{loan['id']}/draws", json=body)

    assert code_of(response) == (422, "DEPOSIT_EXCEEDS_INVOICE")
