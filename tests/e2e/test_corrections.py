"""Example E6 over HTTP: a draw undone and recorded again two days later, and other late news."""

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest

from tests.e2e import expected
from tests.e2e.firm import Case, Firm, cents
from tests.model import owed
from tests.model.loan import Moved, RateSet
from tests.scenario import E3_DRAWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

THROUGH = date(2025, 5, 20)
DRAW_2 = E3_DRAWS[1]


@pytest.fixture(scope="module")
def worked(firm: Firm) -> tuple[Case, str]:
    """The loan closed to 2025-05-20 and its second draw corrected; and the instant between."""
    case = firm.e3_loan()
    case.close_business(THROUGH.isoformat())
    known_at = case.history()[-1]["recorded_at"]
    wrong = {"effective_on": "2025-03-12", "reason": "Funded two days later"}
    firm.servicing.post(f"/draws/{case.draws[1]['id']}/reverse", wrong)
    case.fund(DRAW_2, "2025-03-14")
    return case, known_at


@pytest.fixture(scope="module")
def case(worked: tuple[Case, str]) -> Case:
    return worked[0]


def reckoned() -> dict[str, int]:
    """The months as they are when the draw is funded on 2025-03-14."""
    loan = expected.e3()
    loan.moved.append(Moved(date(2025, 3, 12), -228_500_00))
    loan.moved.append(Moved(date(2025, 3, 14), 228_500_00))
    return expected.months(loan, THROUGH)


def test_the_draw_recorded_again_comes_to_the_same_net(case: Case) -> None:
    again = case.draws[-1]
    undone = case.firm.read(f"/draws/{case.draws[1]['id']}")

    assert (again["l8"], again["state"], again["funded_on"]) == (
        "228500.00",
        "FUNDED",
        "2025-03-14",
    )
    assert (undone["state"], undone["reversed_on"]) == ("REVERSED", "2025-03-12")


def test_march_loses_two_days_of_the_draw_and_later_months_follow(case: Case) -> None:
    months = case.months()

    assert (months["2025-02"]["accrued"], months["2025-03"]["accrued"]) == ("1023.08", "2651.92")
    assert (months["2025-04"]["accrued"], months["2025-04"]["capitalized"]) == (
        "4462.81",
        "4462.81",
    )
    after = reckoned()
    loan = case.read()
    assert cents(loan["accrued_interest"]) == after["2025-05"]
    assert cents(loan["principal"]) == 671_923_74 - 123_77 - 1_01
    assert cents(loan["interest_reserve_balance"]) == 41_576_26 + 123_77 + 1_01
    assert loan["deficiency"] == "0.00"


def test_every_adjustment_is_an_event_of_its_own(case: Case) -> None:
    before, after = expected.months(expected.e3(), THROUGH), reckoned()
    deltas: Counter[str] = Counter()
    for event in case.history("accrual.adjusted"):
        deltas[event["data"]["month"][:7]] += cents(event["data"]["delta"]["interest"])

    assert deltas["2025-03"] == -123_77
    assert {name: delta for name, delta in deltas.items() if delta} == {
        name: after[name] - before[name] for name in after if after[name] != before[name]
    }


def test_the_reversal_names_what_it_undid(case: Case) -> None:
    (reversal,) = case.history("loan.advance_reversed")
    advances = {event["id"]: event for event in case.history("loan.advance_recorded")}

    undone = advances[reversal["reverses_event_id"]]
    assert undone["data"]["draw_id"] == case.draws[1]["id"]
    assert (reversal["effective_on"], undone["effective_on"]) == ("2025-03-12", "2025-03-12")


def test_the_books_still_balance(case: Case) -> None:
    balances = {
        account["account"]: account["balance"]
        for account in case.firm.read("/trial-balance", loan_id=case.loan_id)["accounts"]
    }

    assert cents(balances["interest_income"]) == sum(reckoned().values())
    assert balances["loan:principal"] == case.read()["principal"]
    assert balances["cash:operating"] == "-653500.00"
    assert case.firm.read("/trial-balance", loan_id=case.loan_id)["difference"] == "0.00"


def test_the_past_by_both_clocks(worked: tuple[Case, str]) -> None:
    case, known_at = worked

    now = case.read(effective_on="2025-03-13")
    believed = case.read(effective_on="2025-03-13", recorded_at=known_at)
    assert (now["principal"], believed["principal"]) == ("183184.23", "411684.23")

    then = case.read(recorded_at=known_at)
    assert (then["principal"], then["accrued_interest"]) == ("671923.74", "3457.61")
    march = {month["month"]: month["accrued"] for month in then["interest_months"]}["2025-03"]
    assert march == "2775.69"
    books = case.firm.read("/trial-balance", loan_id=case.loan_id, recorded_at=known_at)
    assert books["difference"] == "0.00"


def test_a_rate_known_months_late_compounds_through_every_month(firm: Firm) -> None:
    case = firm.e3_loan()
    case.close_business(THROUGH.isoformat())
    model = expected.e3()
    model.rates.append(RateSet(date(2025, 2, 15), Fraction("0.1025")))

    case.serve("rate-changes", {"rate": "0.1025", "effective_on": "2025-02-15"})

    months = expected.months(model, THROUGH)
    loan = case.read()
    shown = {month["month"]: cents(month["accrued"]) for month in loan["interest_months"]}
    assert shown == {name: amount for name, amount in months.items() if name != "2025-05"}
    assert cents(loan["accrued_interest"]) == months["2025-05"]
    assert cents(loan["principal"]) == model.walk(THROUGH).principal


def test_a_payment_told_months_late_counts_from_its_day(firm: Firm) -> None:
    case = firm.e3_loan()
    case.close_business(THROUGH.isoformat())
    model, received_on = expected.e3(), date(2025, 3, 20)

    check = {"amount": "50000.00", "received_on": received_on.isoformat(), "method": "CHECK"}
    case.serve("payments", check)

    paid = owed.pay(model, "check", received_on, 50_000_00)
    (payment,) = case.read()["payments"]
    assert [cents(part["amount"]) for part in payment["allocations"]] == [
        amount for _, amount in paid
    ]
    months = expected.months(model, THROUGH)
    loan = case.read()
    shown = {month["month"]: cents(month["accrued"]) for month in loan["interest_months"]}
    assert shown == {name: amount for name, amount in months.items() if name != "2025-05"}
    assert cents(loan["accrued_interest"]) == months["2025-05"]
    assert cents(loan["principal"]) == model.walk(THROUGH).principal
    assert (loan["unapplied"], loan["interest_due"]) == ("0.00", "0.00")


def test_in_whichever_order_things_become_known_the_interest_is_the_same(
    firm: Firm, case: Case
) -> None:
    in_time = firm.e3_loan(draws=1)
    in_time.fund(DRAW_2, "2025-03-14")
    in_time.fund(E3_DRAWS[2])
    in_time.close_business(THROUGH.isoformat())

    assert in_time.read()["principal"] == case.read()["principal"]
    assert in_time.read()["accrued_interest"] == case.read()["accrued_interest"]
    assert {n: m["accrued"] for n, m in in_time.months().items()} == {
        n: m["accrued"] for n, m in case.months().items()
    }
