"""What a lender may ask of a loan."""

from datetime import date
from uuid import UUID

from domain.budgets.commands import BudgetCommand
from domain.budgets.events import PolicyRule
from domain.budgets.state import LineAmount
from domain.kernel.values import dataclass
from domain.loans.limits import LimitMode
from domain.loans.terms import LoanTerms


@dataclass(frozen=True, slots=True)
class OriginateLoan:
    """Draw up a term sheet; ``limit_mode`` says what becomes of one beyond a limit."""

    loan_id: UUID
    number: str
    terms: LoanTerms
    limit_mode: LimitMode = LimitMode.WARN


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


@dataclass(frozen=True, slots=True)
class PlaceDrawStop:
    """Hold all approvals and wires, for a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class LiftDrawStop:
    """Settle one reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChangeDrawPolicy:
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
