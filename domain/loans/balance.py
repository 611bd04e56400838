"""The in-balance test, and the draw stop that follows from it."""

from domain.events.catalogue import Event
from domain.loans.events import DrawStopLifted, DrawStopPlaced
from domain.loans.state import Loan
from domain.loans.terms import PolicyRule

BALANCE_STOP = "OUT_OF_BALANCE"
"""The reason of the draw stop that comes and goes by itself."""


def is_out_of_balance(loan: Loan) -> bool:
    """Whether the loan is to be in balance, and is not."""
    return loan.is_live and PolicyRule.IN_BALANCE in loan.draw_policy and loan.deficiency_cents > 0


def balance_test(before: Loan, after: Loan) -> list[Event]:
    """Place the stop that being out of balance brings, or lift it.

    It is tested after every event of a loan. A loan whose policy does not ask to be in balance
    keeps whatever stop somebody placed by hand.

    Args:
        before: the loan as it was, whose policy may have brought the stop.
        after: the loan after all that was decided.

    **Source**: `RULES.md`, "In balance".
    """
    if not after.is_live:
        return []
    stands = BALANCE_STOP in after.draw_stops
    if is_out_of_balance(after):
        return [] if stands else [DrawStopPlaced(after.loan_id, BALANCE_STOP)]
    asked = PolicyRule.IN_BALANCE in (*before.draw_policy, *after.draw_policy)
    return [DrawStopLifted(after.loan_id, BALANCE_STOP)] if stands and asked else []
