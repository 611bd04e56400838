"""The figures of a loan's row, and what a row adds to the sums over all of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.budgets.burn import percent_complete
from domain.budgets.state import Budget, Category
from domain.close_of_business.decide import first_open_month
from domain.defaults.delinquency import oldest_due_on
from domain.interest.forecast import forecast
from domain.interest.period import AccrualPeriod
from domain.ledger.accounts import Account
from domain.loans.state import Loan
from projectors.engine.projection import Key, RowValues
from projectors.read_models.loan_summary.table import LOAN_DUES, LOAN_TOTALS, NOT_DUE, is_live
from projectors.schema import EVERYBODY, NOBODY, adding_to

STALENESS = {
    "FUNDING": "last_funded_on",
    "INSPECTION": "last_inspected_on",
    "ESTIMATE": "oldest_estimate_on",
}
"""What may lie long ago -> the column that says how long."""

_to_totals = adding_to(LOAN_TOTALS)
_to_dues = adding_to(LOAN_DUES)


def row_of(
    loan: Loan,
    period: AccrualPeriod | None,
    last_funded_on: date | None,
    reserve_exhausted_on: date,
) -> RowValues:
    """The columns of a loan's row that its own state and its open month decide."""
    terms, interest = loan.terms, loan.unpaid_interest(period)
    fees_cents = loan.balance(Account.FEES_RECEIVABLE)
    receivable_cents = interest.interest_cents + interest.default_cents
    return {
        "loan_id": loan.loan_id,
        "number": loan.number,
        "state": loan.state.value,
        "project_name": terms.project_name,
        "borrower_id": terms.borrower_id,
        "borrower_name": terms.borrower_name,
        "builder_user_id": terms.builder_user_id or NOBODY,
        "rate": loan.rate_on(date.max),
        "day_count": terms.day_count.value,
        "accrual_status": loan.accrual_status.value,
        "closed_on": loan.closed_on,
        "maturity_on": loan.maturity_on,
        "extensions_left": max(0, len(terms.extension_options) - loan.extensions_used),
        "commitment_cents": terms.commitment_cents,
        "principal_cents": loan.principal_cents,
        "undisbursed_cents": loan.undisbursed_cents,
        "reserved_cents": loan.reserved_cents,
        "available_cents": loan.available_cents,
        "retainage_cents": loan.balance(Account.MEMO_RETAINAGE_WITHHELD),
        "interest_reserve_cents": loan.interest_reserve_cents,
        "accrued_interest_cents": interest.total_cents,
        "fees_due_cents": fees_cents,
        "exposure_cents": loan.principal_cents
        + loan.undisbursed_cents
        + receivable_cents
        + fees_cents,
        "deficiency_cents": loan.deficiency_cents,
        **_dues(loan),
        "reserve_exhausted_on": reserve_exhausted_on,
        "percent_complete": percent_complete(loan.budget),
        "last_funded_on": last_funded_on,
        "last_inspected_on": max(_dates(loan.budget, "inspected_on"), default=None),
        "oldest_estimate_on": min(_dates(loan.budget, "estimated_on"), default=None),
    }


def _dues(loan: Loan) -> dict[str, Any]:
    """When the oldest of what a live loan owes falls or fell due, and the interest it was billed.

    What its unapplied cash covers is not behind.
    """
    if not loan.is_live:
        return {"interest_billed_cents": 0, "past_due_on": NOT_DUE}
    return {
        "interest_billed_cents": sum(behind.total_cents for _, behind in loan.bills_behind),
        "past_due_on": oldest_due_on(loan, date.max) or NOT_DUE,
    }


def reserve_exhausted_on(loan: Loan) -> date:
    """The day on which a live loan's interest reserve runs out, as it stands, without more draws.

    Returns:
        `NOT_DUE` without a reserve, or for one that lasts beyond the forecast.
    """
    has_reserve = any(line.category is Category.INTEREST_RESERVE for line in loan.budget.lines)
    if not loan.is_live or not has_reserve:
        return NOT_DUE
    return forecast(loan, first_open_month(loan)).exhausted_on or NOT_DUE


def lasts_as_before(before: Loan, after: Loan) -> bool:
    """Whether nothing happened that a reserve's end depends on."""
    return (
        after.timeline is before.timeline
        and after.receivables.months is before.receivables.months
        and after.capitalisable_cents == before.capitalisable_cents
        and after.interest_reserve_cents == before.interest_reserve_cents
        and after.is_live is before.is_live
    )


def _dates(budget: Budget, name: str) -> list[date]:
    found = (getattr(line, name) for line in budget.lines)
    return [on for on in found if on is not None]


def totals_of(row: RowValues) -> Mapping[Key, Sequence[int]]:
    """What a loan adds to the sums by state."""
    amounts = _to_totals(row)
    return {
        (builder, row["state"], row["partition"]): amounts
        for builder in (row["builder_user_id"], EVERYBODY)
    }


def dues_of(row: RowValues) -> Mapping[Key, Sequence[int]]:
    """What a live loan adds to the sums by maturity and by oldest due date."""
    if not is_live(row):
        return {}
    amounts = _to_dues(row)
    return {
        (builder, row["maturity_on"], row["past_due_on"], row["partition"]): amounts
        for builder in (row["builder_user_id"], EVERYBODY)
    }


def exposures_of(row: RowValues) -> Mapping[Key, Sequence[int]]:
    """A live loan under its borrower."""
    if not is_live(row):
        return {}
    return {(row["borrower_id"], row["partition"]): (1, row["exposure_cents"])}


def staleness_of(row: RowValues) -> Mapping[Key, Sequence[int]]:
    """A live loan under the last date of each thing that should not lie long ago."""
    if not is_live(row):
        return {}
    return {
        (builder, kind, row[column] or row["closed_on"], row["partition"]): (1,)
        for kind, column in STALENESS.items()
        for builder in (row["builder_user_id"], EVERYBODY)
    }
