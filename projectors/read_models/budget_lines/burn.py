"""How fast budgets burn, and which of them to look at.

**Source**: `RULES.md`, "Dashboards".
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import orjson

from domain.budgets.state import Budget, BudgetLine, Category
from domain.kernel.rounding import to_cents
from projectors.engine.projection import Key, Row
from projectors.read_models.budget_lines.table import NO_COVER
from projectors.schema import EVERYBODY

OVERFUNDED_POINTS_MAX = 5
"""By how many percent of a line the money may be ahead of the work before somebody looks."""
COVER_MIN = 1
"""Below this, less of the contingency is left than of the hard cost that it is there for."""


def is_overfunded(line: BudgetLine) -> bool:
    """Whether more has been billed on the line, by over five points, than was found in place."""
    if line.accepted_rate is None or not line.budget_cents:
        return False
    burnt = Fraction(line.gross_cents, line.budget_cents)
    return (burnt - Fraction(line.accepted_rate)) * 100 > OVERFUNDED_POINTS_MAX


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


def flags_of(budget: Budget, base_cents: int) -> dict[str, Any]:
    """The columns that say what to look at; the cover to four places, half up."""
    cover = contingency_cover(budget, base_cents)
    is_thin = cover is not None and cover < COVER_MIN
    overfunded = sum(is_overfunded(line) for line in budget.lines)
    return {
        "contingency_cover": NO_COVER
        if cover is None
        else Decimal(to_cents(cover * 10_000)) / 10_000,
        "is_thin": is_thin,
        "overfunded_lines": overfunded,
        "is_flagged": bool(overfunded) or is_thin,
    }


def sums_of(budget: Budget) -> dict[str, list[int]]:
    """By category: lines, their budget, what was billed, the retainage, overfunded lines."""
    sums: dict[str, list[int]] = {}
    for line in budget.lines:
        held = sums.setdefault(line.category.value, [0] * 5)
        of_line = (
            1,
            line.budget_cents,
            line.gross_cents,
            line.withheld_cents,
            int(is_overfunded(line)),
        )
        for at, amount in enumerate(of_line):
            held[at] += amount
    return sums


def totals_of(row: Row) -> Mapping[Key, Sequence[int]]:
    """What a live loan's budget adds to the sums by category."""
    if not row["is_live"]:
        return {}
    return {
        (builder, category, row["partition"]): sums
        for category, sums in orjson.loads(row["categories"]).items()
        for builder in (row["builder_user_id"], EVERYBODY)
    }


def counts_of(row: Row) -> Mapping[Key, Sequence[int]]:
    """A live loan's budget, and its flags."""
    if not row["is_live"]:
        return {}
    flags = (
        1,
        int(row["is_flagged"]),
        int(row["overfunded_lines"] > 0),
        int(row["is_thin"]),
    )
    return {(builder, row["partition"]): flags for builder in (row["builder_user_id"], EVERYBODY)}
