"""Money over HTTP that comes twice, and a payoff that brings nothing."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.payoff import quotes
from runtime.settings import Settings
from tests.integration.http.conftest import done
from tests.integration.http.test_close_of_business import lent, shown
from tests.integration.http.test_life_of_a_draw import code_of, head

DAY = "2025-02-20"
WAIVER = {"reason": "Goodwill", "amount": "10.00", "effective_on": DAY}
NOTHING = {"amount": "0.00", "received_on": DAY, "method": "WIRE"}


@pytest.fixture
async def path(servicer: httpx.AsyncClient) -> str:
    """The path of a loan with 60,000.00 of principal since 15 January."""
    return f"/loans/{await lent(servicer)}"


async def owed(servicer: httpx.AsyncClient, path: str) -> str:
    """What pays the loan off on the day."""
    quote = await done(servicer, f"{path}/payoff-quotes", {"payoff_date": DAY})
    return str(quote["total"])


async def test_a_waiver_that_comes_again_under_its_id_waives_nothing_more(
    servicer: httpx.AsyncClient, path: str, settings: Settings
) -> None:
    fee_id, waiver_id = uuid4(), uuid4()
    fee = {"fee_id": str(fee_id), "kind": "WIRE", "amount": "30.00", "assessed_on": DAY}
    await done(servicer, f"{path}/fees", fee)
    waive, body = f"{path}/fees/{fee_id}/waive", WAIVER | {"waiver_id": str(waiver_id)}

    first = await done(servicer, waive, body)
    after = await head(settings)
    again = await done(servicer, waive, body)
    other = await servicer.post(waive, json=body | {"amount": "10.01"})

    assert first["fees_due"] == again["fees_due"] == "20.00"
    assert await head(settings) == after
    assert code_of(other) == (409, "WAIVER_EXISTS")
    assert (await done(servicer, waive, WAIVER))["fees_due"] == "10.00"


async def test_a_loan_that_owes_nothing_is_paid_off_with_nothing(
    servicer: httpx.AsyncClient, path: str
) -> None:
    short = await servicer.post(f"{path}/payoff", json=NOTHING)
    total = await owed(servicer, path)
    await done(servicer, f"{path}/payments", NOTHING | {"amount": total})

    assert code_of(short) == (422, "PAYOFF_SHORT")
    assert await owed(servicer, path) == "0.00"
    paid_off = await done(servicer, f"{path}/payoff", NOTHING)
    assert paid_off["state"] == "PAID_OFF"
    assert [payment["amount"] for payment in paid_off["payments"]] == [total]


async def test_a_quote_that_is_known_is_not_worked_out_again(
    servicer: httpx.AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = {"payoff_date": DAY, "good_through": "2025-04-20"}
    first = await servicer.post(f"{path}/payoff-quotes", json=ask)
    loan_id = UUID(path.removeprefix("/loans/"))
    version = (await shown(servicer, loan_id))["version"]

    def worked_out(*_: Any) -> None:
        raise AssertionError("the quote is known")

    monkeypatch.setattr(quotes, "quote", worked_out)
    again = await servicer.post(f"{path}/payoff-quotes", json=ask)

    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"] == f'"{version}"'
