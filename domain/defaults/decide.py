"""Default and cure, non-accrual and back. **Source**: `RULES.md`, "Default"."""

from typing import assert_never

from domain.defaults.commands import (
    ChangeAccrualStatus,
    CureDefault,
    DeclareDefault,
    DefaultCommand,
)
from domain.defaults.events import (
    AccrualStatus,
    AccrualStatusChanged,
    DefaultCured,
    DefaultDeclared,
)
from domain.defaults.refusals import (
    ACCRUAL_CHANGE_BEFORE_CLOSING,
    ACCRUAL_RESUMED_BEFORE_STOPPED,
    ACCRUAL_STATUS_UNCHANGED,
    CURE_BEFORE_DEFAULT,
    DEFAULT_ALREADY_DECLARED,
    DEFAULT_BEFORE_CLOSING,
)
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, Refusals
from domain.loans.checks import check_in, check_live, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.refusals import LOAN_NOT_ACTIVE, LOAN_NOT_DEFAULT, LOAN_NOT_LIVE, PRINCIPAL_REPAID
from domain.loans.state import LoanState

REFUSALS: Refusals = {
    DeclareDefault: frozenset({LOAN_NOT_ACTIVE, DEFAULT_ALREADY_DECLARED, DEFAULT_BEFORE_CLOSING}),
    CureDefault: frozenset({LOAN_NOT_DEFAULT, CURE_BEFORE_DEFAULT}),
    ChangeAccrualStatus: frozenset(
        {
            LOAN_NOT_LIVE,
            ACCRUAL_STATUS_UNCHANGED,
            ACCRUAL_CHANGE_BEFORE_CLOSING,
            ACCRUAL_RESUMED_BEFORE_STOPPED,
            PRINCIPAL_REPAID,
        }
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: DefaultCommand) -> list[Event]:
    """Decide any command on default and accrual."""
    match command:
        case DeclareDefault():
            return declare_default(file, command)
        case CureDefault():
            return cure(file, command)
        case ChangeAccrualStatus():
            return change_accrual_status(file, command)
        case _:
            assert_never(command)


def declare_default(file: LoanFile, command: DeclareDefault) -> list[Event]:
    """Declare the borrower in default: the default margin accrues from this day on.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``; ``DEFAULT_ALREADY_DECLARED`` as of another day; or
            ``DEFAULT_BEFORE_CLOSING``.
    """
    loan = file.loan
    if loan.state is LoanState.DEFAULT:
        began_on = loan.timeline.defaults[-1].from_on
        if began_on == command.declared_on:
            return []
        raise DEFAULT_ALREADY_DECLARED(
            f"Loan {loan.number} is in default since {began_on}.",
            [Detail("declared_on", str(began_on))],
        )
    check_in(loan, LoanState.ACTIVE, LoanState.MATURED)
    check_since_closing(loan, command.declared_on, DEFAULT_BEFORE_CLOSING, "effective_on")
    return [DefaultDeclared(loan.loan_id, command.declared_on, command.reason)]


def cure(file: LoanFile, command: CureDefault) -> list[Event]:
    """End the default: the margin accrues to, excluding, this day, and the loan is where it was.

    Cured as of the day on which it was declared, the default never was.

    Raises:
        RuleBroken: ``LOAN_NOT_DEFAULT`` or ``CURE_BEFORE_DEFAULT``.
    """
    loan = file.loan
    if loan.state is not LoanState.DEFAULT and loan.cured_on == command.cured_on:
        return []
    check_in(loan, LoanState.DEFAULT)
    began_on = loan.timeline.defaults[-1].from_on
    if command.cured_on < began_on:
        raise CURE_BEFORE_DEFAULT(
            f"Loan {loan.number} is in default since {began_on}.",
            [Detail("cured_on", f"must be {began_on} or later")],
        )
    return [DefaultCured(loan.loan_id, command.cured_on, command.reason)]


def change_accrual_status(file: LoanFile, command: ChangeAccrualStatus) -> list[Event]:
    """Stop taking interest as income from a day on, or resume; the borrower owes it either way.

    Raises:
        RuleBroken: ``LOAN_NOT_LIVE``; ``ACCRUAL_STATUS_UNCHANGED``, when it has that status as of
            another day; ``ACCRUAL_CHANGE_BEFORE_CLOSING``; or, when income resumes,
            ``ACCRUAL_RESUMED_BEFORE_STOPPED``.
    """
    loan = file.loan
    check_live(loan)
    if loan.accrual_status is command.status:
        since = loan.accrual_changed_on or loan.closed_on
        if since == command.changed_on:
            return []
        raise ACCRUAL_STATUS_UNCHANGED(
            f"Loan {loan.number} is on {command.status} since {since}.",
            [Detail("changed_on", str(since))],
        )
    check_since_closing(loan, command.changed_on, ACCRUAL_CHANGE_BEFORE_CLOSING, "effective_on")
    if command.status is AccrualStatus.ACCRUAL:
        stopped_on = loan.timeline.nonaccruals[-1].from_on
        if command.changed_on < stopped_on:
            raise ACCRUAL_RESUMED_BEFORE_STOPPED(
                f"Loan {loan.number} is on non-accrual since {stopped_on}.",
                [Detail("changed_on", f"must be {stopped_on} or later")],
            )
    return [AccrualStatusChanged(loan.loan_id, command.status, command.changed_on, command.reason)]
