"""Months whose books are closed, over HTTP: what is learnt later is booked on the first open day.

The calendar is the whole house's and never opens again, so these tests have a system of their own.
"""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from local.embedded import free_port
from tests.e2e import expected
from tests.e2e.firm import Case, Firm, Json, cents, desk
from tests.e2e.running import Up
from tests.scenario import E3_DRAWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, named_servers: Callable[[], dict[str, str]]
) -> Iterator[Firm]:
    data_dir = tmp_path_factory.mktemp("closed") / "data"
    with Up(data_dir, free_port(), loans=1, **named_servers()) as up:
        up.wait_until_ready()
        with (
            up.client("admin@demo.test") as admin,
            up.client("builder1@demo.test") as builder,
            up.client("servicing@demo.test") as servicing,
        ):
            yield Firm(desk(admin), desk(builder), desk(servicing))


def march(case: Case) -> Json:
    """The loan's books at the end of March."""
    query = {"loan_id": case.loan_id, "effective_on": "2025-03-31"}
    found: Json = case.firm.read("/trial-balance", **query)
    return {each["account"]: each["balance"] for each in found["accounts"]}


def test_a_correction_of_a_closed_month_is_booked_on_the_first_open_day(house: Firm) -> None:
    case = house.e3_loan()
    case.close_business("2025-05-20")
    before = march(case)
    closed = house.admin.post("/accounting-periods/2025-03/close")
    assert (closed["closed_through"], closed["first_open_day"]) == ("2025-03-31", "2025-04-01")

    undo = {"effective_on": "2025-03-12", "reason": "Funded two days later"}
    house.servicing.post(f"/draws/{case.draws[1]['id']}/reverse", undo)
    case.fund(E3_DRAWS[1], "2025-03-14")

    (reversal,) = case.history("loan.advance_reversed")
    assert reversal["effective_on"] == "2025-04-01"
    assert reversal["data"]["reversed_on"] == "2025-03-12"
    of_march = [
        event
        for event in case.history("accrual.adjusted")
        if event["data"]["month"].startswith("2025-03")
    ]
    assert {event["effective_on"] for event in of_march} == {"2025-04-01"}
    assert sum(cents(event["data"]["delta"]["interest"]) for event in of_march) == -123_77
    assert march(case) == before


def test_interest_is_what_it_would_be_with_open_books(house: Firm) -> None:
    house.admin.post("/accounting-periods/2025-03/close")
    case, through = house.e3_loan(), date(2025, 5, 20)

    case.close_business(through.isoformat())

    months = {name: cents(month["accrued"]) for name, month in case.months().items()}
    reckoned = expected.months(expected.e3(), through)
    assert months | {"2025-05": cents(case.read()["accrued_interest"])} == reckoned


def test_months_close_in_order_once_and_when_they_are_over(house: Firm) -> None:
    house.admin.post("/accounting-periods/2025-03/close")
    head = house.head()

    assert house.admin.post("/accounting-periods/2025-03/close")["closed_through"] == "2025-03-31"
    early = house.admin.refused("/accounting-periods/2025-05/close")
    assert early["code"] == "PERIOD_OUT_OF_ORDER"
    running = house.admin.refused("/accounting-periods/2099-05/close")
    assert running["code"] == "PERIOD_NOT_OVER"
    assert house.head() == head


def test_money_of_a_closed_month_leaves_its_figures_alone(house: Firm) -> None:
    case = house.e3_at_may_first()
    house.admin.post("/accounting-periods/2025-03/close")
    before = march(case)

    case.serve("payments", {"amount": "50000.00", "received_on": "2025-03-20", "method": "CHECK"})

    (payment,) = case.history("loan.payment_received")
    assert payment["effective_on"] == "2025-04-01"
    assert payment["data"]["received_on"] == "2025-03-20"
    assert march(case) == before
    assert case.read()["unapplied"] == "0.00"
