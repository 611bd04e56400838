"""What each event of a loan leaves of its budget."""

from typing import assert_never

from domain.budgets.events import (
    AcceptedProgressRecorded,
    BudgetEvent,
    BudgetReallocated,
    ChangeOrderApproved,
    CostToCompleteRecorded,
    DrawPolicyChanged,
)
from domain.budgets.fold import (
    with_advance,
    with_advance_reversed,
    with_capitalised,
    with_changes,
    with_closing_advance,
    with_closing_reversed,
    with_equity_spent,
    with_reservation,
    without_reservation,
)
from domain.budgets.progress import (
    with_accepted_progress,
    with_cost_to_complete,
    with_work_changed,
)
from domain.budgets.state import Budget, LineAmount, Reservation
from domain.loans.events import (
    AdvanceRecorded,
    AdvanceReversed,
    ClosingAdvanceRecorded,
    ClosingAdvanceReversed,
    DrawFundingStarted,
    DrawFundingStopped,
    DrawOpened,
    DrawReservationReleased,
    DrawReserved,
    DrawStopLifted,
    DrawStopPlaced,
    LoanApproved,
    LoanClosed,
    LoanClosingReversed,
    LoanDeclined,
    LoanEvent,
    LoanOriginated,
    LoanSubmitted,
    LoanWithdrawn,
    OpeningEvent,
    ReversalEvent,
)
from domain.receivables.events import (
    DueEvent,
    InterestBilled,
    InterestCapitalizationReversed,
    InterestCapitalized,
    InterestCredited,
    InterestRestated,
)


def budget_after(budget: Budget, event: LoanEvent) -> Budget:
    """What an event of the loan leaves of its budget: all of it, unless it is about budgets."""
    if isinstance(event, OpeningEvent):  # The most frequent first: each test costs.
        return _after_money(budget, event)
    if isinstance(event, DueEvent):
        return _after_interest(budget, event)
    if isinstance(event, ReversalEvent):
        return _after_reversal(budget, event)
    if isinstance(event, BudgetEvent):
        return _after_inspection(budget, event)
    return budget


def _after_money(budget: Budget, event: OpeningEvent) -> Budget:
    match event:
        case LoanOriginated():
            raise ValueError("a budget begins once")
        case LoanClosed():
            return with_equity_spent(budget)
        case ClosingAdvanceRecorded():
            return with_closing_advance(budget, event.lines)
        case DrawReserved():
            held = Reservation(event.draw_id, event.lines, event.deposit_cents or 0)
            return with_reservation(budget, held)
        case DrawReservationReleased():
            return without_reservation(budget, event.draw_id)
        case AdvanceRecorded():
            return with_advance(budget, event.draw_id, event.lines)
        case BudgetReallocated():
            return with_changes(budget, event.moves)
        case ChangeOrderApproved():
            changed = with_changes(budget, event.deltas, event.sources)
            return with_work_changed(changed, event.deltas)
        case (
            LoanSubmitted()
            | LoanApproved()
            | LoanDeclined()
            | LoanWithdrawn()
            | DrawOpened()
            | DrawFundingStarted()
            | DrawFundingStopped()
            | DrawStopPlaced()
            | DrawStopLifted()
        ):
            return budget
        case _:
            assert_never(event)


def _after_inspection(budget: Budget, event: BudgetEvent) -> Budget:
    match event:
        case AcceptedProgressRecorded():
            return with_accepted_progress(budget, event.inspected_on, event.lines)
        case CostToCompleteRecorded():
            return with_cost_to_complete(budget, event.estimated_on, event.lines)
        case DrawPolicyChanged():
            return budget
        case _:
            assert_never(event)


def _after_reversal(budget: Budget, event: ReversalEvent) -> Budget:
    match event:
        case LoanClosingReversed():
            return with_closing_reversed(budget)
        case ClosingAdvanceReversed():
            return with_closing_advance(budget, _negated(event.lines))
        case AdvanceReversed():
            return with_advance_reversed(budget, event.draw_id, event.lines)
        case _:
            assert_never(event)


def _after_interest(budget: Budget, event: DueEvent) -> Budget:
    match event:
        case InterestCapitalized() | InterestRestated():
            return with_capitalised(budget, event.lines)
        case InterestCapitalizationReversed():
            return with_capitalised(budget, _negated(event.lines))
        case InterestBilled() | InterestCredited():
            return budget
        case _:
            assert_never(event)


def _negated(lines: tuple[LineAmount, ...]) -> tuple[LineAmount, ...]:
    return tuple(LineAmount(line.line_id, -line.amount_cents) for line in lines)
