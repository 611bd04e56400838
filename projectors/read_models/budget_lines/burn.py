"""What a budget adds to the sums over all of them, and which budgets to look at."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from domain.budgets.burn import contingency_cover, is_overfunded, is_thin
from domain.budgets.state import Budget
from domain.kernel.rounding import to_cents
from projectors.engine.projection import Key, RowValues
from projectors.read_models.budget_lines.table import NO_COVER
from projectors.schema import EVERYBODY


def flags_of(budget: Budget, base_cents: int) -> dict[str, Any]:
    """The columns that say what to look at; the cover to four places, half up."""
    cover = contingency_cover(budget, base_cents)
    thin = is_thin(cover)
    overfunded = sum(is_overfunded(line) for line in budget.lines)
    return {
        "contingency_cover": NO_COVER
        if cover is None
        else Decimal(to_cents(cover * 10_000)) / 10_000,
        "is_thin": thin,
        "overfunded_lines": overfunded,
        "is_flagged": bool(overfunded) or thin,
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


def totals_of(row: RowValues) -> Mapping[Key, Sequence[int]]:
    """What a live loan's budget adds to the sums by category."""
    if not row["is_live"]:
        return {}
    return {
        (builder, category, row["partition"]): sums
        for category, sums in orjson.loads(row["categories"]).items()
        for builder in (row["builder_user_id"], EVERYBODY)
    }


def counts_of(row: RowValues) -> Mapping[Key, Sequence[int]]:
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
