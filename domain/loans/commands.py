"""What a lender may ask of a loan."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.budgets.commands import BudgetCommand
from domain.budgets.state import LineAmount
from domain.loans.limits import LimitMode
from domain.loans.terms import LoanTerms, PolicyRule


class OriginateLoan(Struct, frozen=True):
    """Draw up a term sheet; ``limit_mode`` says what becomes of one beyond a limit."""

    loan_id: UUID
    number: str
    terms: LoanTerms
    limit_mode: LimitMode = LimitMode.WARN


class SubmitLoan(Struct, frozen=True):
    """Send it to credit approval."""


class ApproveLoan(Struct, frozen=True):
    """Give credit approval."""


class DeclineLoan(Struct, frozen=True):
    """Refuse credit approval."""

    reason: str | None = None


class WithdrawLoan(Struct, frozen=True):
    """Give the loan up before closing."""

    reason: str | None = None


class CloseLoan(Struct, frozen=True):
    """Sign it, and pay out the closing advance, if there is one."""

    closing_on: date
    advance: tuple[LineAmount, ...] = ()


class PlaceDrawStop(Struct, frozen=True):
    """Hold all approvals and wires, for a reason."""

    reason: str


class LiftDrawStop(Struct, frozen=True):
    """Settle one reason."""

    reason: str


class ChangeDrawPolicy(Struct, frozen=True):
    """Demand other rules of draws from now on."""

    require: tuple[PolicyRule, ...]
    reason: str


LoanCommand = (
    SubmitLoan
    | ApproveLoan
    | DeclineLoan
    | WithdrawLoan
    | CloseLoan
    | PlaceDrawStop
    | LiftDrawStop
    | ChangeDrawPolicy
    | BudgetCommand
)
