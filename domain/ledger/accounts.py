"""The chart of accounts that every loan has, and the side on which each grows."""

from enum import StrEnum

_DEBIT_NORMAL = frozenset(
    {
        "loan:principal",
        "cash:operating",
        "interest_receivable",
        "fees_receivable",
        "protective_advances",
        "memo:commitment",
        "memo:retainage_withheld",
        "memo:nonaccrual_interest",
    }
)


class Account(StrEnum):
    """One sub-account of a loan. Memo accounts balance among themselves, off the balance sheet.

    Attributes:
        is_memo: whether it stands off the balance sheet.
        is_debit_normal: whether a debit makes it grow.
    """

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

    # Asked of every line of every entry, so they are known once and not worked out again.
    is_memo: bool
    is_debit_normal: bool

    def __init__(self, name: str) -> None:
        """Know on which books it stands and which side makes it grow."""
        self.is_memo = name.startswith("memo:")
        self.is_debit_normal = name in _DEBIT_NORMAL
