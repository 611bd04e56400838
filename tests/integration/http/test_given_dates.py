"""The date from which something counts, under its own name or the general one, or today."""

from uuid import UUID, uuid4

import httpx
import pytest

from runtime.settings import Settings
from tests.integration.http import bodies
from tests.integration.http.conftest import done
from tests.integration.http.test_close_of_business import lent

FEE = {"kind": "WIRE", "amount": "30.00"}
TAXES = {"amount": "1200.00", "payee": "County", "purpose": "taxes"}
DAY = "2025-02-03"


@pytest.fixture
async def active(servicer: httpx.AsyncClient) -> UUID:
    """A loan with 60,000.00 of principal since 15 January."""
    return await lent(servicer)


@pytest.mark.parametrize(
    ("what", "body", "own_name", "shown"),
    [
        ("fees", FEE, "assessed_on", ("fees", "assessed_on")),
        ("protective-advances", TAXES, "advanced_on", ("protective_advances", "advanced_on")),
    ],
)
async def test_a_charge_counts_from_the_date_it_gives_under_either_name_or_else_from_today(
    servicer: httpx.AsyncClient,
    active: UUID,
    what: str,
    body: dict[str, str],
    own_name: str,
    shown: tuple[str, str],
) -> None:
    path = f"/loans/{active}/{what}"
    await done(servicer, path, body | {own_name: DAY})
    await done(servicer, path, body | {"effective_on": DAY})
    loan = await done(servicer, path, body)

    assert [charge[shown[1]] for charge in loan[shown[0]]] == [
        DAY,
        DAY,
        Settings().today.isoformat(),
    ]


async def test_an_estimate_and_a_deposit_may_leave_their_date_to_today(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    soft = bodies.line_id(active, "SOFT")
    costs = {"line_costs": [{"line_id": soft, "amount": "100.00"}]}

    estimated = await done(servicer, f"/loans/{active}/cost-to-complete", costs)
    paid_in = await done(servicer, f"/loans/{active}/equity-deposits", {"amount": "5.00"})

    line = next(line for line in estimated["lines"] if line["line_id"] == soft)
    assert line["estimated_on"] == Settings().today.isoformat()
    assert paid_in["borrower_deposits"] == "5.00"


async def test_a_participant_who_is_not_named_goes_by_their_id(
    servicer: httpx.AsyncClient, active: UUID
) -> None:
    participant = str(uuid4())
    share = {"participant_id": participant, "share": "0.3", "effective_on": "2025-02-01"}

    loan = await done(servicer, f"/loans/{active}/participations", share)

    assert loan["participations"][0]["name"] == participant
