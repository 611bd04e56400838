"""On what grounds the operations refuse: those of the commands that they make of a request."""

from collections.abc import Callable

from domain.budgets.refusals import ESTIMATE_NEGATIVE, PROGRESS_OUT_OF_RANGE
from domain.kernel.errors import Ground
from domain.loans.refusals import AMOUNT_NOT_POSITIVE
from domain.refusals import REFUSALS

LEFT_TO_THE_SCHEMA = frozenset({AMOUNT_NOT_POSITIVE, ESTIMATE_NEGATIVE, PROGRESS_OUT_OF_RANGE})
"""Over HTTP nobody meets these: the schema of the body refuses such an amount before."""


def refusals(*commands: Callable[..., object]) -> frozenset[Ground]:
    """On what grounds an operation that carries out one of these commands may refuse.

    Args:
        commands: of the domain; or functions of it, where no command stands for what is asked.
    """
    return frozenset[Ground]().union(*(REFUSALS[each] for each in commands)) - LEFT_TO_THE_SCHEMA
