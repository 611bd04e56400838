"""What the rules say to a command on a loan: events, or a refusal. Repeats decide nothing."""

from typing import assert_never
from uuid import UUID

from domain.budgets import decide as budgets
from domain.budgets.commands import (
    BudgetCommand,
)
from domain.budgets.fold import with_equity_spent
from domain.budgets.refusals import (
    ADVANCE_EXCEEDS_COMMITMENT,
    ADVANCE_EXCEEDS_LINE,
    BUDGET_NOT_BALANCED,
    EQUITY_EXCEEDS_LINE,
    EQUITY_LINE_UNKNOWN,
    LINE_NOT_ADVANCEABLE,
    LINE_NOT_IN_BUDGET,
    LINE_TWICE,
    RETAINAGE_NOT_APPLICABLE,
    SOURCES_NOT_COMMITMENT,
)
from domain.budgets.rules import (
    check_budget,
    check_closing_advance,
)
from domain.budgets.state import Category, LineAmount
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, Refusals
from domain.loans import draw_controls, postings
from domain.loans.checks import check_in
from domain.loans.commands import (
    ApproveLoan,
    ChangeDrawPolicy,
    CloseLoan,
    DeclineLoan,
    LiftDrawStop,
    LoanCommand,
    OriginateLoan,
    PlaceDrawStop,
    SubmitLoan,
    WithdrawLoan,
)
from domain.loans.events import (
    ClosingAdvanceRecorded,
    LoanApproved,
    LoanClosed,
    LoanDeclined,
    LoanOriginated,
    LoanSubmitted,
    LoanWithdrawn,
)
from domain.loans.fold import evolve
from domain.loans.limits import check_limits
from domain.loans.refusals import (
    CLOSING_AFTER_MATURITY,
    CLOSING_BEFORE_ACCRUAL,
    LOAN_EXISTS,
    LOAN_NOT_ACTIVE,
    LOAN_NOT_APPROVED,
    LOAN_NOT_DRAFT,
    LOAN_NOT_SUBMITTED,
    LTC_EXCEEDED,
    OUT_OF_BALANCE,
    SUPERVISORY_LTV_EXCEEDED,
)
from domain.loans.state import Loan, LoanState

REFUSALS: Refusals = {
    OriginateLoan: frozenset(
        {
            LOAN_EXISTS,
            LINE_TWICE,
            RETAINAGE_NOT_APPLICABLE,
            BUDGET_NOT_BALANCED,
            SOURCES_NOT_COMMITMENT,
            EQUITY_LINE_UNKNOWN,
            EQUITY_EXCEEDS_LINE,
            SUPERVISORY_LTV_EXCEEDED,
            LTC_EXCEEDED,
        }
    ),
    SubmitLoan: frozenset({LOAN_NOT_DRAFT}),
    ApproveLoan: frozenset({LOAN_NOT_SUBMITTED}),
    DeclineLoan: frozenset({LOAN_NOT_SUBMITTED}),
    WithdrawLoan: frozenset({LOAN_NOT_DRAFT}),
    CloseLoan: frozenset(
        {
            LOAN_NOT_APPROVED,
            CLOSING_AFTER_MATURITY,
            CLOSING_BEFORE_ACCRUAL,
            LINE_TWICE,
            LINE_NOT_IN_BUDGET,
            LINE_NOT_ADVANCEABLE,
            ADVANCE_EXCEEDS_LINE,
            ADVANCE_EXCEEDS_COMMITMENT,
        }
    ),
    PlaceDrawStop: frozenset({LOAN_NOT_ACTIVE}),
    LiftDrawStop: frozenset({OUT_OF_BALANCE}),
    ChangeDrawPolicy: frozenset({LOAN_NOT_ACTIVE}),
}
"""On what grounds each may be refused."""


def originate(loan: Loan | None, command: OriginateLoan) -> list[Event]:
    """Draw up a term sheet.

    Raises:
        Conflict: ``LOAN_EXISTS``, when the id is taken by other terms.
        RuleBroken: the budget breaks a rule of `domain.budgets.rules`, or, where limits refuse,
            ``SUPERVISORY_LTV_EXCEEDED`` or ``LTC_EXCEEDED``.
    """
    if loan is not None:
        if loan.terms == command.terms:
            return []
        raise LOAN_EXISTS("A loan with this id was originated with other terms.")
    terms = command.terms
    check_budget(terms.lines, terms.sources, terms.commitment_cents)
    originated = LoanOriginated(command.loan_id, command.number, terms)
    exposure = evolve(None, originated).exposure
    check_limits(exposure, terms.secured_by, command.limit_mode, ltc_max=terms.ltc_max)
    return [originated]


