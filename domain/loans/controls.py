"""What a lender records to control draws: progress, estimates, policy, and stops."""

from domain.budgets.events import (
    AcceptedProgressRecorded,
    CostToCompleteRecorded,
    DrawPolicyChanged,
    PolicyRule,
)
from domain.budgets.progress import (
    check_costs,
    check_progress,
    with_accepted_progress,
    with_cost_to_complete,
)
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, RuleBroken
from domain.kernel.money import format_money
from domain.loans.balance import OUT_OF_BALANCE, is_out_of_balance
from domain.loans.commands import (
    ChangeDrawPolicy,
    LiftDrawStop,
    PlaceDrawStop,
    RecordAcceptedProgress,
    RecordCostToComplete,
)
from domain.loans.events import DrawStopLifted, DrawStopPlaced
from domain.loans.loan import LIVE, Loan, LoanState

_BEFORE_CLOSING = frozenset({LoanState.DRAFT, LoanState.SUBMITTED, LoanState.APPROVED})


def record_progress(loan: Loan, command: RecordAcceptedProgress) -> list[Event]:
    """Take up what an accepted inspection found; finding the same again decides nothing.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, or a rule of `domain.budgets.progress.check_progress`.
    """
    _check_live(loan)
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
    _check_live(loan)
    check_costs(loan.budget, command.estimated_on, command.lines)
    estimated = with_cost_to_complete(loan.budget, command.estimated_on, command.lines)
    if estimated == loan.budget:
        return []
    return [CostToCompleteRecorded(loan.loan_id, command.estimated_on, command.lines)]


def change_policy(loan: Loan, command: ChangeDrawPolicy) -> list[Event]:
    """Demand other rules of the draws that are approved or wired from now on.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, when the loan is over.
    """
    if loan.state not in _BEFORE_CLOSING:
        _check_live(loan)
    require = tuple(rule for rule in PolicyRule if rule in command.require)
    if set(require) == set(loan.draw_policy):
        return []
    return [DrawPolicyChanged(loan.loan_id, require, command.reason)]


def place_stop(loan: Loan, command: PlaceDrawStop) -> list[Event]:
    """Hold all approvals and wires; a reason that stands already decides nothing.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``.
    """
    _check_live(loan)
    placed = command.reason in loan.draw_stops
    return [] if placed else [DrawStopPlaced(loan.loan_id, command.reason)]


def lift_stop(loan: Loan, command: LiftDrawStop) -> list[Event]:
    """Settle one reason; one that does not stand decides nothing.

    Raises:
        RuleBroken: ``OUT_OF_BALANCE``, when the reason is that and the loan still is.
    """
    if command.reason not in loan.draw_stops:
        return []
    if command.reason == OUT_OF_BALANCE and is_out_of_balance(loan):
        raise RuleBroken(
            "OUT_OF_BALANCE",
            "This stop is lifted when the loan is in balance again.",
            [Detail("deficiency", format_money(loan.deficiency_cents))],
        )
    return [DrawStopLifted(loan.loan_id, command.reason)]


def _check_live(loan: Loan) -> None:
    if loan.state not in LIVE:
        raise RuleBroken(
            "LOAN_NOT_ACTIVE",
            f"Loan {loan.number} is {loan.state}; this needs it closed and not paid off.",
            [Detail("state", loan.state.value)],
        )
