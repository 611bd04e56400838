"""Accepted progress and the cost to complete, line by line, as work is funded and undone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.budgets.commands import (
    ApproveChangeOrder,
    ReallocateBudget,
    RecordAcceptedProgress,
    RecordCostToComplete,
)
from domain.budgets.events import LineCost, LineProgress
from domain.budgets.state import LineChange, Source, SourceKind
from domain.kernel.money import parse_money
from domain.kernel.rates import Rate
from domain.loans.commands import LoanCommand
from tests.domain.draw_controls import DAY, refused, reverse
from tests.scenario import (
    CONTINGENCY,
    FINISHES,
    LAND,
    MEP,
    RESERVE,
    Desk,
    draw_id,
    e3_terms,
    line_id,
    three_draws,
)

ONE_DAY = timedelta(days=1)


def progress(rate: str, code: str = MEP, on: date = DAY) -> RecordAcceptedProgress:
    return RecordAcceptedProgress(on, (LineProgress(line_id(code), Rate(rate)),))


def estimate(amount: str, code: str = MEP, on: date = DAY) -> RecordCostToComplete:
    return RecordCostToComplete(on, (LineCost(line_id(code), parse_money(amount)),))


def cost(desk: Desk, code: str = MEP) -> int:
    return desk.the_loan.budget.line(line_id(code)).cost_to_complete_cents


def code_of(desk: Desk, command: LoanCommand) -> str:
    return refused(desk, lambda: desk.on_loan(command)).code


@pytest.mark.parametrize("rate", ["0", "0.00000001", "1"])
def test_any_part_of_a_line_from_nothing_to_all_may_be_in_place(rate: str) -> None:
    desk = three_draws()

    desk.on_loan(progress(rate))

    line = desk.the_loan.budget.line(line_id(MEP))
    assert (line.accepted_rate, line.inspected_on) == (Decimal(rate), DAY)


@pytest.mark.parametrize("rate", ["-0.00000001", "1.00000001"])
def test_less_than_nothing_or_more_than_all_is_refused(rate: str) -> None:
    assert code_of(three_draws(), progress(rate)) == "PROGRESS_OUT_OF_RANGE"


def test_an_inspection_of_the_same_day_corrects_and_one_of_the_day_before_is_refused() -> None:
    desk = three_draws()
    desk.on_loan(progress("0.5"))

    assert code_of(desk, progress("0.6", on=DAY - ONE_DAY)) == "INSPECTION_OUT_OF_ORDER"
    assert desk.on_loan(progress("0.4"))
    assert desk.on_loan(progress("0.6", FINISHES, DAY - ONE_DAY))


def test_the_same_inspection_again_decides_nothing() -> None:
    desk = three_draws()
    desk.on_loan(progress("0.5"))

    assert desk.on_loan(progress("0.50")) == []


@pytest.mark.parametrize("code", [LAND, CONTINGENCY, RESERVE])
def test_only_lines_with_work_on_them_are_inspected(code: str) -> None:
    assert code_of(three_draws(), progress("0.5", code)) == "PROGRESS_NOT_APPLICABLE"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (estimate("-0.01"), "ESTIMATE_NEGATIVE"),
        (estimate("1.00", CONTINGENCY), "ESTIMATE_NOT_APPLICABLE"),
        (estimate("1.00", "NOWHERE"), "LINE_NOT_IN_BUDGET"),
        (
            RecordCostToComplete(DAY, 2 * (LineCost(line_id(MEP), 1),)),
            "LINE_TWICE",
        ),
        (
            RecordAcceptedProgress(DAY, 2 * (LineProgress(line_id(MEP), Rate(1)),)),
            "LINE_TWICE",
        ),
    ],
)
def test_an_estimate_that_makes_no_sense_is_refused(command: LoanCommand, code: str) -> None:
    assert code_of(three_draws(), command) == code


def test_an_older_estimate_does_not_replace_a_newer_one() -> None:
    desk = three_draws()
    desk.on_loan(estimate("30000.00"))
    assert desk.on_loan(estimate("30000.00")) == []

    assert code_of(desk, estimate("1.00", on=DAY - ONE_DAY)) == "ESTIMATE_OUT_OF_ORDER"


def test_a_loan_that_is_not_closed_has_no_progress_and_no_estimates() -> None:
    desk = Desk()
    desk.originate(e3_terms())

    assert code_of(desk, progress("0.5")) == "LOAN_NOT_ACTIVE"
    assert code_of(desk, estimate("1.00")) == "LOAN_NOT_ACTIVE"


def test_until_somebody_estimates_a_line_costs_what_is_unbilled_and_contingency_nothing() -> None:
    desk = three_draws()

    assert (cost(desk), cost(desk, CONTINGENCY)) == (2_500_000, 0)


def test_funded_work_takes_its_gross_off_an_estimate_and_never_makes_it_negative() -> None:
    desk = three_draws()
    desk.on_loan(estimate("20000.00"))
    desk.approved(draw_id(4), {MEP: ("19999.99", "0.00", "0.00")}, date(2025, 5, 1))
    assert cost(desk) == 2_000_000

    desk.funded(draw_id(5), {MEP: ("5000.00", "0.00", "0.00")}, date(2025, 5, 1))
    assert cost(desk) == 1_500_000

    desk.on_loan(estimate("10.00"))
    desk.funded(draw_id(6), {MEP: ("0.01", "0.00", "0.00")}, date(2025, 5, 2))
    assert cost(desk) == 999


def test_work_beyond_the_estimate_leaves_no_cost_and_undoing_it_brings_the_cost_back() -> None:
    desk = three_draws()
    desk.on_loan(estimate("1000.00"))
    desk.funded(draw_id(4), {MEP: ("1500.00", "0.00", "0.00")}, date(2025, 5, 1))
    assert cost(desk) == 0

    reverse(desk, draw_id(4), date(2025, 5, 1))

    assert cost(desk) == 100_000


def test_a_change_order_moves_an_estimate_and_a_reallocation_does_not() -> None:
    desk = three_draws()
    desk.on_loan(estimate("30000.00"))
    moves = (LineChange(line_id(MEP), 500_000), LineChange(line_id(CONTINGENCY), -500_000))
    desk.on_loan(ReallocateBudget(moves, "Dearer pipes"))
    assert cost(desk) == 3_000_000

    equity = Source(SourceKind.EQUITY, 700_000)
    more = (LineChange(line_id(MEP), 700_000),)
    desk.on_loan(ApproveChangeOrder("CO-1", more, (equity,)))
    assert cost(desk) == 3_700_000
