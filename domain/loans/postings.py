"""The entries that a loan's events carry. **Source**: `RULES.md`, "Postings"."""

from domain.ledger.accounts import Account
from domain.ledger.entries import Postings, transfer


def commitment_made(commitment_cents: int) -> Postings:
    """Closing: the lender is bound, and nothing is disbursed yet."""
    return transfer(Account.MEMO_COMMITMENT, Account.MEMO_AVAILABLE, commitment_cents)


def advanced_at_closing(cash_cents: int, fees_cents: int) -> Postings:
    """The closing advance: cash for costs, and fees that the loan funds without cash."""
    return (
        *transfer(Account.PRINCIPAL, Account.CASH, cash_cents),
        *transfer(Account.PRINCIPAL, Account.DEFERRED_FEES, fees_cents),
        *transfer(Account.MEMO_AVAILABLE, Account.MEMO_DISBURSED, cash_cents + fees_cents),
    )


def reserved(net_cents: int) -> Postings:
    """An approved draw holds part of what is available."""
    return transfer(Account.MEMO_AVAILABLE, Account.MEMO_RESERVED, net_cents)


def released(net_cents: int) -> Postings:
    """What a draw held is available again."""
    return transfer(Account.MEMO_RESERVED, Account.MEMO_AVAILABLE, net_cents)


def advanced(
    net_cents: int, withheld_cents: int, released_cents: int, deposit_cents: int = 0
) -> Postings:
    """A funded draw: what the loan pays becomes principal; retainage moves off the balance sheet.

    Args:
        net_cents: the cash paid out, all of it reserved before.
        withheld_cents: retainage newly withheld on this draw's work.
        released_cents: retainage paid out by it, part of the net.
        deposit_cents: the part of the net that the borrower's deposits pay.
    """
    loan_cents = net_cents - deposit_cents
    return (
        *transfer(Account.BORROWER_DEPOSITS, Account.CASH, deposit_cents),
        *transfer(Account.PRINCIPAL, Account.CASH, loan_cents),
        *transfer(Account.MEMO_RESERVED, Account.MEMO_DISBURSED, loan_cents),
        *transfer(
            Account.MEMO_RETAINAGE_WITHHELD, Account.MEMO_RETAINAGE_OBLIGATION, withheld_cents
        ),
        *transfer(
            Account.MEMO_RETAINAGE_OBLIGATION, Account.MEMO_RETAINAGE_WITHHELD, released_cents
        ),
    )
