"""Example E3 over HTTP with its interest: accrued by the day, capitalised on the 1st."""

from datetime import date

import pytest

from tests.e2e import expected
from tests.e2e.firm import Case, Firm, cents
from tests.scenario import E3_DRAWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# month -> due on, interest, reserve and principal after it was capitalised
POSTED = {
    "2025-01": ("2025-02-01", "161.15", "49838.85", "35161.15"),
    "2025-02": ("2025-03-01", "1023.08", "48815.77", "183184.23"),
    "2025-03": ("2025-04-01", "2775.69", "46040.08", "414459.92"),
    "2025-04": ("2025-05-01", "4463.82", "41576.26", "671923.74"),
}
# code -> budget, funded net with equity, retainage, unbilled
LINES = {
    "LAND": ("250000.00", "250000.00", "0.00", "0.00"),
    "FEE": ("10000.00", "10000.00", "0.00", "0.00"),
    "SOFT": ("60000.00", "45000.00", "0.00", "15000.00"),
    "SITEWORK": ("180000.00", "180000.00", "0.00", "0.00"),
    "FRAMING": ("240000.00", "216000.00", "24000.00", "0.00"),
    "MEP": ("160000.00", "121500.00", "13500.00", "25000.00"),
    "FINISHES": ("200000.00", "81000.00", "9000.00", "110000.00"),
    "CONTINGENCY": ("50000.00", "0.00", "0.00", "50000.00"),
    "RESERVE": ("50000.00", "8423.74", "0.00", "41576.26"),
}


@pytest.fixture(scope="module")
def case(firm: Firm) -> Case:
    """Worked month by month, as it happened, to the close of business on 2025-05-01."""
    case = firm.e3_loan(draws=0)
    for (_, (due_on, _, _, _)), draw in zip(POSTED.items(), [*E3_DRAWS, None], strict=True):
        case.close_business(due_on)
        if draw is not None:
            case.fund(draw)
    return case


def test_each_month_is_capitalised_on_the_1st(case: Case) -> None:
    months = case.months()

    for name, (due_on, interest, reserve, principal) in POSTED.items():
        month = months[name]
        assert (month["due_on"], month["accrued"], month["capitalized"]) == (
            due_on,
            interest,
            interest,
        )
        assert (month["billed"], month["due"]) == ("0.00", "0.00")
        then = case.read(effective_on=due_on)
        assert (then["interest_reserve_balance"], then["principal"]) == (reserve, principal)


def test_the_loan_stands_as_the_example_on_may_first(case: Case) -> None:
    loan = case.read()

    assert (loan["principal"], loan["interest_reserve_balance"]) == ("671923.74", "41576.26")
    assert (loan["accrued_interest"], loan["interest_due"]) == ("0.00", "0.00")
    assert (loan["undisbursed"], loan["available"]) == ("288076.26", "288076.26")
    assert (loan["reserved"], loan["retainage_withheld"]) == ("0.00", "46500.00")
    assert (loan["ltc"], loan["ltv"]) == ("0.8000", "0.6857")
    assert loan["deficiency"] == "0.00"
    assert {
        line["code"]: (line["amount"], line["funded"], line["retainage"], line["unbilled"])
        for line in loan["lines"]
    } == LINES


def test_the_trial_balance_on_may_first(case: Case) -> None:
    balances = {
        account["account"]: account["balance"]
        for account in case.firm.read("/trial-balance", loan_id=case.loan_id)["accounts"]
        if cents(account["balance"])
    }

    assert balances == {
        "loan:principal": "671923.74",
        "cash:operating": "-653500.00",
        "deferred_fees": "10000.00",
        "interest_income": "8423.74",
        "memo:commitment": "960000.00",
        "memo:undisbursed_available": "288076.26",
        "memo:disbursed": "671923.74",
        "memo:retainage_withheld": "46500.00",
        "memo:retainage_obligation": "46500.00",
    }


def test_february_posts_the_differences_of_its_rounded_sum(case: Case) -> None:
    lines = case.journal("interest_income", effective_from="2025-02-01", effective_to="2025-02-28")

    assert [line["credit"] for line in lines][:5] == ["9.52", "9.53", "9.52", "9.52", "9.52"]
    assert [line["effective_on"] for line in lines][:2] == ["2025-02-01", "2025-02-02"]
    assert len(lines) == 28
    assert sum(cents(line["credit"]) for line in lines) == cents("1023.08")


def test_history_has_every_day_of_the_interest(case: Case) -> None:
    accrued = case.history("accrual.accrued")

    assert len(accrued) == 17 + 28 + 31 + 30
    assert sum(cents(each["data"]["amount"]["interest"]) for each in accrued) == cents("8423.74")


def test_history_counts_what_it_lists(case: Case) -> None:
    page = case.firm.admin.get(f"{case.path}/history", min_position=case.firm.position)

    assert page["meta"]["total"] == len(case.history())


def test_days_that_were_missed_are_caught_up_in_order(firm: Firm, case: Case) -> None:
    late = firm.e3_at_may_first()

    assert late.months() == case.months()
    assert late.read()["principal"] == "671923.74"


def test_the_same_close_of_business_twice_changes_nothing(case: Case) -> None:
    before, head = case.read(), case.firm.head()

    for on in ("2025-05-01", "2025-04-15"):
        closed = case.close_business(on)
        assert (closed["loans"], closed["changed"], closed["events"]) == (1, 0, 0)

    assert (case.read(), case.firm.head()) == (before, head)


@pytest.mark.parametrize("day_count", ["ACT_365F", "ACT_ACT", "THIRTY_360"])
def test_the_other_day_counts_come_to_an_independent_reckoning(firm: Firm, day_count: str) -> None:
    through = date(2025, 5, 20)
    model = expected.e3(day_count)
    case = firm.e3_loan(day_count=day_count)

    case.close_business(through.isoformat())

    reckoned = expected.months(model, through)
    open_month = reckoned.pop("2025-05")
    loan = case.read()
    assert {name: cents(each["accrued"]) for name, each in case.months().items()} == reckoned
    assert cents(loan["accrued_interest"]) == open_month
    assert cents(loan["principal"]) == model.walk(through).principal
    assert cents(loan["interest_reserve_balance"]) == 50_000_00 - sum(reckoned.values())
