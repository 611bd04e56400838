"""Whether a draw is where a command needs it."""

from domain.draws.state import Draw, DrawState
from domain.kernel.errors import Detail, RuleBroken


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
