"""What is past due, at the boundaries of its buckets, and what bears no income."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.budgets.commands import ReallocateBudget
from domain.budgets.state import LineChange
from domain.defaults.commands import ChangeAccrualStatus, DeclareDefault
from domain.defaults.delinquency import THRESHOLDS_DAYS, bucket_of
from domain.defaults.events import AccrualStatus
from domain.kernel.money import parse_money
from domain.payments.commands import RecordPayment
from runtime.ids import new_id
from tests.integration.query.conftest import Desk
from tests.scenario import (
    CONTINGENCY,
    RESERVE,
    line_id,
)

DUE_ON = date(2025, 2, 1)
BUCKETS = {
    0: "CURRENT",
    1: "1-29",
    29: "1-29",
    30: "30-59",
    59: "30-59",
    60: "60-89",
    89: "60-89",
    90: "90+",
}


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


@pytest.mark.parametrize("name", ["order", "sort_order"])
async def test_the_oldest_debt_comes_first_unless_the_order_is_given(desk: Desk, name: str) -> None:
    await without_reserve(desk, DUE_ON)
    paid_on = date(2025, 2, 5)
    paid = await without_reserve(desk, DUE_ON)
    await desk.office.service(paid, RecordPayment(new_id(), 161_15, paid_on, "WIRE"), paid_on)
    await desk.office.close_business(paid, date(2025, 3, 1))
    as_of = "2025-03-31"

    async def listed(**order: str) -> list[str]:
        shown = await desk.figures("delinquency", as_of, **order)
        return [one["days_past_due"] for one in shown["loans"]]

    oldest_first = await listed()
    assert oldest_first == sorted(oldest_first, reverse=True)
    assert await listed(**{name: "asc"}) == oldest_first[::-1] != oldest_first


async def test_days_past_due_fall_into_buckets(desk: Desk) -> None:
    await without_reserve(desk, DUE_ON)
    for days, bucket in BUCKETS.items():
        shown = await desk.figures("delinquency", (DUE_ON + timedelta(days)).isoformat())
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


async def test_event_statement_and_rule_agree_on_every_day_around_a_threshold(desk: Desk) -> None:
    """What was recorded of the loan, what SQL counts and what the domain says of the days."""
    loan_id = await without_reserve(desk, DUE_ON)
    for days in sorted({max(0, days + by) for days in THRESHOLDS_DAYS for by in (-1, 0, 1)}):
        on = DUE_ON + timedelta(days)
        await desk.office.close_business(loan_id, on)
        loan = await desk.data(f"/loans/{loan_id}")
        shown = await desk.figures("delinquency", on.isoformat())
        counted = {one["bucket"] for one in shown["buckets"] if one["count"]}
        listed = {one["bucket"] for one in shown["loans"]} or {"CURRENT"}
        assert {loan["delinquency"]} == counted == listed == {bucket_of(days).value}, days
        assert loan["past_due_amount"] == shown["past_due"]["past_due"], days


async def test_event_statement_and_rule_agree_on_the_days_around_maturity(desk: Desk) -> None:
    loan_id = await desk.office.active_loan()
    for days in (-1, 0, 1):
        on = date(2026, 1, 15) + timedelta(days)
        await desk.office.close_business(loan_id, on)
        loan = await desk.data(f"/loans/{loan_id}")
        shown = await desk.figures("delinquency", on.isoformat())
        counted = {one["bucket"] for one in shown["buckets"] if one["count"]}
        assert {loan["delinquency"]} == counted == {"CURRENT" if days < 1 else "1-29"}, days
        assert loan["past_due_amount"] == shown["past_due"]["past_due"], days


@pytest.mark.parametrize("declared_on", [date(2025, 2, 3), date(2026, 1, 17)])
async def test_of_a_loan_in_default_principal_is_past_due_from_the_day_after_maturity(
    desk: Desk, declared_on: date
) -> None:
    """It does not mature while it is in default, and is in a bucket long before its maturity."""
    loan_id = await without_reserve(desk, DUE_ON)
    await desk.office.close_business(loan_id, declared_on)
    await desk.office.service(loan_id, DeclareDefault(declared_on, "unpaid"), declared_on)
    for on in (date(2026, 1, day) for day in (14, 15, 16, 17, 18)):
        if on < declared_on:
            continue
        await desk.office.close_business(loan_id, on)
        loan = await desk.data(f"/loans/{loan_id}")
        shown = await desk.figures("delinquency", on.isoformat())
        (listed,) = shown["loans"]
        assert loan["state"] == "DEFAULT"
        assert loan["past_due_amount"] == listed["past_due"] == shown["past_due"]["past_due"], on
        behind = parse_money(listed["past_due"]) - parse_money(listed["interest_past_due"])
        assert behind == (parse_money(loan["principal"]) if on > date(2026, 1, 15) else 0), on


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
