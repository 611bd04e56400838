"""Example E10 over HTTP: how long a draw took on whose clock, and how long a bill is past due."""

from collections.abc import Iterator

import pytest

from tests.e2e.firm import Firm, Json, Seat, desk
from tests.e2e.running import Up
from tests.scenario import E3_DRAWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def builder(running: Up) -> Iterator[Seat]:
    """A builder with no other draws in 2025, whose dashboards therefore show one draw alone."""
    with running.client("builder2@demo.test") as client:
        yield desk(client)


def _on(day: str) -> Json:
    return {"effective_on": day}


def test_the_lenders_clock_stands_while_the_builder_mends_a_draw(firm: Firm, builder: Seat) -> None:
    case = firm.e3_loan(draws=0, builder_user_id=builder.user_id)
    draw, servicing = E3_DRAWS[0], firm.servicing
    created = builder.post(f"{case.path}/draws", case.request(draw.asked, "2025-04-04"))
    path = f"/draws/{created['id']}"
    firm.admin.post(f"{path}/submit", _on("2025-04-04"))
    servicing.post(f"{path}/review", _on("2025-04-04"))
    servicing.post(f"{path}/return", {"reasons": ["Invoice missing"], **_on("2025-04-08")})
    firm.admin.post(f"{path}/submit", _on("2025-04-10"))
    servicing.post(f"{path}/review", _on("2025-04-10"))
    case.pay(path, "2025-04-15")

    board = builder.get("/dashboards/draws", as_of="2025-04-30", min_position=firm.position)["data"]

    turnaround = board["turnaround"]
    assert (turnaround["draws"], turnaround["first_pass_rate"]) == (1, "0.0000")
    borrower, lender = turnaround["borrower_clock"], turnaround["lender_clock"]
    assert (borrower["calendar_days"]["median"], borrower["business_days"]["median"]) == (
        "11.0",
        "7.0",
    )
    assert lender["business_days"]["median"] == "5.0"


def test_a_draw_that_waits_ages_in_business_days(firm: Firm, builder: Seat) -> None:
    case = firm.e3_loan(draws=0, builder_user_id=builder.user_id)
    created = builder.post(f"{case.path}/draws", case.request(E3_DRAWS[0].asked, "2025-04-04"))
    firm.admin.post(f"/draws/{created['id']}/submit", _on("2025-04-04"))

    def waiting(as_of: str) -> Json:
        query = {"as_of": as_of, "min_position": firm.position}
        found: Json = builder.get("/dashboards/draws", **query)["data"]
        return next(draw for draw in found["draws"] if draw["draw_id"] == created["id"])

    assert (waiting("2025-04-15")["age_business_days"], waiting("2025-04-15")["holder"]) == (
        7,
        "lender",
    )
    assert waiting("2025-04-07")["age_business_days"] == 1


def test_a_bill_due_on_june_first_is_34_days_past_due_on_july_fifth(firm: Firm) -> None:
    case = firm.land_loan("501803.99", "2025-05-01", rate="0.10")
    case.close_business("2025-07-05")

    board = firm.read("/dashboards/delinquency", as_of="2025-07-05", page_size=100)

    (late,) = (loan for loan in board["loans"] if loan["loan_id"] == case.loan_id)
    assert (late["due_on"], late["days_past_due"], late["bucket"]) == ("2025-06-01", 34, "30-59")
    assert late["interest_past_due"] == case.read()["interest_due"]
    assert case.read()["delinquency"] == "30-59"
    buckets = {bucket["bucket"]: bucket["count"] for bucket in board["buckets"]}
    assert buckets["30-59"] >= 1
