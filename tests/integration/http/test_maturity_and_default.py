"""A loan's later life over HTTP: rate, maturity, default, accrual status, participants."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from runtime.settings import Settings
from tests.integration.http import bodies, e3
from tests.integration.http.conftest import done
from tests.integration.http.test_close_of_business import lent, shown
from tests.integration.http.test_life_of_a_draw import code_of, head

RATE = {"rate": "0.1", "effective_on": "2025-02-01"}
DEFAULT = {"reason": "Unpaid taxes", "effective_on": "2025-02-01"}
CURE = {"effective_on": "2025-02-13"}
STATUS = {"status": "NONACCRUAL", "effective_on": "2025-02-01"}
SHARE = {"name": "Pecan Valley Bank", "share": "0.3", "effective_on": "2025-02-01"}
EXTENSION = {"effective_on": "2025-12-01"}


@pytest.fixture
async def active(servicer: httpx.AsyncClient) -> UUID:
    """A loan with 60,000.00 of principal since 15 January."""
    return await lent(servicer)


async def test_a_rate_changed_late_adjusts_what_has_accrued(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    await e3.business(servicer, "2025-02-11")
    before = await shown(servicer, active)

    changed = await done(servicer, f"/loans/{active}/rate-changes", RATE)

    # Ten days of 60,000.00 at a quarter of a percent over 360.
    assert before["accrued_interest"] == "438.75"
    assert changed["accrued_interest"] == "442.92"
    assert changed["rate"] == "0.1"
    assert changed["rate_changes"] == [RATE]


async def test_a_matured_loan_is_extended_and_charged_for_it(
    servicer: httpx.AsyncClient,
) -> None:
    loan_id = uuid4()
    await e3.close(servicer, loan_id)
    await e3.business(servicer, "2026-01-16", loan_id)
    assert (await shown(servicer, loan_id))["state"] == "MATURED"

    extended = await done(servicer, f"/loans/{loan_id}/extensions", {"effective_on": "2026-01-16"})

    assert (extended["state"], extended["maturity_date"]) == ("ACTIVE", "2026-07-15")
    assert extended["extensions_used"] == 1
    kinds = [(fee["kind"], fee["amount"]) for fee in extended["fees"] if fee["kind"] != "LATE"]
    assert kinds == [("EXTENSION", "4800.00")]
    again = await servicer.post(f"/loans/{loan_id}/extensions", json={"effective_on": "2026-01-16"})
    assert code_of(again) == (422, "NO_EXTENSION_OPTION")


async def test_default_adds_its_margin_until_it_is_cured(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    path = f"/loans/{active}"
    declared = await done(servicer, f"{path}/default", DEFAULT)
    cured = await done(servicer, f"{path}/cure", CURE)
    await e3.business(servicer, "2025-02-13", active)
    loan = await shown(servicer, active)

    assert (declared["state"], cured["state"]) == ("DEFAULT", "ACTIVE")
    # This loan has no margin: 17 days of January and 12 of February at 9.75 %.
    assert loan["accrued_interest"] == "471.25"


async def test_interest_off_the_books_is_owed_all_the_same(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    stopped = await done(servicer, f"/loans/{active}/accrual-status", STATUS)
    await e3.business(servicer, "2025-02-11", active)

    assert stopped["accrual_status"] == "NONACCRUAL"
    assert (await shown(servicer, active))["accrued_interest"] == "438.75"


async def test_a_share_is_sold_once_and_never_more_than_the_whole(
    servicer: httpx.AsyncClient, active: UUID, settings: Settings
) -> None:
    path = f"/loans/{active}/participations"
    named = SHARE | {"participant_id": str(uuid4())}
    sold = await done(servicer, path, named)
    before = await head(settings)
    again = await done(servicer, path, named)
    too_much = await servicer.post(path, json=SHARE | {"share": "0.70000001"})

    assert sold["participations"][0]["principal"] == "18000.00"
    assert again["participations"] == sold["participations"]
    assert code_of(too_much) == (422, "PARTICIPATION_EXCEEDS_WHOLE")
    assert await head(settings) == before


async def test_a_loan_in_default_is_charged_off(
    servicer: httpx.AsyncClient, active: UUID, settings: Settings
) -> None:
    path = f"/loans/{active}"
    body = {"reason": "Nothing left", "effective_on": "2025-02-20"}
    before = await head(settings)
    early = await servicer.post(f"{path}/charge-off", json=body)
    assert await head(settings) == before
    await done(servicer, f"{path}/default", DEFAULT)

    gone = await done(servicer, f"{path}/charge-off", body)

    assert code_of(early) == (422, "LOAN_NOT_DEFAULT")
    assert (gone["state"], gone["principal"], gone["accrued_interest"]) == (
        "CHARGED_OFF",
        "0.00",
        "0.00",
    )


async def test_a_policy_changed_binds_from_then_on(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    body = {"require": ["INSURANCE", "INSPECTION"], "reason": "Second lien holder asks."}
    changed = await done(servicer, f"/loans/{active}/draw-policy", body)

    assert changed["draw_policy"] == {"require": ["INSPECTION", "INSURANCE"]}


async def test_a_loan_out_of_balance_stops_its_draws_until_it_is_in_balance(
    servicer: httpx.AsyncClient,
) -> None:
    loan_id = await lent(servicer)
    path = f"/loans/{loan_id}"
    soft = bodies.line_id(loan_id, "SOFT")
    await done(servicer, f"{path}/draw-policy", {"require": ["IN_BALANCE"], "reason": "x"})
    cost = {"line_costs": [{"line_id": soft, "amount": "45000.00"}], "estimated_on": "2025-02-01"}

    short = await done(servicer, f"{path}/cost-to-complete", cost)
    paid_in = await done(
        servicer, f"{path}/equity-deposits", {"amount": "5000.00", "received_on": "2025-02-03"}
    )

    assert (short["deficiency"], short["draw_stops"]) == ("5000.00", ["OUT_OF_BALANCE"])
    line = next(line for line in short["lines"] if line["line_id"] == soft)
    assert (line["cost_to_complete"], line["estimated_on"]) == ("45000.00", "2025-02-01")
    assert (paid_in["deficiency"], paid_in["draw_stops"]) == ("0.00", [])


async def test_accepted_progress_is_shown_on_its_line(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    framing = bodies.line_id(active, "FRAMING")
    found = {"line_percents": [{"line_id": framing, "percent": "0.55"}]}
    body = found | {"inspected_on": "2025-02-07"}
    loan = await done(servicer, f"/loans/{active}/accepted-progress", body)

    line = next(line for line in loan["lines"] if line["line_id"] == framing)
    assert (line["accepted_percent"], line["inspected_on"]) == ("0.55", "2025-02-07")


async def test_limits_not_kept_are_reported(servicer: httpx.AsyncClient) -> None:
    value = {"as_is": "100000.00", "as_complete": "300000.00", "valued_on": "2024-12-20"}
    made = await done(servicer, "/loans", bodies.loan(uuid4(), valuation=value))
    unvalued = await done(servicer, "/loans", bodies.loan(uuid4()))

    assert (made["ltc"], made["ltv"]) == ("1.0000", "1.0000")
    assert made["warnings"] == [
        {"code": "SUPERVISORY_LTV_EXCEEDED", "ratio": "1.0000", "limit": "0.80"}
    ]
    assert [warning["code"] for warning in unvalued["warnings"]] == ["VALUATION_MISSING"]


WRITES: dict[str, dict[str, Any]] = {
    "rate-changes": RATE,
    "extensions": EXTENSION,
    "default": DEFAULT,
    "cure": CURE,
    "accrual-status": STATUS,
    "participations": SHARE,
    "charge-off": DEFAULT,
    "draw-policy": {"require": [], "reason": "x"},
}


@pytest.mark.parametrize("path", WRITES)
async def test_builders_change_no_terms(
    builder: httpx.AsyncClient, loan: dict[str, Any], path: str
) -> None:
    response = await builder.post(f"/loans/{loan['id']}/{path}", json=WRITES[path])

    assert code_of(response) == (403, "FORBIDDEN")


@pytest.mark.parametrize("path", WRITES)
async def test_what_is_not_known_is_refused(
    servicer: httpx.AsyncClient, loan: dict[str, Any], path: str
) -> None:
    body = WRITES[path] | {"colour": "red"}

    response = await servicer.post(f"/loans/{loan['id']}/{path}", json=body)

    assert code_of(response) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", [path for path in WRITES if path not in ("cure", "charge-off")])
async def test_a_repeat_with_its_key_happens_once(
    servicer: httpx.AsyncClient, active: UUID, settings: Settings, path: str
) -> None:
    where, key = f"/loans/{active}/{path}", {"idempotency-key": "once"}
    body = WRITES[path] | (
        {"modification": True, "new_maturity_date": "2026-03-15"} if path == "extensions" else {}
    )
    first = await servicer.post(where, json=body, headers=key)
    after = await head(settings)
    again = await servicer.post(where, json=body, headers=key)

    assert first.status_code == 200, first.text
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert await head(settings) == after
