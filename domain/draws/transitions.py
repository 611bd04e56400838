"""Whether a draw is where a command needs it, and its loan open to it."""

from datetime import date
from types import MappingProxyType

from domain.draws.events import ChecklistRule
from domain.draws.refusals import (
    DRAW_NOT_APPROVED,
    DRAW_NOT_DRAFT,
    DRAW_NOT_FUNDED,
    DRAW_NOT_FUNDING,
    DRAW_NOT_IN_REVIEW,
    DRAW_NOT_SUBMITTED,
    DRAW_STOPPED,
    LOAN_PAST_MATURITY,
)
from domain.draws.state import Draw, DrawState
from domain.kernel.errors import Detail
from domain.loans.balance import BALANCE_STOP
from domain.loans.state import Loan
from domain.loans.terms import PolicyRule

DRAW_NOT = MappingProxyType(
    {
        DrawState.DRAFT: DRAW_NOT_DRAFT,
        DrawState.SUBMITTED: DRAW_NOT_SUBMITTED,
        DrawState.IN_REVIEW: DRAW_NOT_IN_REVIEW,
        DrawState.APPROVED: DRAW_NOT_APPROVED,
        DrawState.FUNDING: DRAW_NOT_FUNDING,
        DrawState.FUNDED: DRAW_NOT_FUNDED,
    }
)
"""The refusal of what needs a draw in a state; nothing begins in any other."""


def check_in(draw: Draw, *expected: DrawState) -> None:
    """Demand that the draw is in one of some states.

    Raises:
        RuleBroken: `DRAW_NOT`, by the first of them.
    """
    if draw.state not in expected:
        raise DRAW_NOT[expected[0]](
            f"Draw {draw.number} is {draw.state}; this needs it {' or '.join(expected)}.",
            [Detail("state", draw.state.value)],
        )


def check_not_stopped(loan: Loan, draw: Draw) -> None:
    """Check that nothing stops the loan's draws.

    The stop that being out of balance brings does not hold a draw that is excused from balance.

    Raises:
        RuleBroken: ``DRAW_STOPPED``, with every reason.
    """
    excused = PolicyRule.IN_BALANCE in loan.draw_policy and draw.checklist.excuses(
        ChecklistRule.IN_BALANCE
    )
    reasons = [reason for reason in loan.draw_stops if not (excused and reason == BALANCE_STOP)]
    if reasons:
        raise DRAW_STOPPED(
            f"Draws on loan {loan.number} are stopped.",
            [Detail("draw_stops", reason) for reason in reasons],
        )


def check_not_matured(loan: Loan, on: date) -> None:
    """Check that the loan has not run out by the lender's date; its last day counts.

    Raises:
        RuleBroken: ``LOAN_PAST_MATURITY``.
    """
    if on > loan.maturity_on:
        raise LOAN_PAST_MATURITY(
            f"Loan {loan.number} matures on {loan.maturity_on}.",
            [Detail("effective_on", f"must be {loan.maturity_on} at the latest")],
        )
