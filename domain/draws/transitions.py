"""Whether a draw is where a command needs it, and its loan open to it."""

from datetime import date

from domain.budgets.events import PolicyRule
from domain.draws.events import ChecklistRule
from domain.draws.state import Draw, DrawState
from domain.kernel.errors import Detail, RuleBroken
from domain.loans.balance import OUT_OF_BALANCE
from domain.loans.state import Loan


def is_repeat(draw: Draw, done: DrawState | None, *expected: DrawState) -> bool:
    """Whether the draw already is where the command leads.

    Args:
        draw: the draw.
        done: the state the command leads to, if reaching it twice is harmless.
        expected: the states it may start from.

    Raises:
        RuleBroken: ``DRAW_NOT_<first expected state>``.
    """
    if draw.state is done:
        return True
    if draw.state not in expected:
        raise RuleBroken(
            f"DRAW_NOT_{expected[0].name}",
            f"Draw {draw.number} is {draw.state}; this needs it {' or '.join(expected)}.",
            [Detail("state", draw.state.value)],
        )
    return False


def check_not_stopped(loan: Loan, draw: Draw) -> None:
    """Check that nothing stops the loan's draws.

    The stop that being out of balance brings does not hold a draw that is excused from balance.

    Raises:
        RuleBroken: ``DRAW_STOPPED``, with every reason.
    """
    excused = PolicyRule.IN_BALANCE in loan.draw_policy and draw.checklist.excuses(
        ChecklistRule.IN_BALANCE
    )
    reasons = [reason for reason in loan.draw_stops if not (excused and reason == OUT_OF_BALANCE)]
    if reasons:
        raise RuleBroken(
            "DRAW_STOPPED",
            f"Draws on loan {loan.number} are stopped.",
            [Detail("draw_stops", reason) for reason in reasons],
        )


def check_not_matured(loan: Loan, on: date) -> None:
    """Check that the loan has not run out by the lender's date; its last day counts.

    Raises:
        RuleBroken: ``LOAN_PAST_MATURITY``.
    """
    if on > loan.maturity_on:
        raise RuleBroken(
            "LOAN_PAST_MATURITY",
            f"Loan {loan.number} matures on {loan.maturity_on}.",
            [Detail("effective_on", f"must be {loan.maturity_on} at the latest")],
        )
