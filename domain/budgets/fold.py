"""What money, commitments and change orders leave of a budget: each a fold of one fact."""

from uuid import UUID

from domain.budgets.state import (
    Budget,
    BudgetLine,
    LineAdvance,
    LineAmount,
    LineChange,
    Reservation,
    Source,
)
from domain.kernel.values import replace


def with_equity_spent(budget: Budget) -> Budget:
    """The budget after closing established what the borrower's equity had paid for."""
    spent: dict[UUID, int] = {}
    for source in budget.sources:
        if source.spent_on_line is not None:
            spent[source.spent_on_line] = spent.get(source.spent_on_line, 0) + source.amount_cents
    return replace(
        budget,
        lines=tuple(
            replace(line, equity_cents=line.equity_cents + spent.get(line.line_id, 0))
            for line in budget.lines
        ),
    )


def with_closing_reversed(budget: Budget) -> Budget:
    """The budget after the closing was undone: nothing has been spent on it."""
    return replace(budget, lines=tuple(replace(line, equity_cents=0) for line in budget.lines))


def with_changes(
    budget: Budget, changes: tuple[LineChange, ...], sources: tuple[Source, ...] = ()
) -> Budget:
    """The budget with some lines raised or cut, and new money that pays for the difference."""
    deltas = {change.line_id: change.delta_cents for change in changes}
    return replace(
        budget,
        lines=tuple(
            replace(line, budget_cents=line.budget_cents + deltas.get(line.line_id, 0))
            for line in budget.lines
        ),
        sources=(*budget.sources, *sources),
    )


def with_closing_advance(budget: Budget, advanced: tuple[LineAmount, ...]) -> Budget:
    """The budget after the closing advance."""
    amounts = {line.line_id: line.amount_cents for line in advanced}
    return replace(
        budget,
        lines=tuple(
            replace(line, closing_cents=line.closing_cents + amounts.get(line.line_id, 0))
            for line in budget.lines
        ),
    )


def with_advance(budget: Budget, draw_id: UUID, advances: tuple[LineAdvance, ...]) -> Budget:
    """The budget after a draw was funded: its reservation has become an advance."""
    by_line = {advance.line_id: advance for advance in advances}
    return replace(
        budget,
        reservations=_others(budget, draw_id),
        lines=tuple(
            _advanced(line, by_line[line.line_id]) if line.line_id in by_line else line
            for line in budget.lines
        ),
    )


def _advanced(line: BudgetLine, advance: LineAdvance) -> BudgetLine:
    return replace(
        line,
        completed_cents=line.completed_cents + advance.completed_cents,
        stored_cents=line.stored_cents + advance.stored_delta_cents,
        withheld_cents=line.withheld_cents + advance.withheld_cents - advance.released_cents,
        released_cents=line.released_cents + advance.released_cents,
    )


def with_advance_reversed(
    budget: Budget, draw_id: UUID, advances: tuple[LineAdvance, ...]
) -> Budget:
    """The budget as if this draw had not been funded, whatever was funded since.

    Every figure of an advance is a change, so undoing it is a subtraction; a line's stored
    materials or retainage may be below zero until the draw is recorded again.
    """
    undone = tuple(
        LineAdvance(
            line_id=advance.line_id,
            completed_cents=-advance.completed_cents,
            stored_cents=-advance.stored_cents,
            withheld_cents=-advance.withheld_cents,
            released_cents=-advance.released_cents,
            net_cents=-advance.net_cents,
        )
        for advance in advances
    )
    return with_advance(budget, draw_id, undone)


def with_capitalised(budget: Budget, lines: tuple[LineAmount, ...]) -> Budget:
    """The budget after interest was paid from reserve lines or, below zero, given back to them."""
    amounts = {line.line_id: line.amount_cents for line in lines}
    return replace(
        budget,
        lines=tuple(
            replace(line, capitalised_cents=line.capitalised_cents + amounts.get(line.line_id, 0))
            for line in budget.lines
        ),
    )


def with_reservation(budget: Budget, reservation: Reservation) -> Budget:
    """The budget with a draw's reservation, in place of any it held before."""
    return replace(budget, reservations=(*_others(budget, reservation.draw_id), reservation))


def without_reservation(budget: Budget, draw_id: UUID) -> Budget:
    """The budget without what this draw held."""
    return replace(budget, reservations=_others(budget, draw_id))


def _others(budget: Budget, draw_id: UUID) -> tuple[Reservation, ...]:
    return tuple(held for held in budget.reservations if held.draw_id != draw_id)
