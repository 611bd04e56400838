"""The chart of accounts that every loan has, and the side on which each grows."""

from enum import StrEnum


class Account(StrEnum):
    """One sub-account of a loan. Memo accounts balance among themselves, off the balance sheet."""

    PRINCIPAL = "loan:principal"
    CASH = "cash:operating"
    DEFERRED_FEES = "deferred_fees"
    BORROWER_DEPOSITS = "borrower_deposits"
    INTEREST_RECEIVABLE = "interest_receivable"
    INTEREST_INCOME = "interest_income"
    DEFAULT_INTEREST_INCOME = "default_interest_income"
    FEES_RECEIVABLE = "fees_receivable"
    FEE_INCOME = "fee_income"
    UNAPPLIED_PAYMENTS = "unapplied_payments"
    PROTECTIVE_ADVANCES = "protective_advances"
    PARTICIPATION_SOLD = "participation_sold"
    PARTICIPANT_PAYABLE = "participant_payable"
    ALLOWANCE = "allowance"
    MEMO_COMMITMENT = "memo:commitment"
    MEMO_AVAILABLE = "memo:undisbursed_available"
    MEMO_RESERVED = "memo:undisbursed_reserved"
    MEMO_DISBURSED = "memo:disbursed"
    MEMO_RETAINAGE_WITHHELD = "memo:retainage_withheld"
    MEMO_RETAINAGE_OBLIGATION = "memo:retainage_obligation"
    MEMO_NONACCRUAL_INTEREST = "memo:nonaccrual_interest"
    MEMO_NONACCRUAL_OWED = "memo:nonaccrual_interest_owed"

    @property
    def is_memo(self) -> bool:
        """Whether it stands off the balance sheet."""
        return self in _MEMO

    @property
    def is_debit_normal(self) -> bool:
        """Whether a debit makes it grow."""
        return self in _DEBIT_NORMAL


_MEMO = frozenset(account for account in Account if account.value.startswith("memo:"))

_DEBIT_NORMAL = frozenset(
    {
        Account.PRINCIPAL,
        Account.CASH,
        Account.INTEREST_RECEIVABLE,
        Account.FEES_RECEIVABLE,
        Account.PROTECTIVE_ADVANCES,
        Account.MEMO_COMMITMENT,
        Account.MEMO_RETAINAGE_WITHHELD,
        Account.MEMO_NONACCRUAL_INTEREST,
    }
)
