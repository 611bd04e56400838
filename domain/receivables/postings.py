"""The entries of fees, payments and deposits. **Source**: `RULES.md`, "Postings"."""

from typing import assert_never

from domain.interest.timeline import InterestCents
from domain.ledger.accounts import Account
from domain.ledger.entries import Postings, transfer
from domain.payments.waterfall import Allocation, Due


def fee_assessed(amount_cents: int) -> Postings:
    """A fee is owed."""
    return transfer(Account.FEES_RECEIVABLE, Account.FEE_INCOME, amount_cents)


def fee_waived(amount_cents: int) -> Postings:
    """A fee, or part of it, is owed no longer."""
    return transfer(Account.FEE_INCOME, Account.FEES_RECEIVABLE, amount_cents)


def protective_advance(amount_cents: int) -> Postings:
    """The lender paid somebody for the borrower, outside the commitment."""
    return transfer(Account.PROTECTIVE_ADVANCES, Account.CASH, amount_cents)


def equity_deposited(amount_cents: int) -> Postings:
    """The borrower's equity came in."""
    return transfer(Account.CASH, Account.BORROWER_DEPOSITS, amount_cents)


def payment_received(amount_cents: int) -> Postings:
    """Money came in; it is unapplied until it is applied."""
    return transfer(Account.CASH, Account.UNAPPLIED_PAYMENTS, amount_cents)


def payment_applied(allocations: tuple[Allocation, ...]) -> Postings:
    """Unapplied cash paid what was owed; interest kept off the books becomes income now."""
    return tuple(posting for part in allocations for posting in _applied(part))


def _applied(part: Allocation) -> Postings:
    cents = part.amount_cents
    match part.due:
        case Due.PROTECTIVE_ADVANCE:
            paid = Account.PROTECTIVE_ADVANCES
        case Due.FEE:
            paid = Account.FEES_RECEIVABLE
        case Due.DEFAULT_INTEREST | Due.INTEREST:
            paid = Account.INTEREST_RECEIVABLE
        case Due.PRINCIPAL:
            paid = Account.PRINCIPAL
        case Due.NONACCRUAL_INTEREST:
            return (
                *transfer(Account.UNAPPLIED_PAYMENTS, Account.INTEREST_INCOME, cents),
                *transfer(Account.MEMO_NONACCRUAL_OWED, Account.MEMO_NONACCRUAL_INTEREST, cents),
            )
        case _:
            assert_never(part.due)
    return transfer(Account.UNAPPLIED_PAYMENTS, paid, cents)


def interest_credited(amount: InterestCents) -> Postings:
    """Interest paid beyond what was owed is unapplied cash again."""
    booked_cents = amount.interest_cents + amount.default_cents
    return (
        *transfer(Account.INTEREST_RECEIVABLE, Account.UNAPPLIED_PAYMENTS, booked_cents),
        *transfer(Account.INTEREST_INCOME, Account.UNAPPLIED_PAYMENTS, amount.nonaccrual_cents),
        *transfer(
            Account.MEMO_NONACCRUAL_INTEREST,
            Account.MEMO_NONACCRUAL_OWED,
            amount.nonaccrual_cents,
        ),
    )
