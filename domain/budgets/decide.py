"""What the rules say to a command on a loan's budget: events, or a refusal."""

from typing import assert_never

from domain.budgets.commands import (
    ApproveChangeOrder,
    BudgetCommand,
    ReallocateBudget,
    RecordAcceptedProgress,
    RecordCostToComplete,
)
from domain.budgets.events import (
    AcceptedProgressRecorded,
    BudgetReallocated,
    ChangeOrderApproved,
    CostToCompleteRecorded,
)
from domain.budgets.progress import (
    check_costs,
    check_progress,
    with_accepted_progress,
    with_cost_to_complete,
)
from domain.budgets.refusals import (
    CHANGE_ORDER_EXISTS,
    CHANGES_NOT_BALANCED,
    COMMITMENT_FIXED,
    ESTIMATE_NEGATIVE,
    ESTIMATE_NOT_APPLICABLE,
    ESTIMATE_OUT_OF_ORDER,
    INSPECTION_OUT_OF_ORDER,
    LINE_BELOW_FLOOR,
    LINE_NOT_IN_BUDGET,
    LINE_TWICE,
    PROGRESS_NOT_APPLICABLE,
    PROGRESS_OUT_OF_RANGE,
    SOURCE_BELOW_SPENT,
)
from domain.budgets.rules import check_changes, check_sources
from domain.budgets.state import SourceKind
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, Refusals
from domain.loans.checks import check_in, check_under_way
from domain.loans.refusals import LOAN_NOT_ACTIVE
from domain.loans.state import Loan, LoanState

_LINES = frozenset({LINE_TWICE, LINE_NOT_IN_BUDGET})

REFUSALS: Refusals = {
    ReallocateBudget: frozenset({LOAN_NOT_ACTIVE, *_LINES, CHANGES_NOT_BALANCED, LINE_BELOW_FLOOR}),
    ApproveChangeOrder: frozenset(
        {
            LOAN_NOT_ACTIVE,
            COMMITMENT_FIXED,
            CHANGE_ORDER_EXISTS,
            SOURCE_BELOW_SPENT,
            *_LINES,
            CHANGES_NOT_BALANCED,
            LINE_BELOW_FLOOR,
        }
    ),
    RecordAcceptedProgress: frozenset(
        {
            LOAN_NOT_ACTIVE,
            *_LINES,
            PROGRESS_NOT_APPLICABLE,
            PROGRESS_OUT_OF_RANGE,
            INSPECTION_OUT_OF_ORDER,
        }
    ),
    RecordCostToComplete: frozenset(
        {
            LOAN_NOT_ACTIVE,
            *_LINES,
            ESTIMATE_NOT_APPLICABLE,
            ESTIMATE_NEGATIVE,
            ESTIMATE_OUT_OF_ORDER,
        }
    ),
}
"""On what grounds each may be refused."""


def decide(loan: Loan, command: BudgetCommand) -> list[Event]:
    """Decide any command on the budget.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, or the code of the rule that it breaks.
    """
    match command:
        case ReallocateBudget():
            return reallocate(loan, command)
        case ApproveChangeOrder():
            return change(loan, command)
        case RecordAcceptedProgress():
            return record_progress(loan, command)
        case RecordCostToComplete():
            return record_costs(loan, command)
        case _:
            assert_never(command)


def reallocate(loan: Loan, command: ReallocateBudget) -> list[Event]:
    """Move budget between lines; the total and its sources stay.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, or a rule of `domain.budgets.rules.check_changes`.
    """
    check_in(loan, LoanState.ACTIVE)
    moves = tuple(move for move in command.moves if move.delta_cents)
    check_changes(loan.budget, command.moves, 0)
    return [BudgetReallocated(loan.loan_id, moves, command.reason)] if moves else []


def change(loan: Loan, command: ApproveChangeOrder) -> list[Event]:
    """Change lines by what the borrower adds or, below zero, need no longer bring.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``; ``COMMITMENT_FIXED``, when the loan itself is to pay more
            or less; ``CHANGE_ORDER_EXISTS``; or a rule of `domain.budgets.rules.check_sources` and
            `check_changes`.
    """
    check_in(loan, LoanState.ACTIVE)
    if any(source.kind is SourceKind.LOAN for source in command.sources):
        raise COMMITMENT_FIXED(
            "A change order neither raises nor lowers the commitment.",
            [Detail("sources", "EQUITY or DEFERRED")],
        )
    new_money_cents = sum(source.amount_cents for source in command.sources)
    approved = ChangeOrderApproved(loan.loan_id, command.number, command.deltas, command.sources)
    if approved in loan.change_orders:
        return []
    if any(earlier.number == command.number for earlier in loan.change_orders):
        raise CHANGE_ORDER_EXISTS(
            f"Change order {command.number} was approved with other changes.",
            [Detail("number", command.number)],
        )
    check_sources(loan.budget, command.sources, loan.receivables.deposited_cents)
    check_changes(loan.budget, command.deltas, new_money_cents)
    return [approved]


def record_progress(loan: Loan, command: RecordAcceptedProgress) -> list[Event]:
    """Take up what an accepted inspection found; finding the same again decides nothing.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, or a rule of `domain.budgets.progress.check_progress`.
    """
    check_under_way(loan)
    check_progress(loan.budget, command.inspected_on, command.lines)
    found = with_accepted_progress(loan.budget, command.inspected_on, command.lines)
    if found == loan.budget:
        return []
    return [AcceptedProgressRecorded(loan.loan_id, command.inspected_on, command.lines)]


def record_costs(loan: Loan, command: RecordCostToComplete) -> list[Event]:
    """Take up an estimate; the same again, with nothing funded between, decides nothing.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, or a rule of `domain.budgets.progress.check_costs`.
    """
    check_under_way(loan)
    check_costs(loan.budget, command.estimated_on, command.lines)
    estimated = with_cost_to_complete(loan.budget, command.estimated_on, command.lines)
    if estimated == loan.budget:
        return []
    return [CostToCompleteRecorded(loan.loan_id, command.estimated_on, command.lines)]
