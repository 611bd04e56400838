"""What a lender may ask of a loan."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.budgets.state import LineAmount
from domain.loans.events import LoanTerms


@dataclass(frozen=True, slots=True)
class OriginateLoan:
    """Draw up a term sheet."""

    loan_id: UUID
    number: str
    terms: LoanTerms


@dataclass(frozen=True, slots=True)
class SubmitLoan:
    """Send it to credit approval."""


@dataclass(frozen=True, slots=True)
class ApproveLoan:
    """Give credit approval."""


@dataclass(frozen=True, slots=True)
class DeclineLoan:
    """Refuse credit approval."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawLoan:
    """Give the loan up before closing."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CloseLoan:
    """Sign it, and pay out the closing advance, if there is one."""

    closing_on: date
    advance: tuple[LineAmount, ...] = ()


LoanCommand = SubmitLoan | ApproveLoan | DeclineLoan | WithdrawLoan | CloseLoan
