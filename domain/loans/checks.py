"""Where a loan must be for what is asked of it."""

from datetime import date
from types import MappingProxyType

from domain.kernel.errors import Detail, Ground
from domain.kernel.money import format_money
from domain.loans.refusals import (
    AMOUNT_NOT_POSITIVE,
    DRAWS_PENDING,
    LOAN_NOT_ACTIVE,
    LOAN_NOT_APPROVED,
    LOAN_NOT_DEFAULT,
    LOAN_NOT_DRAFT,
    LOAN_NOT_LIVE,
    LOAN_NOT_SUBMITTED,
)
from domain.loans.state import LIVE, Loan, LoanState

LOAN_NOT = MappingProxyType(
    {
        LoanState.DRAFT: LOAN_NOT_DRAFT,
        LoanState.SUBMITTED: LOAN_NOT_SUBMITTED,
        LoanState.APPROVED: LOAN_NOT_APPROVED,
        LoanState.ACTIVE: LOAN_NOT_ACTIVE,
        LoanState.DEFAULT: LOAN_NOT_DEFAULT,
    }
)
"""The refusal of what needs a loan in a state; nothing begins in any other."""


def check_live(loan: Loan) -> None:
    """Check that the loan is closed, and neither paid off nor charged off.

    Raises:
        RuleBroken: ``LOAN_NOT_LIVE``.
    """
    if not loan.is_live:
        raise LOAN_NOT_LIVE(
            f"Loan {loan.number} is {loan.state}; this needs it ACTIVE, MATURED or DEFAULT.",
            [Detail("state", loan.state.value)],
        )


def check_in(loan: Loan, *expected: LoanState) -> None:
    """Demand that the loan is in one of some states.

    Raises:
        RuleBroken: `LOAN_NOT`, by the first of them.
    """
    if loan.state not in expected:
        raise LOAN_NOT[expected[0]](
            f"Loan {loan.number} is {loan.state}; this needs it {' or '.join(expected)}.",
            [Detail("state", loan.state.value)],
        )


def check_since_closing(loan: Loan, on: date, ground: Ground, field: str) -> None:
    """Refuse a date before the loan closed.

    Raises:
        RuleBroken: on the ground given.
    """
    if loan.closed_on is not None and on < loan.closed_on:
        raise ground(
            f"Loan {loan.number} closed on {loan.closed_on}.",
            [Detail(field, f"must be {loan.closed_on} or later")],
        )


def check_under_way(loan: Loan) -> None:
    """Check that the loan has closed, and is not over; in default it is under way.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``.
    """
    if loan.state not in LIVE:
        raise LOAN_NOT_ACTIVE(
            f"Loan {loan.number} is {loan.state}; this needs it closed and not paid off.",
            [Detail("state", loan.state.value)],
        )


def check_no_draws(loan: Loan) -> None:
    """Check that no draw is approved, or being wired, and not funded.

    Raises:
        RuleBroken: ``DRAWS_PENDING``.
    """
    pending = [held.draw_id for held in loan.budget.reservations]
    if loan.funding_draw_id is not None and loan.funding_draw_id not in pending:
        pending.append(loan.funding_draw_id)
    if pending:
        raise DRAWS_PENDING(
            f"Loan {loan.number} has draws that are approved and not funded: cancel them first.",
            [Detail("draw_id", str(draw_id)) for draw_id in pending],
        )


def check_positive(amount_cents: int) -> None:
    """Refuse an amount of nothing or less.

    Raises:
        RuleBroken: ``AMOUNT_NOT_POSITIVE``.
    """
    if amount_cents <= 0:
        raise AMOUNT_NOT_POSITIVE(
            "The amount must be above zero.",
            [Detail("amount", format_money(amount_cents))],
        )
