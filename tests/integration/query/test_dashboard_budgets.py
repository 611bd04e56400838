"""Budgets: what is billed ahead of the work, and what is left for surprises."""

from datetime import date
from typing import Any

from domain.budgets.commands import ReallocateBudget, RecordAcceptedProgress
from domain.budgets.events import LineProgress
from domain.budgets.state import LineChange
from domain.kernel.rates import Rate
from tests.integration.query.conftest import Desk
from tests.scenario import (
    CONTINGENCY,
    FINISHES,
    FRAMING,
    MEP,
    line_id,
)


async def test_a_line_is_overfunded_beyond_five_points(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    # Framing is billed in full, MEP for 160,000.00 x 0.84375.
    for framing, mep, flagged in (("0.95", "0.8", 0), ("0.9499", "0.7", 2)):
        found = (
            LineProgress(line_id(FRAMING), Rate(framing)),
            LineProgress(line_id(MEP), Rate(mep)),
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
