"""What follows from a decision, decided with it: interest restated, the balance tested."""

from collections.abc import Sequence
from datetime import date

from domain.events.catalogue import Event, Step
from domain.kernel.errors import Detail
from domain.kernel.money import format_money
from domain.loans.balance import balance_test
from domain.loans.events import DrawReservationReleased, DrawReserved
from domain.loans.file import Decision, LoanFile
from domain.loans.refusals import PRINCIPAL_REPAID
from domain.loans.state import Loan
from domain.restate.decide import restate

_WITHOUT_CONSEQUENCE = (Step, DrawReserved, DrawReservationReleased)


def with_consequences(file: LoanFile, events: Sequence[Event]) -> Decision:
    """Events with what follows from them: interest restated, the balance tested.

    Every decision on a loan or one of its draws passes here before it is recorded, unless nothing
    can follow from it.

    Raises:
        RuleBroken: ``PRINCIPAL_REPAID``, when what becomes known late would leave more repaid than
            lent on some day.
        PeriodsNeeded: an earlier month must be loaded first.
    """
    decided = Decision.of(file, events)
    if not may_have_consequences(decided):
        return decided
    decided = decided.then(restate(file, decided.after))
    loan = decided.after.loan
    if loan.timeline is not file.loan.timeline:
        _check_principal(loan)
    return decided.then(balance_test(file.loan, loan))


def may_have_consequences(events: Sequence[Event]) -> bool:
    """Whether anything can follow from events.

    Nothing does from steps of workflow, nor from what draws hold or give back: neither interest nor
    the balance of the loan tells money held from money available.
    """
    return not all(isinstance(event, _WITHOUT_CONSEQUENCE) for event in events)


def _check_principal(loan: Loan) -> None:
    """Check that no more was repaid than was lent, on any day, restated interest included."""
    least_cents = loan.timeline.least_principal_from(date.min)
    if least_cents < 0:
        raise PRINCIPAL_REPAID(
            "More principal was repaid than would have been lent; reverse the repayment first.",
            [Detail("principal", f"{format_money(-least_cents)} too much repaid")],
        )
