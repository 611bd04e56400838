"""Money over HTTP: payments, fees, deposits, payoff quotes and payoffs."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from runtime.settings import Settings
from tests.integration.http import bodies, e3
from tests.integration.http.conftest import done
from tests.integration.http.test_close_of_business import lent, shown
from tests.integration.http.test_life_of_a_draw import code_of, head

PAYMENT = {"amount": "1000.00", "received_on": "2025-02-20", "method": "WIRE"}
FEE = {"kind": "WIRE", "amount": "30.00", "assessed_on": "2025-02-03"}


@pytest.fixture
async def active(servicer: httpx.AsyncClient) -> UUID:
    """A loan with 60,000.00 of principal since 15 January."""
    return await lent(servicer)


async def test_a_payment_pays_fees_then_interest_then_principal(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    path = f"/loans/{active}"
    await done(servicer, f"{path}/fees", FEE)
    advance = {
        "amount": "50.00",
        "payee": "County",
        "purpose": "Taxes",
        "advanced_on": "2025-02-04",
    }
    await done(servicer, f"{path}/protective-advances", advance)

    paid = await done(servicer, f"{path}/payments", PAYMENT)

    # 60,000.00 at 9.75 % over 360: 17 days of January and 19 of February.
    allocations = [(part["due"], part["amount"]) for part in paid["payments"][0]["allocations"]]
    assert allocations == [
        ("PROTECTIVE_ADVANCE", "50.00"),
        ("FEE", "30.00"),
        ("INTEREST", "276.25"),
        ("INTEREST", "308.75"),
        ("PRINCIPAL", "335.00"),
    ]
    assert (paid["principal"], paid["accrued_interest"]) == ("59665.00", "0.00")
    assert (paid["fees_due"], paid["unapplied"]) == ("0.00", "0.00")


async def test_a_payment_repeated_is_one_payment(
    servicer: httpx.AsyncClient, active: UUID, settings: Settings
) -> None:
    path = f"/loans/{active}/payments"
    first = await servicer.post(path, json=PAYMENT, headers={"idempotency-key": "p1"})
    after = await head(settings)
    again = await servicer.post(path, json=PAYMENT, headers={"idempotency-key": "p1"})
    other = await servicer.post(
        path, json=PAYMENT | {"amount": "2.00"}, headers={"idempotency-key": "p1"}
    )

    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert code_of(other) == (409, "IDEMPOTENCY_MISMATCH")
    assert await head(settings) == after


async def test_a_payment_under_a_known_id_is_that_payment_or_refused(
    servicer: httpx.AsyncClient, active: UUID, settings: Settings
) -> None:
    path = f"/loans/{active}/payments"
    named = PAYMENT | {"payment_id": str(uuid4())}
    await done(servicer, path, named)
    after = await head(settings)

    again = await done(servicer, path, named)
    other = await servicer.post(path, json=named | {"amount": "1000.01"})

    assert len(again["payments"]) == 1
    assert code_of(other) == (409, "PAYMENT_EXISTS")
    assert await head(settings) == after


async def test_what_is_paid_beyond_everything_is_kept_unapplied(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    paid = await done(servicer, f"/loans/{active}/payments", PAYMENT | {"amount": "70000.00"})

    assert (paid["principal"], paid["unapplied"]) == ("0.00", "9415.00")


async def test_a_fee_gets_the_id_given_and_is_waived_in_part_then_whole(
    servicer: httpx.AsyncClient, active: UUID, settings: Settings
) -> None:
    path = f"/loans/{active}/fees"
    fee_id = str(uuid4())
    made = await servicer.post(path, json=FEE | {"fee_id": fee_id})
    waiver = {"reason": "Goodwill", "amount": "10.00", "effective_on": "2025-02-05"}
    part = await done(servicer, f"{path}/{fee_id}/waive", waiver)
    too_much = await servicer.post(f"{path}/{fee_id}/waive", json=waiver | {"amount": "20.01"})
    unknown = await servicer.post(f"{path}/{uuid4()}/waive", json=waiver)
    before = await head(settings)
    rest = await done(servicer, f"{path}/{fee_id}/waive", {"reason": "Goodwill"})

    assert made.status_code == 201
    assert made.json()["data"]["fees"][0]["fee_id"] == fee_id
    assert (part["fees"][0]["due"], part["fees_due"]) == ("20.00", "20.00")
    assert code_of(too_much) == (422, "WAIVER_EXCEEDS_FEE")
    assert code_of(unknown) == (422, "FEE_UNKNOWN")
    assert rest["fees_due"] == "0.00"
    assert await head(settings) == before + 1


async def test_equity_deposited_waits_for_the_next_draw(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    body = {"amount": "5000.00", "received_on": "2025-02-03"}
    loan = await done(servicer, f"/loans/{active}/equity-deposits", body)

    assert (loan["borrower_deposits"], loan["principal"]) == ("5000.00", "60000.00")


async def test_the_payoff_of_the_three_draw_loan_comes_to_its_figures(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, settings: Settings
) -> None:
    loan_id = uuid4()
    path = f"/loans/{loan_id}"
    await e3.three_draws(servicer, officer, loan_id)
    await e3.business(servicer, "2025-05-01")
    for kind, amount in (("EXIT", "9600.00"), ("RECONVEYANCE", "225.00"), ("WIRE", "30.00")):
        fee = {"kind": kind, "amount": amount, "assessed_on": "2025-05-01"}
        version = (await done(servicer, f"{path}/fees", fee))["version"]
    ask = {"payoff_date": "2025-05-20", "good_through": "2025-05-21"}

    first = await servicer.post(f"{path}/payoff-quotes", json=ask)
    after = await head(settings)
    again = await servicer.post(f"{path}/payoff-quotes", json=ask)

    quote = first.json()["data"]
    assert first.status_code == 201
    assert first.headers["location"] == f"/api/v1{path}/payoff-quotes"
    assert again.content == first.content
    assert await head(settings) == after
    assert quote["loan_version"] == version
    assert (quote["interest"], quote["total"]) == ("3457.61", "685236.35")
    assert (quote["per_diem"], quote["per_diem_unrounded"]) == ("181.98", "181.97934625")
    assert [total["total"] for total in quote["totals_by_date"]] == ["685236.35", "685418.33"]
    assert (await shown(servicer, loan_id))["version"] == version

    wire = {"amount": "685236.34", "received_on": "2025-05-20", "method": "WIRE"}
    short = await servicer.post(f"{path}/payoff", json=wire)
    assert code_of(short) == (422, "PAYOFF_SHORT")
    assert await head(settings) == after
    paid = await done(servicer, f"{path}/payoff", wire | {"amount": "685236.35"})
    assert (paid["state"], paid["principal"], paid["accrued_interest"]) == (
        "PAID_OFF",
        "0.00",
        "0.00",
    )
    assert code_of(await servicer.post(f"{path}/payments", json=PAYMENT))[1] == "LOAN_NOT_LIVE"


QUOTE = {"payoff_date": "2025-02-20"}
DEPOSIT = {"amount": "1.00", "received_on": "2025-02-03"}
PROTECTION = {"amount": "1.00", "payee": "County", "purpose": "Taxes"}
WRITES: dict[str, dict[str, Any]] = {
    "payments": PAYMENT,
    "fees": FEE,
    "payoff-quotes": QUOTE,
    "payoff": PAYMENT,
    "equity-deposits": DEPOSIT,
    "protective-advances": PROTECTION,
}


@pytest.mark.parametrize("path", WRITES)
async def test_builders_move_no_money(
    builder: httpx.AsyncClient, loan: dict[str, Any], path: str
) -> None:
    response = await builder.post(f"/loans/{loan['id']}/{path}", json=WRITES[path])

    assert code_of(response) == (403, "FORBIDDEN")


@pytest.mark.parametrize("path", WRITES)
async def test_money_needs_a_loan_that_is_live(
    servicer: httpx.AsyncClient, settings: Settings, path: str
) -> None:
    loan_id = uuid4()
    await done(servicer, "/loans", bodies.loan(loan_id))
    before = await head(settings)

    draft = await servicer.post(f"/loans/{loan_id}/{path}", json=WRITES[path])
    nothing = await servicer.post(f"/loans/{uuid4()}/{path}", json=WRITES[path])

    assert code_of(draft) == (422, "LOAN_NOT_LIVE")
    assert code_of(nothing) == (404, "NOT_FOUND")
    assert await head(settings) == before


@pytest.mark.parametrize("path", WRITES)
async def test_what_is_not_known_is_refused(
    servicer: httpx.AsyncClient, loan: dict[str, Any], path: str
) -> None:
    body = WRITES[path] | {"colour": "red"}

    response = await servicer.post(f"/loans/{loan['id']}/{path}", json=body)

    assert code_of(response) == (400, "VALIDATION_ERROR")
