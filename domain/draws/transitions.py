"""Whether a draw is where a command needs it, and its loan open to it."""

from domain.draws.state import Draw, DrawState
from domain.kernel.errors import Detail, RuleBroken
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


def check_not_stopped(loan: Loan) -> None:
    """Check that nothing stops the loan's draws.

    Raises:
        RuleBroken: ``DRAW_STOPPED``, with every reason.
    """
    if loan.draw_stops:
        raise RuleBroken(
            "DRAW_STOPPED",
            f"Draws on loan {loan.number} are stopped.",
            [Detail("draw_stops", reason) for reason in loan.draw_stops],
        )
