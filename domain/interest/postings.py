"""The entries of interest. **Source**: `RULES.md`, "Postings"."""

from domain.interest.timeline import InterestCents
from domain.ledger.accounts import Account
from domain.ledger.entries import Postings, signed_transfer


def accrued(amount: InterestCents) -> Postings:
    """Interest earned, or, below zero, taken back; on non-accrual it stays off the books."""
    return (
        *signed_transfer(
            Account.INTEREST_RECEIVABLE, Account.INTEREST_INCOME, amount.interest_cents
        ),
        *signed_transfer(
            Account.INTEREST_RECEIVABLE, Account.DEFAULT_INTEREST_INCOME, amount.default_cents
        ),
        *signed_transfer(
            Account.MEMO_NONACCRUAL_INTEREST,
            Account.MEMO_NONACCRUAL_OWED,
            amount.nonaccrual_cents,
        ),
    )


def capitalised(amount_cents: int) -> Postings:
    """Interest due became principal, paid from the reserve; below zero, it is due again."""
    return (
        *signed_transfer(Account.PRINCIPAL, Account.INTEREST_RECEIVABLE, amount_cents),
        *signed_transfer(Account.MEMO_AVAILABLE, Account.MEMO_DISBURSED, amount_cents),
    )
