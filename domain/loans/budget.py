"""What each event of a loan leaves of its budget."""

from typing import assert_never

from domain.budgets.events import (
    AcceptedProgressRecorded,
    BudgetReallocated,
    ChangeOrderApproved,
    CostToCompleteRecorded,
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
from domain.defaults.events import DefaultEvent
from domain.interest.events import AccrualPeriodOpened
from domain.loans.events import (
    AdvanceRecorded,
    AdvanceReversed,
    ClosingAdvanceRecorded,
    ClosingAdvanceReversed,
    DrawFundingStarted,
    DrawFundingStopped,
    DrawOpened,
    DrawPolicyChanged,
    DrawReservationReleased,
    DrawReserved,
    DrawStopLifted,
    DrawStopPlaced,
    EndEvent,
    LineEvent,
    LoanApproved,
    LoanClosed,
    LoanClosingReversed,
    LoanDeclined,
    LoanEvent,
    LoanOriginated,
    LoanSubmitted,
    LoanWithdrawn,
)
from domain.maturity.events import MaturityEvent
from domain.participations.events import ParticipationEvent
from domain.rates.events import RateEvent
from domain.receivables.events import (
    ChargeEvent,
    DueEvent,
    InterestBilled,
    InterestCapitalizationReversed,
    InterestCapitalized,
    InterestCredited,
    InterestRestated,
    MoneyEvent,
)

LoanAndBudgetEvent = (
    LoanClosed | LoanClosingReversed | AdvanceRecorded | AdvanceReversed | ChangeOrderApproved
)
"""What changes the loan and, by itself, its budget."""
UnbudgetedEvent = (
    LoanOriginated
    | LoanSubmitted
    | LoanApproved
    | LoanDeclined
    | LoanWithdrawn
    | DrawOpened
    | DrawFundingStarted
    | DrawFundingStopped
    | DrawStopPlaced
    | DrawStopLifted
    | DrawPolicyChanged
    | AccrualPeriodOpened
    | ChargeEvent
    | MoneyEvent
    | ParticipationEvent
    | RateEvent
    | MaturityEvent
    | DefaultEvent
    | EndEvent
)
"""What leaves the budget as it is. A new event of the loan is named here, or takes an arm below: mypy
demands one of the two."""


def budget_after(budget: Budget, event: LoanEvent) -> Budget:
    """What an event of the loan leaves of its budget: all of it, unless it is about budgets."""
    if isinstance(event, LineEvent):  # The most frequent first: each test costs.
        return _after_lines(budget, event)
    if isinstance(event, LoanAndBudgetEvent):
        return _with_its_loan(budget, event)
    if isinstance(event, DueEvent):
        return _after_interest(budget, event)
    return _untouched(budget, event)


def _untouched(budget: Budget, _event: UnbudgetedEvent) -> Budget:
    return budget


def _after_lines(budget: Budget, event: LineEvent) -> Budget:
    match event:
        case DrawReserved():
            held = Reservation(event.draw_id, event.lines, event.deposit_cents or 0)
            return with_reservation(budget, held)
        case DrawReservationReleased():
            return without_reservation(budget, event.draw_id)
        case ClosingAdvanceRecorded():
            return with_closing_advance(budget, event.lines)
        case ClosingAdvanceReversed():
            return with_closing_advance(budget, _negated(event.lines))
        case BudgetReallocated():
            return with_changes(budget, event.moves)
        case AcceptedProgressRecorded():
            return with_accepted_progress(budget, event.inspected_on, event.lines)
        case CostToCompleteRecorded():
            return with_cost_to_complete(budget, event.estimated_on, event.lines)
        case _:
            assert_never(event)


def _with_its_loan(budget: Budget, event: LoanAndBudgetEvent) -> Budget:
    match event:
        case LoanClosed():
            return with_equity_spent(budget)
        case LoanClosingReversed():
            return with_closing_reversed(budget)
        case AdvanceRecorded():
            return with_advance(budget, event.draw_id, event.lines)
        case AdvanceReversed():
            return with_advance_reversed(budget, event.draw_id, event.lines)
        case ChangeOrderApproved():
            changed = with_changes(budget, event.deltas, event.sources)
            return with_work_changed(changed, event.deltas)
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
