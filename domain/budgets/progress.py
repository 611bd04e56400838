"""Accepted progress and cost to complete: what is recorded of a budget's lines as work goes on."""

from datetime import date

from domain.budgets.events import LineCost, LineProgress
from domain.budgets.refusals import (
    ESTIMATE_NEGATIVE,
    ESTIMATE_NOT_APPLICABLE,
    ESTIMATE_OUT_OF_ORDER,
    INSPECTION_OUT_OF_ORDER,
    LINE_TWICE,
    PROGRESS_NOT_APPLICABLE,
    PROGRESS_OUT_OF_RANGE,
)
from domain.budgets.state import DRAWABLE, Budget, BudgetLine, Category, LineChange
from domain.kernel.errors import Detail
from domain.kernel.money import format_money
from domain.kernel.rates import format_rate
from domain.kernel.values import replace


def check_progress(budget: Budget, inspected_on: date, lines: tuple[LineProgress, ...]) -> None:
    """Check what an accepted inspection says.

    Args:
        budget: with the inspections before it.
        inspected_on: the day of the inspection; one found later on a line is not replaced by an
            earlier one, and one of the same day is corrected.
        lines: fractions from 0 to 1, a line at most once.

    Raises:
        RuleBroken: ``LINE_TWICE``, ``LINE_NOT_IN_BUDGET``, ``PROGRESS_NOT_APPLICABLE``,
            ``PROGRESS_OUT_OF_RANGE`` or ``INSPECTION_OUT_OF_ORDER``. **Source**: `RULES.md`,
            "Draw policy".
    """
    _check_once([str(found.line_id) for found in lines])
    for found in lines:
        line = budget.line(found.line_id)
        if line.category not in DRAWABLE:
            raise PROGRESS_NOT_APPLICABLE(
                f"Line {line.code} is {line.category}: there is no work on it to inspect.",
                [Detail("lines", line.code)],
            )
        if not 0 <= found.accepted_rate <= 1:
            raise PROGRESS_OUT_OF_RANGE(
                "Between nothing and all of a line is in place.",
                [Detail(line.code, f"{format_rate(found.accepted_rate)} is not from 0 to 1")],
            )
        if line.inspected_on is not None and inspected_on < line.inspected_on:
            raise INSPECTION_OUT_OF_ORDER(
                f"Line {line.code} was inspected later than that.",
                [Detail("inspected_on", f"must be {line.inspected_on} or later")],
            )


def check_costs(budget: Budget, estimated_on: date, lines: tuple[LineCost, ...]) -> None:
    """Check an estimate of the cost to complete.

    Args:
        budget: with the estimates before it.
        estimated_on: the day of the estimate; an earlier one does not replace a later one.
        lines: whole cents, zero or more, a line at most once.

    Raises:
        RuleBroken: ``LINE_TWICE``, ``LINE_NOT_IN_BUDGET``, ``ESTIMATE_NOT_APPLICABLE``,
            ``ESTIMATE_NEGATIVE`` or ``ESTIMATE_OUT_OF_ORDER``. **Source**: `RULES.md`,
            "In balance".
    """
    _check_once([str(cost.line_id) for cost in lines])
    for cost in lines:
        line = budget.line(cost.line_id)
        if line.category is Category.CONTINGENCY:
            raise ESTIMATE_NOT_APPLICABLE(
                f"Line {line.code} is contingency, which is not a cost.",
                [Detail("lines", line.code)],
            )
        if cost.cost_to_complete_cents < 0:
            raise ESTIMATE_NEGATIVE(
                "Finishing a line does not cost less than nothing.",
                [Detail(line.code, format_money(cost.cost_to_complete_cents))],
            )
        if line.estimated_on is not None and estimated_on < line.estimated_on:
            raise ESTIMATE_OUT_OF_ORDER(
                f"Line {line.code} was estimated later than that.",
                [Detail("estimated_on", f"must be {line.estimated_on} or later")],
            )


def _check_once(line_ids: list[str]) -> None:
    if len(set(line_ids)) != len(line_ids):
        raise LINE_TWICE("A line is named twice.")


def with_accepted_progress(
    budget: Budget, inspected_on: date, lines: tuple[LineProgress, ...]
) -> Budget:
    """The budget after an inspection was accepted; lines that it does not name keep theirs."""
    rates = {found.line_id: found.accepted_rate for found in lines}
    return replace(
        budget,
        lines=tuple(
            replace(line, accepted_rate=rates[line.line_id], inspected_on=inspected_on)
            if line.line_id in rates
            else line
            for line in budget.lines
        ),
    )


def with_cost_to_complete(
    budget: Budget, estimated_on: date, lines: tuple[LineCost, ...]
) -> Budget:
    """The budget after an estimate; lines that it does not name keep theirs.

    What is kept is the cost at completion, the estimate and all that had been funded by then, so
    that later funding, or undoing some, moves the cost to complete by its gross.
    """
    costs = {cost.line_id: cost.cost_to_complete_cents for cost in lines}
    return replace(
        budget,
        lines=tuple(
            replace(
                line,
                estimated_cents=line.gross_cents + costs[line.line_id],
                estimated_on=estimated_on,
            )
            if line.line_id in costs
            else line
            for line in budget.lines
        ),
    )


def with_work_changed(budget: Budget, deltas: tuple[LineChange, ...]) -> Budget:
    """The budget with its estimates moved by a change order, which changes the work itself.

    A reallocation pays for the same work from another line, and so moves no estimate.
    """
    by_line = {delta.line_id: delta.delta_cents for delta in deltas}
    return replace(
        budget,
        lines=tuple(_re_estimated(line, by_line.get(line.line_id, 0)) for line in budget.lines),
    )


def _re_estimated(line: BudgetLine, delta_cents: int) -> BudgetLine:
    if line.estimated_cents is None or not delta_cents:
        return line
    return replace(line, estimated_cents=max(0, line.estimated_cents + delta_cents))