def decide(loan: Loan, command: LoanCommand) -> list[Event]:  # noqa: C901  # one arm a command
    """Decide any later command.

    Raises:
        RuleBroken: ``LOAN_NOT_<STATE>`` when the loan is not where the command needs it, or the
            code of the rule that it breaks.
    """
    if isinstance(command, BudgetCommand):
        return budgets.decide(loan, command)
    match command:
        case SubmitLoan():
            if loan.state is LoanState.SUBMITTED:
                return []
            check_in(loan, LoanState.DRAFT)
            return [LoanSubmitted(loan.loan_id)]
        case ApproveLoan():
            if loan.state is LoanState.APPROVED:
                return []
            check_in(loan, LoanState.SUBMITTED)
            return [LoanApproved(loan.loan_id)]
        case DeclineLoan():
            if loan.state is LoanState.DECLINED:
                return []
            check_in(loan, LoanState.SUBMITTED)
            return [LoanDeclined(loan.loan_id, command.reason)]
        case WithdrawLoan():
            if loan.state is LoanState.WITHDRAWN:
                return []
            check_in(loan, LoanState.DRAFT, LoanState.SUBMITTED, LoanState.APPROVED)
            return [LoanWithdrawn(loan.loan_id, command.reason)]
        case CloseLoan():
            return _close(loan, command)
        case PlaceDrawStop():
            return draw_controls.place_stop(loan, command)
        case LiftDrawStop():
            return draw_controls.lift_stop(loan, command)
        case ChangeDrawPolicy():
            return draw_controls.change_policy(loan, command)
        case _:
            assert_never(command)


def _close(loan: Loan, command: CloseLoan) -> list[Event]:
    """Closing binds the commitment and pays out the closing advance.

    Raises:
        RuleBroken: ``LOAN_NOT_APPROVED``, ``CLOSING_AFTER_MATURITY``, or, when it had closed
            before, ``CLOSING_BEFORE_ACCRUAL``; or a rule of
            `domain.budgets.rules.check_closing_advance`.
    """
    advance = tuple(part for part in command.advance if part.amount_cents)
    if loan.closed_on == command.closing_on and _by_line(advance) == _by_line(
        _closing_advance(loan)
    ):
        return []
    if loan.state is not LoanState.APPROVED:
        raise LOAN_NOT_APPROVED(
            f"Loan {loan.number} is {loan.state}; it closes once approved.",
            [Detail("state", loan.state.value)],
        )
    if command.closing_on > loan.maturity_on:
        raise CLOSING_AFTER_MATURITY(
            f"Loan {loan.number} matures on {loan.maturity_on}.",
            [Detail("closing_date", f"must be {loan.maturity_on} at the latest")],
        )
    if loan.accrual_months and command.closing_on < loan.accrual_months[0]:
        # Its months follow each other from the first: none is ever put before that.
        raise CLOSING_BEFORE_ACCRUAL(
            f"Interest of loan {loan.number} is kept from {loan.accrual_months[0]} on.",
            [Detail("closing_date", f"must be {loan.accrual_months[0]} or later")],
        )
    commitment_cents = loan.terms.commitment_cents
    closed = LoanClosed(
        loan.loan_id, command.closing_on, postings.commitment_made(commitment_cents)
    )
    if not advance:
        return [closed]
    budget = with_equity_spent(loan.budget)
    check_closing_advance(budget, advance, commitment_cents)
    fees_cents = sum(
        part.amount_cents for part in advance if budget.line(part.line_id).category is Category.FEE
    )
    cash_cents = sum(part.amount_cents for part in advance) - fees_cents
    entry = postings.advanced_at_closing(cash_cents, fees_cents)
    return [closed, ClosingAdvanceRecorded(loan.loan_id, command.closing_on, advance, entry)]


def _by_line(amounts: tuple[LineAmount, ...]) -> dict[UUID, int]:
    return {part.line_id: part.amount_cents for part in amounts}


def _closing_advance(loan: Loan) -> tuple[LineAmount, ...]:
    """What closing paid out, in the order of the budget."""
    return tuple(
        LineAmount(line.line_id, line.closing_cents)
        for line in loan.budget.lines
        if line.closing_cents
    )
