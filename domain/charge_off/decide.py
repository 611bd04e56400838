"""Giving up what is owed on a defaulted loan.

**Source**: `RULES.md`, "Default".
"""

from typing import assert_never

from domain.charge_off.commands import ChargeOff, ChargeOffCommand
from domain.charge_off.events import LoanChargedOff
from domain.charge_off.refusals import CHARGE_OFF_BEFORE_ACCRUAL
from domain.close_of_business.decide import close, first_open_day
from domain.close_of_business.refusals import BUSINESS_DATE_TOO_FAR
from domain.events.catalogue import Event
from domain.interest.timeline import month_of
from domain.kernel.errors import Detail, Refusals
from domain.ledger.accounts import Account
from domain.ledger.entries import Postings, signed_transfer, transfer
from domain.loans.checks import check_in, check_no_draws
from domain.loans.file import LoanFile
from domain.loans.refusals import DRAWS_PENDING, LOAN_NOT_DEFAULT
from domain.loans.state import LoanState
from domain.participations.settle import settle

REFUSALS: Refusals = {
    ChargeOff: frozenset(
        {LOAN_NOT_DEFAULT, DRAWS_PENDING, CHARGE_OFF_BEFORE_ACCRUAL, BUSINESS_DATE_TOO_FAR}
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: ChargeOffCommand) -> list[Event]:
    """Decide any command on giving the loan up."""
    match command:
        case ChargeOff():
            return charge_off(file, command)
        case _:
            assert_never(command)


def charge_off(file: LoanFile, command: ChargeOff) -> list[Event]:
    """Write off what is owed, once interest has accrued to, excluding, the day.

    Unapplied cash of the borrower meets the loss first, and each participant bears the part of the
    principal that they bought; the lender's allowance bears the rest. Interest kept off the books
    leaves the memo accounts, and what was not disbursed is no longer committed. The same charge-off
    again decides nothing.

    Raises:
        RuleBroken: ``LOAN_NOT_DEFAULT``; ``DRAWS_PENDING`` while draws are approved and not funded;
            ``CHARGE_OFF_BEFORE_ACCRUAL`` when interest has accrued beyond the day.
    """
    loan = file.loan
    if loan.state is LoanState.CHARGED_OFF and loan.charged_off_on == command.charged_off_on:
        return []
    check_in(loan, LoanState.DEFAULT)
    check_no_draws(loan)
    _check_not_in_the_past(file, command)
    on = command.charged_off_on
    accrued = close(file, on)
    decided = accrued.then(settle(accrued.after, month_of(on), on))
    entry = written_off(decided.after)
    return decided.then([LoanChargedOff(loan.loan_id, on, command.reason, entry)])


def written_off(file: LoanFile) -> Postings:
    """The entry that takes a loan off the books. **Source**: `RULES.md`, "Postings".

    Interest is accrued on the streams of its months, so what is unpaid of it is asked of the file.
    """
    loan, interest = file.loan, file.unpaid_interest
    unapplied_cents = loan.balance(Account.UNAPPLIED_PAYMENTS)
    sold_cents = loan.balance(Account.PARTICIPATION_SOLD)
    owed = {
        Account.PROTECTIVE_ADVANCES: loan.balance(Account.PROTECTIVE_ADVANCES),
        Account.FEES_RECEIVABLE: loan.balance(Account.FEES_RECEIVABLE),
        Account.INTEREST_RECEIVABLE: interest.interest_cents + interest.default_cents,
        Account.PRINCIPAL: loan.principal_cents - sold_cents,
    }
    entry = [*transfer(Account.PARTICIPATION_SOLD, Account.PRINCIPAL, sold_cents)]
    for account, owed_cents in owed.items():
        met_cents = max(0, min(unapplied_cents, owed_cents))
        unapplied_cents -= met_cents
        entry += transfer(Account.UNAPPLIED_PAYMENTS, account, met_cents)
        entry += signed_transfer(Account.ALLOWANCE, account, owed_cents - met_cents)
    entry += signed_transfer(
        Account.MEMO_NONACCRUAL_OWED, Account.MEMO_NONACCRUAL_INTEREST, interest.nonaccrual_cents
    )
    entry += transfer(Account.MEMO_AVAILABLE, Account.MEMO_COMMITMENT, loan.available_cents)
    return tuple(entry)


def _check_not_in_the_past(file: LoanFile, command: ChargeOff) -> None:
    """What is written off is what the books show, so they must not have gone past the day."""
    open_on = first_open_day(file)
    if command.charged_off_on < open_on:
        raise CHARGE_OFF_BEFORE_ACCRUAL(
            f"Interest has accrued to, excluding, {open_on}.",
            [Detail("charged_off_on", f"must be {open_on} or later")],
        )
