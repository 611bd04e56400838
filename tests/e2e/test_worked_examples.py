"""Examples E1 and E2 over HTTP: day counts, half a cent, and what others have published."""

import pytest

from tests.e2e.firm import Firm
from tests.scenario import Asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAY_COUNTS = ("ACT_360", "ACT_365F", "ACT_ACT", "THIRTY_360")


@pytest.mark.parametrize(
    ("day_count", "january", "february", "leap_february"),
    [
        ("ACT_360", "6135.42", "5541.67", "5739.58"),
        ("ACT_365F", "6051.37", "5465.75", "5660.96"),
        ("ACT_ACT", "6051.37", "5465.75", "5645.49"),
        ("THIRTY_360", "5937.50", "5937.50", "5937.50"),
    ],
)
def test_a_month_of_interest_by_each_day_count(
    firm: Firm, day_count: str, january: str, february: str, leap_february: str
) -> None:
    terms = {"rate": "0.095", "day_count": day_count}
    case = firm.land_loan("750000.00", "2025-01-01", **terms)
    leap = firm.land_loan("750000.00", "2024-02-01", **terms)
    case.close_business("2025-03-01")
    leap.close_business("2024-03-01")

    months = case.months()
    assert (months["2025-01"]["accrued"], months["2025-02"]["accrued"]) == (january, february)
    assert (months["2025-01"]["due_on"], months["2025-01"]["billed"]) == ("2025-02-01", january)
    assert leap.months()["2024-02"]["accrued"] == leap_february
    assert case.read()["principal"] == "750000.00"


@pytest.mark.parametrize(("rounding", "interest"), [("HALF_UP", "2.01"), ("HALF_EVEN", "2.00")])
def test_half_a_cent_falls_as_the_loan_says(firm: Firm, rounding: str, interest: str) -> None:
    case = firm.land_loan("7218.00", "2025-01-01", rate="0.10", rounding=rounding)

    case.close_business("2025-01-02")

    assert case.read()["accrued_interest"] == interest


@pytest.mark.parametrize(
    ("day_count", "january"), [("THIRTY_360", "4166.67"), ("ACT_360", "4305.56")]
)
def test_a_published_january(firm: Firm, day_count: str, january: str) -> None:
    case = firm.land_loan("1000000.00", "2025-01-01", rate="0.05", day_count=day_count)

    case.close_business("2025-02-01")

    assert case.months()["2025-01"]["accrued"] == january


def test_a_published_payoff_after_25_days(firm: Firm) -> None:
    case = firm.land_loan("15000.00", "2025-03-03", rate="0.08")

    quote = case.serve("payoff-quotes", {"payoff_date": "2025-03-28"})

    assert (quote["interest"], quote["total"]) == ("83.33", "15083.33")


def test_a_published_month_is_not_thirty_rounded_days(firm: Firm) -> None:
    case = firm.land_loan("50000.00", "2025-04-01", rate="0.045", day_count="ACT_365F")

    per_diem = case.serve("payoff-quotes", {"payoff_date": "2025-04-15"})["per_diem"]
    case.close_business("2025-05-01")

    assert per_diem == "6.16"
    assert case.months()["2025-04"]["accrued"] == "184.93"


def test_a_published_g702_comes_to_its_net_and_not_to_what_it_prints(firm: Firm) -> None:
    case = firm.closed(
        "2025-01-15",
        {"LAND": "10000.00"},
        commitment="260000.00",
        lines=[
            {"code": "LAND", "name": "Land", "category": "LAND", "amount": "10000.00"},
            {
                "code": "WORK",
                "name": "Work",
                "category": "HARD",
                "amount": "250000.00",
                "retainage_rate": "0.10",
            },
        ],
        sources=[{"kind": "LOAN", "amount": "260000.00"}],
    )
    order = {
        "number": "CO-1",
        "deltas": [{"line_id": case.lines["WORK"], "delta": "15000.00"}],
        "source_deltas": [{"kind": "EQUITY", "amount": "15000.00"}],
    }
    case.admin("change-orders", order)
    before: Asked = {"WORK": ("65000.00", "0.00", "0.00")}
    now: Asked = {"WORK": ("67500.00", "0.00", "0.00")}

    case.pay(case.in_review(before, "2025-02-10"), "2025-02-10")
    draw = case.firm.read(case.in_review(now, "2025-03-10"))

    assert (draw["l4"], draw["l6"], draw["l7"]) == ("132500.00", "119250.00", "58500.00")
    assert (draw["l8"], draw["l9"]) == ("60750.00", "145750.00")
