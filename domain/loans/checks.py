"""Where a loan must be for what is asked of it."""

from datetime import date

from domain.kernel.errors import Detail, RuleBroken
from domain.kernel.money import format_money
from domain.loans.state import LIVE, Loan, LoanState


def check_live(loan: Loan) -> None:
    """Check that the loan is closed, and neither paid off nor charged off.

    Raises:
        RuleBroken: ``LOAN_NOT_LIVE``.
    """
    if not loan.is_live:
        raise RuleBroken(
            "LOAN_NOT_LIVE",
            f"Loan {loan.number} is {loan.state}; this needs it ACTIVE, MATURED or DEFAULT.",
            [Detail("state", loan.state.value)],
        )


def check_in(loan: Loan, *expected: LoanState) -> None:
    """Check that the loan is in one of some states.

    Raises:
        RuleBroken: ``LOAN_NOT_<STATE>``, named by the first of them.
    """
    if loan.state not in expected:
        raise RuleBroken(
            f"LOAN_NOT_{expected[0].name}",
            f"Loan {loan.number} is {loan.state}; this needs it {' or '.join(expected)}.",
            [Detail("state", loan.state.value)],
        )


def check_since_closing(loan: Loan, on: date, code: str, field: str) -> None:
    """Refuse a date before the loan closed.

    Raises:
        RuleBroken: the code given.
    """
    if loan.closed_on is not None and on < loan.closed_on:
        raise RuleBroken(
            code,
            f"Loan {loan.number} closed on {loan.closed_on}.",
            [Detail(field, f"must be {loan.closed_on} or later")],
        )


def check_under_way(loan: Loan) -> None:
    """Check that the loan has closed, and is not over; in default it is under way.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``.
    """
    if loan.state not in LIVE:
        raise RuleBroken(
            "LOAN_NOT_ACTIVE",
            f"Loan {loan.number} is {loan.state}; this needs it closed and not paid off.",
            [Detail("state", loan.state.value)],
        )


def check_positive(amount_cents: int) -> None:
    """Refuse an amount of nothing or less.

    Raises:
        RuleBroken: ``AMOUNT_NOT_POSITIVE``.
    """
    if amount_cents <= 0:
        raise RuleBroken(
            "AMOUNT_NOT_POSITIVE",
            "The amount must be above zero.",
            [Detail("amount", format_money(amount_cents))],
        )
