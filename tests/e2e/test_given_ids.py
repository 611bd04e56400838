"""Ids that the caller chooses, over HTTP: the same again is the same, something else is refused."""

from uuid import uuid4

import pytest

from tests.e2e.firm import Case, Firm, Json, e3_origination
from tests.scenario import Asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ON = "2025-05-02"
MEP: Asked = {"MEP": ("1000.00", "0.00", "0.00")}
WIRE = {"amount": "100.00", "received_on": ON, "method": "WIRE"}

# code, where, the name of the id, what is first asked, what is asked differently
ASKED: list[tuple[str, str, str, Json, Json]] = [
    ("PAYMENT_EXISTS", "payments", "payment_id", WIRE, {"amount": "101.00"}),
    (
        "FEE_EXISTS",
        "fees",
        "fee_id",
        {"kind": "WIRE", "amount": "30.00", "assessed_on": ON},
        {"amount": "31.00"},
    ),
    (
        "PROTECTIVE_ADVANCE_EXISTS",
        "protective-advances",
        "advance_id",
        {"amount": "100.00", "payee": "County", "purpose": "Taxes", "advanced_on": ON},
        {"amount": "101.00"},
    ),
    (
        "DEPOSIT_EXISTS",
        "equity-deposits",
        "deposit_id",
        {"amount": "100.00", "received_on": ON},
        {"amount": "101.00"},
    ),
    (
        "PARTICIPATION_EXISTS",
        "participations",
        "participant_id",
        {"name": "First Valley Bank", "share": "0.3", "effective_on": ON},
        {"share": "0.4"},
    ),
]


@pytest.fixture(scope="module")
def case(firm: Firm) -> Case:
    """The three-draw loan on 2025-05-01."""
    return firm.e3_at_may_first()


@pytest.mark.parametrize(
    ("code", "what", "name", "body", "change"), ASKED, ids=[each[1] for each in ASKED]
)
def test_an_id_is_one_thing(
    case: Case, code: str, what: str, name: str, body: Json, change: Json
) -> None:
    given = {**body, name: str(uuid4())}
    first = case.serve(what, given)
    head = case.firm.head()

    assert case.serve(what, given) == first
    error = case.firm.servicing.refused(f"{case.path}/{what}", {**given, **change}, status=409)

    assert error["code"] == code
    assert case.firm.head() == head


def test_a_loans_id_is_one_term_sheet(firm: Firm) -> None:
    body = {**e3_origination(firm.builder.user_id), "id": str(uuid4()), "rate": "0.09750"}
    first = firm.admin.post("/loans", body)
    head = firm.head()

    assert first["rate"] == "0.0975"
    assert firm.read(f"/loans/{first['id']}") == first
    assert firm.admin.post("/loans", body) == first
    error = firm.admin.refused("/loans", {**body, "rate": "0.0976"}, status=409)

    assert error["code"] == "LOAN_EXISTS"
    assert firm.head() == head


def test_a_draws_id_is_one_request(case: Case) -> None:
    builder, path = case.firm.builder, f"{case.path}/draws"
    body = case.request(MEP, ON, id=str(uuid4()))
    first = builder.post(path, body)
    head = case.firm.head()

    assert builder.post(path, body) == first
    error = builder.refused(path, {**body, "period_to": "2025-05-03"}, status=409)

    assert error["code"] == "DRAW_EXISTS"
    assert case.firm.head() == head


def test_a_reference_tells_a_payment_sent_twice(case: Case) -> None:
    body = {**WIRE, "external_ref": f"FED-{uuid4()}"}
    first = case.serve("payments", body)
    head = case.firm.head()

    assert case.serve("payments", body)["payments"] == first["payments"]
    assert case.firm.head() == head
