"""What is past due, at the boundaries of its buckets, and what bears no income."""

from datetime import date
from uuid import UUID

import pytest

from domain.budgets.commands import ReallocateBudget
from domain.budgets.state import LineChange
from domain.defaults.commands import ChangeAccrualStatus
from domain.defaults.events import AccrualStatus
from domain.payments.commands import RecordPayment
from runtime.ids import new_id
from tests.integration.query.conftest import Desk
from tests.scenario import (
    CONTINGENCY,
    RESERVE,
    line_id,
)


async def without_reserve(desk: Desk, closes_on: date) -> UUID:
    """A loan whose interest is billed, because its reserve was moved elsewhere."""
    loan_id = await desk.office.active_loan()
    moves = (
        LineChange(line_id(RESERVE), -50_000_00),
        LineChange(line_id(CONTINGENCY), 50_000_00),
    )
    await desk.office.on_loan(loan_id, ReallocateBudget(moves, "billed"), date(2025, 1, 15))
    await desk.office.close_business(loan_id, closes_on)
    return loan_id


@pytest.mark.parametrize(
    ("on", "days", "bucket"),
    [
        ("2025-02-01", 0, "CURRENT"),
        ("2025-02-02", 1, "1-29"),
        ("2025-03-02", 29, "1-29"),
        ("2025-03-03", 30, "30-59"),
        ("2025-04-01", 59, "30-59"),
        ("2025-04-02", 60, "60-89"),
        ("2025-05-01", 89, "60-89"),
        ("2025-05-02", 90, "90+"),
    ],
)
async def test_days_past_due_fall_into_buckets(desk: Desk, on: str, days: int, bucket: str) -> None:
    await without_reserve(desk, date(2025, 2, 1))
    shown = await desk.figures("delinquency", on)
    counts = {one["bucket"]: one["count"] for one in shown["buckets"]}
    assert counts == {"CURRENT": 0, "1-29": 0, "30-59": 0, "60-89": 0, "90+": 0} | {bucket: 1}
    if days:
        (listed,) = shown["loans"]
        assert (listed["days_past_due"], listed["bucket"]) == (days, bucket)
        assert listed["past_due"] == shown["past_due"]["past_due"] == "161.15"
        assert shown["past_due"]["principal"] == "35000.00"
    else:
        assert shown["loans"] == []
        assert shown["past_due"] == {"count": 0, "past_due": "0.00", "principal": "0.00"}


async def test_past_maturity_principal_is_past_due_too(desk: Desk) -> None:
    await desk.office.active_loan()
    on_the_day = await desk.figures("delinquency", "2026-01-15")
    assert on_the_day["past_due"]["count"] == 0
    day_after = await desk.figures("delinquency", "2026-01-16")
    assert day_after["past_due"] == {
        "count": 1,
        "past_due": "35000.00",
        "principal": "35000.00",
    }
    assert day_after["loans"][0]["days_past_due"] == 1


async def test_a_payment_makes_a_loan_current_again(desk: Desk) -> None:
    loan_id = await without_reserve(desk, date(2025, 2, 1))
    paid_on = date(2025, 2, 5)
    payment = RecordPayment(new_id(), 1_000_00, paid_on, "WIRE")
    await desk.office.service(loan_id, payment, paid_on)
    shown = await desk.figures("delinquency", "2025-02-06")
    assert shown["past_due"]["count"] == 0


async def test_non_accrual_principal_is_counted(desk: Desk) -> None:
    loan_id = await desk.office.active_loan()
    await desk.office.active_loan()
    on = date(2025, 2, 3)
    await desk.office.service(loan_id, ChangeAccrualStatus(AccrualStatus.NONACCRUAL, on), on)
    shown = await desk.figures("delinquency", "2025-02-04")
    assert shown["non_accrual"] == {"count": 1, "principal": "35000.00"}
    portfolio = await desk.figures("portfolio", "2025-02-04")
    assert portfolio["non_accrual"] == shown["non_accrual"]
