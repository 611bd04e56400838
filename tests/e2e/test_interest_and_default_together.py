"""Examples E7 to E9 over HTTP: shared interest, default and late charges, how long reserves last."""

from datetime import date

import pytest

from tests.e2e import expected
from tests.e2e.firm import Case, Firm, cents
from tests.scenario import E3_DRAWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MAY_FIRST = date(2025, 5, 1)


def test_a_months_interest_is_shared_by_largest_remainder(firm: Firm) -> None:
    case = firm.e3_loan(draws=2)
    case.close_business("2025-04-01")
    for name, share in (("First Valley Bank", "0.30"), ("Granite Savings", "0.15")):
        case.serve("participations", {"name": name, "share": share, "effective_on": "2025-04-01"})
    case.fund(E3_DRAWS[2])

    case.close_business("2025-05-01")

    assert case.months()["2025-04"]["accrued"] == "4463.82"
    shares = {part["name"]: part for part in case.read()["participations"]}
    assert shares["First Valley Bank"]["interest"] == "1339.15"
    assert shares["Granite Savings"]["interest"] == "669.57"
    balances = {
        account["account"]: cents(account["balance"])
        for account in firm.read("/trial-balance", loan_id=case.loan_id)["accounts"]
    }
    assert balances["participant_payable"] == 1_339_15 + 669_57
    kept = balances["interest_income"] - (8_423_74 - 4_463_82)
    assert kept == 2_455_10
    sold = sum(cents(part["principal"]) for part in shares.values())
    assert sold == balances["participation_sold"]


def test_twelve_days_of_default(firm: Firm) -> None:
    case = firm.e3_at_may_first()
    case.serve("default", {"reason": "Unpaid taxes", "effective_on": "2025-05-01"})
    assert case.read()["state"] == "DEFAULT"

    case.close_business("2025-05-13")
    case.serve("cure", {"reason": "Taxes paid", "effective_on": "2025-05-13"})

    loan = case.read()
    assert (loan["state"], loan["accrued_interest"]) == ("ACTIVE", "3303.62")
    assert _credited(case, "default_interest_income") == 1_119_87
    assert _credited(case, "interest_income", effective_from="2025-05-01") == 2_183_75


def _credited(case: Case, account: str, **query: str) -> int:
    lines = case.journal(account, **query)
    return sum(cents(line["credit"]) - cents(line["debit"]) for line in lines)


def test_a_default_cured_late_is_taken_back_to_its_day(firm: Firm) -> None:
    case = firm.e3_at_may_first()
    case.serve("default", {"reason": "Unpaid taxes", "effective_on": "2025-05-01"})
    case.close_business("2025-05-20")

    case.serve("cure", {"reason": "Taxes paid", "effective_on": "2025-05-13"})

    assert _credited(case, "default_interest_income") == 1_119_87
    assert case.read()["accrued_interest"] == "4577.48"


def test_a_bill_past_its_days_of_grace_brings_its_late_charge_once(firm: Firm) -> None:
    terms = {"rate": "0.10", "late_charge_rate": "0.05", "grace_days": 10}
    case = firm.land_loan("501803.99", "2025-05-01", **terms)
    case.close_business("2025-06-01")
    assert case.months()["2025-05"]["due"] == "4321.09"

    case.close_business("2025-06-11")
    assert case.read()["fees"] == []
    case.close_business("2025-06-12")
    case.close_business("2025-06-20")

    (fee,) = case.read()["fees"]
    assert (fee["kind"], fee["amount"], fee["month"]) == ("LATE", "216.05", "2025-05")


def test_a_bill_paid_within_its_days_of_grace_brings_none(firm: Firm) -> None:
    terms = {"rate": "0.10", "late_charge_rate": "0.05", "grace_days": 10}
    case = firm.land_loan("501803.99", "2025-05-01", **terms)
    case.close_business("2025-06-01")

    case.serve("payments", {"amount": "4321.09", "received_on": "2025-06-11", "method": "ACH"})
    case.close_business("2025-06-20")

    loan = case.read()
    assert (loan["fees"], loan["principal"], loan["unapplied"]) == ([], "501803.99", "0.00")
    assert loan["payments"][0]["allocations"][0]["month"] == "2025-05"


def test_the_reserve_lasts_228_flat_days(firm: Firm) -> None:
    case = firm.e3_at_may_first()

    forecast = case.read("/reserve-forecast")

    assert (forecast["from_on"], forecast["reserve"]) == ("2025-05-01", "41576.26")
    assert forecast["flat_days"] == "228.47"
    reckoned = expected.exhausted_on(MAY_FIRST, 671_923_74, 41_576_26, {})
    assert forecast["exhausted_on"] == reckoned.isoformat() == "2025-12-09"
    may = forecast["months"][0]
    assert (may["due_on"], may["interest"]) == ("2025-06-01", "5641.36")


def test_a_draw_to_come_shortens_it(firm: Firm) -> None:
    case = firm.e3_at_may_first()

    forecast = case.read("/reserve-forecast", draw="2025-06-10:110000.00")

    draws = {date(2025, 6, 10): 110_000_00}
    reckoned = expected.exhausted_on(MAY_FIRST, 671_923_74, 41_576_26, draws)
    assert forecast["exhausted_on"] == reckoned.isoformat()
    assert forecast["flat_days"] == "228.47"


def test_a_payment_pays_in_the_order_of_the_waterfall(firm: Firm) -> None:
    case = firm.e3_at_may_first()
    taxes = {
        "amount": "1000.00",
        "payee": "County Treasurer",
        "purpose": "Property taxes",
        "advanced_on": "2025-05-02",
    }
    case.serve("protective-advances", taxes)
    case.serve("fees", {"kind": "WIRE", "amount": "30.00", "assessed_on": "2025-05-02"})
    case.serve("default", {"reason": "Unpaid taxes", "effective_on": "2025-05-13"})

    case.serve("payments", {"amount": "20000.00", "received_on": "2025-05-20", "method": "WIRE"})

    (payment,) = case.read()["payments"]
    default_interest = "653.26"  # seven days of 5 % on 671,923.74, a 360th a day
    assert [(part["due"], part["amount"]) for part in payment["allocations"]] == [
        ("PROTECTIVE_ADVANCE", "1000.00"),
        ("FEE", "30.00"),
        ("DEFAULT_INTEREST", default_interest),
        ("INTEREST", "3457.61"),
        ("PRINCIPAL", "14859.13"),
    ]
    assert cents(case.read()["principal"]) == 671_923_74 - 14_859_13
