"""How fast a budget burns, whether the work keeps pace, and what is left to cover surprises.

**Source**: `RULES.md`, "Dashboards".
"""

from decimal import Decimal
from fractions import Fraction

from domain.budgets.state import Budget, BudgetLine, Category
from domain.kernel.rounding import to_cents

OVERFUNDED_POINTS_MAX = 5
"""By how many percent of a line the money may be ahead of the work before somebody looks."""
COVER_MIN = 1
"""Below this, less of the contingency is left than of the hard cost that it is there for."""


def overfunding_points(
    gross_cents: int, budget_cents: int, accepted_rate: Decimal | None
) -> Fraction | None:
    """By how many percent of a line more is billed than was found in place.

    Args:
        gross_cents: what has been billed on the line.
        budget_cents: what the line may spend.
        accepted_rate: the part of it that the last accepted inspection found in place.

    Returns:
        Exact, below zero where the work is ahead; `None` of a line that is empty, or that nobody
        has inspected.
    """
    if accepted_rate is None or not budget_cents:
        return None
    # As whole numbers: a fraction is brought to lowest terms once.
    found, of = accepted_rate.as_integer_ratio()
    return Fraction(100 * (gross_cents * of - found * budget_cents), budget_cents * of)


def is_overfunded(line: BudgetLine) -> bool:
    """Whether more has been billed on the line, by over five points, than was found in place."""
    points = overfunding_points(line.gross_cents, line.budget_cents, line.accepted_rate)
    return points is not None and points > OVERFUNDED_POINTS_MAX


def contingency_cents(budget: Budget) -> int:
    """What the contingency lines hold now."""
    return sum(line.budget_cents for line in budget.lines if line.category is Category.CONTINGENCY)


def contingency_cover(budget: Budget, base_cents: int) -> Fraction | None:
    """The part of the contingency left over the part of the hard cost left.

    Args:
        budget: as it stands.
        base_cents: the contingency as originated and as change orders changed it.

    Returns:
        Exact; `None` without contingency or hard cost left to cover.
    """
    hard = [line for line in budget.lines if line.category is Category.HARD]
    whole = sum(line.budget_cents for line in hard)
    left = sum(line.unbilled_cents for line in hard)
    if base_cents <= 0 or left <= 0:
        return None
    held = sum(
        line.unbilled_cents for line in budget.lines if line.category is Category.CONTINGENCY
    )
    return Fraction(held, base_cents) / Fraction(left, whole)


def is_thin(cover: Fraction | None) -> bool:
    """Whether less of the contingency is left than of what it is there to cover."""
    return cover is not None and cover < COVER_MIN


def percent_complete(budget: Budget) -> Decimal:
    """How much of the hard cost is in place, a fraction to four places, half up.

    Of a line that was inspected, what the last accepted inspection found; of another, what was
    billed on it.
    """
    hard = [line for line in budget.lines if line.category is Category.HARD]
    whole = sum(line.budget_cents for line in hard)
    if not whole:
        return Decimal(0)
    done = sum((_done(line) for line in hard), Fraction(0))
    return Decimal(to_cents(done * 10_000 / whole)) / 10_000


def _done(line: BudgetLine) -> Fraction:
    if line.accepted_rate is None:
        return Fraction(line.gross_cents)
    return Fraction(line.accepted_rate) * line.budget_cents
