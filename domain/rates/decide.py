"""Another contract rate from a day on. **Source**: `RULES.md`, "Life cycle"."""

from typing import assert_never

from domain.events.catalogue import Event
from domain.interest.timeline import RateStep
from domain.kernel.errors import Detail, Refusals
from domain.kernel.rates import format_rate
from domain.loans.checks import check_live, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.refusals import LOAN_NOT_LIVE, PRINCIPAL_REPAID
from domain.loans.state import Loan
from domain.rates.commands import ChangeRate, RateCommand
from domain.rates.events import RateChanged
from domain.rates.refusals import RATE_CHANGE_BEFORE_CLOSING, RATE_CHANGE_EXISTS

REFUSALS: Refusals = {
    ChangeRate: frozenset(
        {LOAN_NOT_LIVE, RATE_CHANGE_BEFORE_CLOSING, RATE_CHANGE_EXISTS, PRINCIPAL_REPAID}
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: RateCommand) -> list[Event]:
    """Decide any command on the rate."""
    match command:
        case ChangeRate():
            return change_rate(file, command)
        case _:
            assert_never(command)


def change_rate(file: LoanFile, command: ChangeRate) -> list[Event]:
    """Let another contract rate hold from a day on, or decide nothing if it holds then already.

    A change that was recorded before and begins later stays: it holds from its own day. A rate is
    recorded once for a day, so that a reversal leaves no doubt about which change it undoes.

    Raises:
        Conflict: ``RATE_CHANGE_EXISTS``, when that rate was recorded for that day, and another over
            it since.
        RuleBroken: ``LOAN_NOT_LIVE`` or ``RATE_CHANGE_BEFORE_CLOSING``.
    """
    loan = file.loan
    check_live(loan)
    check_since_closing(loan, command.changed_on, RATE_CHANGE_BEFORE_CLOSING, "effective_on")
    if _holds_already(loan, command):
        return []
    if RateStep(command.changed_on, command.rate) in loan.timeline.rates:
        raise RATE_CHANGE_EXISTS(
            f"This rate was recorded for {command.changed_on}, and then another: reverse that one.",
            [Detail("rate", format_rate(command.rate))],
        )
    return [RateChanged(loan.loan_id, command.rate, command.changed_on)]


def _holds_already(loan: Loan, command: ChangeRate) -> bool:
    """Whether the rate is in force on the day, and not only until its change was reversed."""
    step = loan.timeline.rate_step_on(command.changed_on)
    ends = step is not None and step.until_on is not None
    return loan.rate_on(command.changed_on) == command.rate and not ends
