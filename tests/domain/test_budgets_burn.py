"""How far the money may be ahead of the work, and what of a budget is in place."""

from decimal import Decimal
from fractions import Fraction

import pytest

from domain.budgets.burn import (
    contingency_cents,
    contingency_cover,
    is_overfunded,
    is_thin,
    overfunding_points,
    percent_complete,
)
from domain.budgets.state import Category
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from tests.scenario import MEP, line_id, three_draws

BUDGET = three_draws().the_loan.budget


@pytest.mark.parametrize(
    ("gross_cents", "accepted", "points", "over"),
    [
        (60_00, "0.55", Fraction(5), False),
        (60_01, "0.55", Fraction(501, 100), True),
        (50_00, "0.55", Fraction(-5), False),
        (60_00, None, None, False),
    ],
)
def test_a_line_is_overfunded_one_hundredth_of_a_point_over_five(
    gross_cents: int, accepted: str | None, points: Fraction | None, over: bool
) -> None:
    rate = None if accepted is None else Decimal(accepted)
    billed = BUDGET.line(line_id(MEP))
    line = replace(
        billed,
        budget_cents=100_00,
        completed_cents=billed.completed_cents + gross_cents - billed.gross_cents,
        accepted_rate=rate,
    )
    assert overfunding_points(gross_cents, 100_00, rate) == points
    assert is_overfunded(line) is over


def test_nothing_is_ahead_on_a_line_without_a_budget() -> None:
    assert overfunding_points(0, 0, Decimal(1)) is None


def test_a_cover_of_one_is_not_thin() -> None:
    assert not is_thin(Fraction(1))
    assert is_thin(Fraction(999_999, 1_000_000))
    assert not is_thin(None)
    assert contingency_cover(BUDGET, 0) is None
    cover = contingency_cover(BUDGET, contingency_cents(BUDGET))
    assert cover is not None
    assert cover > 1


def test_an_inspected_line_is_complete_as_found_and_another_as_billed() -> None:
    hard = [line for line in BUDGET.lines if line.category is Category.HARD]
    whole = sum(line.budget_cents for line in hard)
    billed = sum(line.gross_cents for line in hard)
    assert percent_complete(BUDGET) == round(Decimal(billed) / whole, 4)
    found = tuple(
        replace(line, accepted_rate=Rate("0.5")) if line in hard else line for line in BUDGET.lines
    )
    assert percent_complete(replace(BUDGET, lines=found)) == Decimal("0.5")
