"""Example E4 over HTTP: quoted, paid off, and the payment come back."""

import pytest

from tests.e2e.firm import Case, Firm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FEES = (("EXIT", "9600.00"), ("RECONVEYANCE", "225.00"), ("WIRE", "30.00"))


@pytest.fixture
def case(firm: Firm) -> Case:
    """The three-draw loan on 2025-05-01 with the fees of its payoff charged."""
    case = firm.e3_at_may_first()
    for kind, amount in FEES:
        case.serve("fees", {"kind": kind, "amount": amount, "assessed_on": "2025-05-01"})
    return case


def pay(case: Case, amount: str, received_on: str, **more: object) -> None:
    body = {"amount": amount, "received_on": received_on, "method": "WIRE", **more}
    case.serve("payoff", body)


def event_id(case: Case, kind: str) -> str:
    (event,) = case.history(kind)
    return str(event["id"])


def test_a_quote_says_what_each_day_costs(case: Case) -> None:
    quote = case.serve("payoff-quotes", {"payoff_date": "2025-05-20", "good_through": "2025-05-21"})

    first, second = quote["totals_by_date"]
    assert (quote["principal"], quote["interest"], quote["total"]) == (
        "671923.74",
        "3457.61",
        "685236.35",
    )
    assert sorted((fee["kind"], fee["amount"]) for fee in quote["fees"]) == sorted(FEES)
    assert (quote["per_diem"], quote["per_diem_unrounded"]) == ("181.98", "181.97934625")
    assert (first["date"], first["interest"], first["total"]) == (
        "2025-05-20",
        "3457.61",
        "685236.35",
    )
    assert (second["date"], second["interest"], second["total"]) == (
        "2025-05-21",
        "3639.59",
        "685418.33",
    )


def test_the_same_quote_is_the_same_to_the_byte_and_changes_nothing(case: Case) -> None:
    body = {"payoff_date": "2025-05-20", "good_through": "2025-05-21"}
    client, before = case.firm.servicing.client, case.read()
    quote = case.serve("payoff-quotes", body)
    head = case.firm.head()

    first, second = (client.post(f"{case.path}/payoff-quotes", json=body) for _ in range(2))

    assert second.content == first.content
    assert first.json()["data"] == quote
    assert case.firm.head() == head
    assert case.read() == before
    assert case.read("/payoff-quotes") == [quote]


def test_a_wire_after_the_cut_off_before_memorial_day_counts_on_tuesday(case: Case) -> None:
    body = {"payoff_date": "2025-05-23", "good_through": "2025-05-27"}
    quote = case.serve("payoff-quotes", body)

    by_date = {total["date"]: total for total in quote["totals_by_date"]}
    friday, tuesday = by_date["2025-05-23"], by_date["2025-05-27"]
    assert (friday["counts_on"], friday["interest"]) == ("2025-05-23", "4003.55")
    assert friday["after_cut_off_counts_on"] == "2025-05-27"
    assert friday["after_cut_off_total"] == tuesday["total"] == "686510.20"
    for closed in ("2025-05-24", "2025-05-25", "2025-05-26"):
        assert (by_date[closed]["counts_on"], by_date[closed]["total"]) == (
            "2025-05-27",
            "686510.20",
        )


def test_a_cent_short_does_not_pay_it_off(case: Case) -> None:
    before, head = case.read(), case.firm.head()
    body = {"amount": "685236.34", "received_on": "2025-05-20", "method": "WIRE"}

    error = case.firm.servicing.refused(f"{case.path}/payoff", body)

    assert error["code"] == "PAYOFF_SHORT"
    assert (case.read(), case.firm.head()) == (before, head)


def test_a_payoff_after_the_cut_off_needs_the_interest_of_the_long_weekend(case: Case) -> None:
    body = {"amount": "686510.19", "received_on": "2025-05-23", "method": "WIRE"}
    late = {**body, "after_cut_off": True}

    assert case.firm.servicing.refused(f"{case.path}/payoff", late)["code"] == "PAYOFF_SHORT"
    pay(case, "686510.20", "2025-05-23", after_cut_off=True)

    loan = case.read()
    assert (loan["state"], loan["principal"], loan["unapplied"]) == ("PAID_OFF", "0.00", "0.00")


def test_paid_off_nothing_is_owed_and_nothing_accrues(case: Case) -> None:
    pay(case, "685236.35", "2025-05-20")

    loan = case.read()
    assert loan["state"] == "PAID_OFF"
    for name in ("principal", "accrued_interest", "fees_due", "unapplied", "interest_due"):
        assert loan[name] == "0.00"
    (payment,) = loan["payments"]
    assert [(part["due"], part["amount"]) for part in payment["allocations"]] == [
        ("FEE", "9600.00"),
        ("FEE", "225.00"),
        ("FEE", "30.00"),
        ("INTEREST", "3457.61"),
        ("PRINCIPAL", "671923.74"),
    ]
    head = case.firm.head()
    case.close_business("2025-07-01")
    assert case.firm.head() == head


def test_a_payoff_that_comes_back_leaves_the_loan_where_it_was(case: Case) -> None:
    pay(case, "685236.35", "2025-05-20")
    back = {
        "event_id": event_id(case, "loan.payment_received"),
        "effective_on": "2025-05-20",
        "reason": "Recalled by the sending bank",
    }

    case.serve("reversals", back)

    loan = case.read()
    assert (loan["state"], loan["principal"]) == ("ACTIVE", "671923.74")
    assert (loan["fees_due"], loan["accrued_interest"]) == ("9855.00", "3457.61")
    assert loan["payments"][0]["reversed_on"] == "2025-05-20"
    quote = case.serve("payoff-quotes", {"payoff_date": "2025-05-21"})
    assert quote["total"] == "685418.33"
    error = case.firm.servicing.refused(f"{case.path}/reversals", back)
    assert error["code"] == "ALREADY_REVERSED"
