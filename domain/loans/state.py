"""A loan as it stands: the fold of its events."""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from domain.budgets.state import (
    Budget,
    Category,
    Reservation,
    SourceKind,
    budget_of,
    with_advance,
    with_changes,
    with_closing_advance,
    with_equity_spent,
    with_reservation,
    without_reservation,
)
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, post
from domain.loans.events import (
    AdvanceRecorded,
    BudgetReallocated,
    ChangeOrderApproved,
    ClosingAdvanceRecorded,
    DrawFundingStarted,
    DrawFundingStopped,
    DrawOpened,
    DrawReservationReleased,
    DrawReserved,
    DrawStopLifted,
    DrawStopPlaced,
    LoanApproved,
    LoanClosed,
    LoanDeclined,
    LoanEvent,
    LoanOriginated,
    LoanSubmitted,
    LoanTerms,
    LoanWithdrawn,
)


class LoanState(StrEnum):
    """Where a loan is in its life."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan, its budget and its books.

    Attributes:
        balances: of every account, in cents, from the postings its events carried. Principal,
            reserved and available amounts are read here, so they cannot differ from the ledger.
        draws_opened: how many draws it has had; the next takes the number after it.
        funding_draw_id: the draw whose wire is under way.
        change_orders: as they were approved, so that none is applied twice.
        draw_stops: why no draw is approved or wired, in the order they were placed.
    """

    loan_id: UUID
    number: str
    state: LoanState
    terms: LoanTerms
    budget: Budget
    balances: dict[Account, int] = field(default_factory=dict)
    closed_on: date | None = None
    draws_opened: int = 0
    funding_draw_id: UUID | None = None
    change_orders: tuple[ChangeOrderApproved, ...] = ()
    draw_stops: tuple[str, ...] = ()

    def balance(self, account: Account) -> int:
        """What an account holds, in cents."""
        return self.balances.get(account, 0)

    @property
    def principal_cents(self) -> int:
        """P: advanced and not repaid; it bears interest."""
        return self.balance(Account.PRINCIPAL)

    @property
    def available_cents(self) -> int:
        """What may still be reserved: undisbursed, less what approved draws hold."""
        return self.balance(Account.MEMO_AVAILABLE)

    @property
    def reserved_cents(self) -> int:
        """A: what approved draws hold of the commitment."""
        return self.balance(Account.MEMO_RESERVED)

    @property
    def undisbursed_cents(self) -> int:
        """U: the commitment, less all advances."""
        return self.available_cents + self.reserved_cents

    @property
    def interest_reserve_cents(self) -> int:
        """What is left on the interest-reserve lines."""
        return sum(
            line.unbilled_cents
            for line in self.budget.lines
            if line.category is Category.INTEREST_RESERVE
        )

    @property
    def equity_to_come_cents(self) -> int:
        """Equity promised and not spent on a line before closing."""
        return sum(
            source.amount_cents
            for source in self.budget.sources
            if source.kind is SourceKind.EQUITY and source.spent_on_line is None
        )

    @property
    def deficiency_cents(self) -> int:
        """What finishing would cost beyond what remains to pay for it.

        Contingency is not a cost. Before closing there is nothing to compare. **Source**:
        `RULES.md`, "In balance".
        """
        if self.closed_on is None:
            return 0
        to_complete = sum(
            line.unbilled_cents
            for line in self.budget.lines
            if line.category is not Category.CONTINGENCY
        )
        means = (
            self.undisbursed_cents
            + self.balance(Account.BORROWER_DEPOSITS)
            + self.equity_to_come_cents
        )
        return max(0, to_complete + self.budget.withheld_cents - means)


def evolve(loan: Loan | None, event: LoanEvent) -> Loan:
    """The loan after an event.

    Raises:
        ValueError: the first event of a stream does not originate a loan.
    """
    if isinstance(event, LoanOriginated):
        return Loan(
            loan_id=event.loan_id,
            number=event.number,
            state=LoanState.DRAFT,
            terms=event.terms,
            budget=budget_of(event.terms.lines, event.terms.sources),
        )
    if loan is None:
        raise ValueError(f"{type(event).__name__} cannot begin a loan")
    after = _stepped(loan, event)
    budget = budget_after(loan.budget, event)
    if isinstance(event, FinancialEvent):
        return replace(after, budget=budget, balances=post(loan.balances, event.postings))
    return after if budget is loan.budget else replace(after, budget=budget)


def _stepped(loan: Loan, event: LoanEvent) -> Loan:  # noqa: C901  # one arm an event
    """The loan after an event, but for its budget and balances."""
    match event:
        case LoanOriginated():
            raise ValueError("a loan is originated once")
        case LoanSubmitted():
            return replace(loan, state=LoanState.SUBMITTED)
        case LoanApproved():
            return replace(loan, state=LoanState.APPROVED)
        case LoanDeclined():
            return replace(loan, state=LoanState.DECLINED)
        case LoanWithdrawn():
            return replace(loan, state=LoanState.WITHDRAWN)
        case LoanClosed():
            return replace(loan, state=LoanState.ACTIVE, closed_on=event.closed_on)
        case DrawOpened():
            return replace(loan, draws_opened=event.number)
        case DrawFundingStarted():
            return replace(loan, funding_draw_id=event.draw_id)
        case DrawFundingStopped() | AdvanceRecorded():
            return replace(loan, funding_draw_id=None)
        case ChangeOrderApproved():
            return replace(loan, change_orders=(*loan.change_orders, event))
        case DrawStopPlaced():
            return replace(loan, draw_stops=(*loan.draw_stops, event.reason))
        case DrawStopLifted():
            kept = tuple(reason for reason in loan.draw_stops if reason != event.reason)
            return replace(loan, draw_stops=kept)
        case (
            ClosingAdvanceRecorded()
            | DrawReserved()
            | DrawReservationReleased()
            | BudgetReallocated()
        ):
            return loan
        case _:
            assert_never(event)


def budget_after(budget: Budget, event: LoanEvent) -> Budget:
    """What an event of the loan leaves of its budget."""
    match event:
        case LoanOriginated():
            raise ValueError("a budget begins once")
        case LoanClosed():
            return with_equity_spent(budget)
        case ClosingAdvanceRecorded():
            return with_closing_advance(budget, event.lines)
        case DrawReserved():
            return with_reservation(budget, Reservation(event.draw_id, event.lines))
        case DrawReservationReleased():
            return without_reservation(budget, event.draw_id)
        case AdvanceRecorded():
            return with_advance(budget, event.draw_id, event.lines)
        case BudgetReallocated():
            return with_changes(budget, event.moves)
        case ChangeOrderApproved():
            return with_changes(budget, event.deltas, event.sources)
        case (
            LoanSubmitted()
            | LoanApproved()
            | LoanDeclined()
            | LoanWithdrawn()
            | DrawOpened()
            | DrawFundingStarted()
            | DrawFundingStopped()
            | DrawStopPlaced()
            | DrawStopLifted()
        ):
            return budget
        case _:
            assert_never(event)
