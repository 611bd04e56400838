"""What a lender records to control draws: policy, and stops."""

from domain.events.catalogue import Event
from domain.kernel.errors import Detail
from domain.kernel.money import format_money
from domain.loans.balance import BALANCE_STOP, is_out_of_balance
from domain.loans.checks import check_under_way
from domain.loans.commands import ChangeDrawPolicy, LiftDrawStop, PlaceDrawStop
from domain.loans.events import DrawPolicyChanged, DrawStopLifted, DrawStopPlaced
from domain.loans.refusals import OUT_OF_BALANCE
from domain.loans.state import Loan, LoanState
from domain.loans.terms import PolicyRule

_BEFORE_CLOSING = frozenset({LoanState.DRAFT, LoanState.SUBMITTED, LoanState.APPROVED})


def change_policy(loan: Loan, command: ChangeDrawPolicy) -> list[Event]:
    """Demand other rules of the draws that are approved or wired from now on.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, when the loan is over.
    """
    if loan.state not in _BEFORE_CLOSING:
        check_under_way(loan)
    require = tuple(rule for rule in PolicyRule if rule in command.require)
    if set(require) == set(loan.draw_policy):
        return []
    return [DrawPolicyChanged(loan.loan_id, require, command.reason)]


def place_stop(loan: Loan, command: PlaceDrawStop) -> list[Event]:
    """Hold all approvals and wires; a reason that stands already decides nothing.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``.
    """
    check_under_way(loan)
    placed = command.reason in loan.draw_stops
    return [] if placed else [DrawStopPlaced(loan.loan_id, command.reason)]


def lift_stop(loan: Loan, command: LiftDrawStop) -> list[Event]:
    """Settle one reason; one that does not stand decides nothing.

    Raises:
        RuleBroken: ``OUT_OF_BALANCE``, when the reason is that and the loan still is.
    """
    if command.reason not in loan.draw_stops:
        return []
    if command.reason == BALANCE_STOP and is_out_of_balance(loan):
        raise OUT_OF_BALANCE(
            "This stop is lifted when the loan is in balance again.",
            [Detail("deficiency", format_money(loan.deficiency_cents))],
        )
    return [DrawStopLifted(loan.loan_id, command.reason)]
