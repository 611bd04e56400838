"""Equity paid in, which pays for draws before the loan does. **Source**: `RULES.md`, "In balance"."""

from domain.events.catalogue import Event
from domain.loans.checks import check_live, check_positive, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.state import Loan
from domain.payments.commands import RecordEquityDeposit
from domain.payments.refusals import DEPOSIT_BEFORE_CLOSING, DEPOSIT_EXISTS
from domain.receivables import postings
from domain.receivables.events import EquityDepositReceived
from domain.receivables.state import Deposit


def deposit(file: LoanFile, command: RecordEquityDeposit) -> list[Event]:
    """Take in equity, which pays for draws before the loan does.

    Raises:
        Conflict: ``DEPOSIT_EXISTS``, the id or the reference is another deposit's.
        RuleBroken: ``LOAN_NOT_LIVE``, ``AMOUNT_NOT_POSITIVE``, ``DEPOSIT_BEFORE_CLOSING``.
    """
    loan = file.loan
    if _is_known_deposit(loan, command):
        return []
    check_live(loan)
    check_positive(command.amount_cents)
    check_since_closing(loan, command.received_on, DEPOSIT_BEFORE_CLOSING, "received_on")
    return [
        EquityDepositReceived(
            loan.loan_id,
            command.deposit_id,
            command.amount_cents,
            command.received_on,
            command.external_ref,
            postings.equity_deposited(command.amount_cents),
        )
    ]


def _is_known_deposit(loan: Loan, command: RecordEquityDeposit) -> bool:
    """Whether this very deposit was recorded; one taken back may come in again."""
    for held in loan.receivables.deposits:
        if held.deposit_id != command.deposit_id and not _has_reference_of(held, command):
            continue
        if (held.amount_cents, held.received_on, held.external_ref) == (
            command.amount_cents,
            command.received_on,
            command.external_ref,
        ):
            return True
        raise DEPOSIT_EXISTS(
            f"Another deposit of loan {loan.number} has this id or reference.",
        )
    return False


def _has_reference_of(held: Deposit, command: RecordEquityDeposit) -> bool:
    known = held.external_ref is not None and held.reversed_on is None
    return known and held.external_ref == command.external_ref
