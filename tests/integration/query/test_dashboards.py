"""The figures of the dashboards, each at the boundaries of its definition."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.budgets.events import LineProgress
from domain.budgets.state import LineChange
from domain.kernel.actors import Role
from domain.loans.commands import ReallocateBudget, RecordAcceptedProgress
from domain.loans.life_events import AccrualStatus
from domain.servicing.commands import ChangeAccrualStatus, RecordPayment
from runtime.ids import new_id
from tests.integration.query.conftest import Desk
from tests.scenario import (
    CONTINGENCY,
    FINISHES,
    FRAMING,
    MEP,
    RESERVE,
    line_id,
)

DASHBOARDS = ("portfolio", "draws", "maturities", "delinquency", "reserves", "budget-burn")


async def test_a_loan_matures_within_days_from_tomorrow_to_the_last_of_them(desk: Desk) -> None:
    await desk.office.active_loan()
    matures_on = date(2026, 1, 15)
    for days in (30, 60, 90, 180):
        for ahead, counts in ((days, 1), (days + 1, 0), (1, 1)):
            on = (matures_on - timedelta(days=ahead)).isoformat()
            shown = await desk.figures("maturities", on)
            bucket = next(one for one in shown["maturing"] if one["within_days"] == days)
            assert bucket["count"] == counts, (days, ahead)
            assert shown["matured_unpaid"]["count"] == 0
    (listed,) = shown["loans"]
    assert listed["days_to_maturity"] == 1
    assert listed["percent_complete"] == "0.0000"
    matured = await desk.figures("maturities", "2026-01-15")
    assert [one["count"] for one in matured["maturing"]] == [0, 0, 0, 0]
    assert matured["matured_unpaid"] == {
        "count": 1,
        "principal": "35000.00",
        "commitment": "960000.00",
    }
    assert matured["loans"][0]["is_matured"] is True
    assert (await desk.figures("maturities", "2025-11-16", within_days=30))["loans"] == []
    assert len((await desk.figures("maturities", "2025-11-16", within_days=60))["loans"]) == 1


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


async def test_a_reserve_lasts_flat_days(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    await desk.office.close_business(loan_id, date(2025, 5, 1))
    shown = await desk.figures("reserves", "2025-05-01")
    (listed,) = shown["loans"]
    assert shown["reserves"] == {"count": 1, "balance": "41576.26"}
    assert (listed["reserve"], listed["principal"]) == ("41576.26", "671923.74")
    assert (listed["flat_days"], listed["rate"]) == ("228.47", "0.0975")


async def test_on_non_accrual_no_day_takes_of_the_reserve(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    on = date(2025, 5, 1)
    await desk.office.close_business(loan_id, on)
    await desk.office.service(loan_id, ChangeAccrualStatus(AccrualStatus.NONACCRUAL, on), on)
    shown = await desk.figures("reserves", "2025-05-01")
    assert [loan["flat_days"] for loan in shown["loans"]] == [None]


async def test_a_line_is_overfunded_beyond_five_points(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    # Framing is billed in full, MEP for 160,000.00 x 0.84375.
    for framing, mep, flagged in (("0.95", "0.8", 0), ("0.9499", "0.7", 2)):
        found = (
            LineProgress(line_id(FRAMING), Decimal(framing)),
            LineProgress(line_id(MEP), Decimal(mep)),
        )
        on = date(2025, 4, 20)
        await desk.office.on_loan(loan_id, RecordAcceptedProgress(on, found), on)
        shown = await desk.figures("budget-burn", "2025-04-20")
        (listed,) = shown["loans"]
        assert listed["overfunded_lines"] == flagged
        assert shown["overfunded"] == shown["flagged"] == bool(flagged)
    lines = {line["code"]: line for line in listed["lines"]}
    assert lines["FRAMING"]["burn"] == "1.0000"
    assert lines["FRAMING"]["physical"] == "0.9499"
    assert lines["FRAMING"]["overfunding_points"] == "5.01"
    assert lines["FINISHES"]["physical"] is None
    hard = next(one for one in shown["by_category"] if one["category"] == "HARD")
    assert (hard["budget"], hard["gross"], hard["burn"]) == (
        "780000.00",
        "645000.00",
        "0.8269",
    )
    assert await desk.figures("budget-burn", "2025-04-20", flagged="false") | {
        "loans": []
    } == shown | {"loans": []}


async def test_contingency_cover_is_what_is_left_of_it_over_what_is_left_of_hard_cost(
    desk: Desk,
) -> None:
    loan_id = await desk.office.active_loan()

    async def cover(moved_cents: int) -> Any:
        moves = (
            LineChange(line_id(CONTINGENCY), -moved_cents),
            LineChange(line_id(FINISHES), moved_cents),
        )
        await desk.office.on_loan(loan_id, ReallocateBudget(moves, "more"), date(2025, 2, 1))
        shown = await desk.figures("budget-burn", "2025-02-01")
        return shown["loans"][0]["contingency_cover"], shown["thin_contingency"]

    shown = await desk.figures("budget-burn", "2025-02-01")
    assert (shown["loans"][0]["contingency_cover"], shown["thin_contingency"]) == ("1.0000", 0)
    assert await cover(1) == ("1.0000", 1)
    assert await cover(24_749_99) == ("0.5050", 1)


async def test_a_deficient_loan_and_stale_ones_show_in_the_portfolio(desk: Desk) -> None:
    await desk.office.three_draw_loan()
    for on, inspection, funding in (
        ("2025-03-01", 0, 0),
        ("2025-03-02", 1, 0),
        ("2025-06-14", 1, 0),
        ("2025-06-15", 1, 1),
    ):
        stale = (await desk.figures("portfolio", on))["staleness"]
        assert stale["inspection"] == {"flag_after_days": 45, "loans": inspection}, on
        assert stale["funding"] == {"flag_after_days": 60, "loans": funding}, on
    balance = (await desk.figures("portfolio", "2025-06-15"))["in_balance"]
    assert balance == {"deficient": 0, "deficiency": "0.00"}


async def test_interest_is_part_of_exposure_and_ties_out(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    await desk.office.close_business(loan_id, date(2025, 5, 20))
    figures = await desk.figures("portfolio", "2025-05-20")
    assert figures["outstanding"] == "671923.74"
    assert figures["undisbursed"] == "288076.26"
    assert figures["accrued_interest"] == "3457.61"
    assert figures["exposure"] == "963457.61"
    assert figures["interest_reserves"] == "41576.26"
    assert figures["tie_out"]["difference"] == "0.00"


@pytest.mark.parametrize("name", DASHBOARDS)
async def test_builders_see_their_own_figures_only(desk: Desk, name: str) -> None:
    other = UUID("01936f5e-0000-7000-8000-00000000beef")
    await desk.office.approved_draw(await desk.office.active_loan(builder=other))
    path, on = f"/dashboards/{name}", "2026-02-01"
    mine = (await desk.builder(path, as_of=on)).json()
    theirs = (await desk.builder(path, other, as_of=on)).json()
    everybody = (await desk.get(path, as_of=on)).json()
    for lists in ("loans", "draws"):
        if isinstance(everybody["data"].get(lists), list):
            assert mine["data"][lists] == []
            assert mine["meta"]["total"] == 0
            assert theirs["data"][lists] == everybody["data"][lists]
    everybody["data"].pop("tie_out", None)
    assert theirs["data"] == everybody["data"]
    assert mine["data"] != theirs["data"] or name == "reserves"


@pytest.mark.parametrize("name", DASHBOARDS)
async def test_a_dashboard_takes_only_what_it_knows(desk: Desk, name: str) -> None:
    for params in ({"colour": "red"}, {"as_of": "yesterday"}, {"page_size": 101}):
        answer = await desk.get(f"/dashboards/{name}", **params)
        assert answer.status_code == 400, params
    for role in (Role.DESIGN, Role.ENTITLEMENT):
        assert (await desk.get(f"/dashboards/{name}", role)).status_code == 403
    today = await desk.data(f"/dashboards/{name}", Role.AUDITOR)
    assert today["as_of_position"] == today["lag_events"] == 0


async def test_borrowers_are_named_by_their_part_of_the_exposure(desk: Desk) -> None:
    await desk.office.active_loan()
    await desk.office.active_loan()
    assert "top_borrowers" not in await desk.figures("portfolio", "2025-02-01")
    shown = await desk.figures("portfolio", "2025-02-01", top_borrowers=5)
    (borrower,) = shown["top_borrowers"]
    assert borrower["borrower_name"] == "Maple Street Homes LLC"
    assert (borrower["loans"], borrower["concentration"]) == (2, "1.0000")
    assert borrower["exposure"] == shown["exposure"] == "1920000.00"
    mine = (await desk.builder("/dashboards/portfolio", top_borrowers=5)).json()["data"]
    assert "top_borrowers" not in mine
    assert (await desk.get("/dashboards/portfolio", top_borrowers=51)).status_code == 400
