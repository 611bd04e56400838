"""A loan as JSON shows it."""

from decimal import Decimal
from typing import Any

from domain.budgets.state import Budget, BudgetLine
from domain.kernel.money import format_money
from domain.ledger.accounts import Account
from domain.loans.events import LoanTerms
from domain.loans.state import Loan

JsonObject = dict[str, Any]


def loan_resource(loan: Loan) -> JsonObject:
    """The resource, without its version, which is the stream's and not the loan's."""
    terms = loan.terms
    return {
        "id": str(loan.loan_id),
        "number": loan.number,
        "state": loan.state.value,
        "project_id": str(terms.project_id),
        "project_name": terms.project_name,
        "borrower_id": str(terms.borrower_id),
        "borrower_name": terms.borrower_name,
        "builder_user_id": None if terms.builder_user_id is None else str(terms.builder_user_id),
        **_terms(terms),
        "commitment": format_money(terms.commitment_cents),
        "principal": format_money(loan.principal_cents),
        "undisbursed": format_money(loan.undisbursed_cents),
        "reserved": format_money(loan.reserved_cents),
        "available": format_money(loan.available_cents),
        "interest_reserve_balance": format_money(loan.interest_reserve_cents),
        "retainage_withheld": format_money(loan.balance(Account.MEMO_RETAINAGE_WITHHELD)),
        "accrued_interest": format_money(loan.balance(Account.INTEREST_RECEIVABLE)),
        "fees_due": format_money(loan.balance(Account.FEES_RECEIVABLE)),
        "unapplied": format_money(loan.balance(Account.UNAPPLIED_PAYMENTS)),
        "deficiency": format_money(loan.deficiency_cents),
        "draw_stops": list(loan.draw_stops),
        "closed_on": None if loan.closed_on is None else loan.closed_on.isoformat(),
        "maturity_date": terms.maturity_on.isoformat(),
        "lines": line_resources(loan.budget),
        "sources": [
            {
                "kind": source.kind.value,
                "amount": format_money(source.amount_cents),
                "spent_on_line": None if (line := source.spent_on_line) is None else str(line),
            }
            for source in loan.budget.sources
        ],
        "memo": terms.memo,
    }


def _terms(terms: LoanTerms) -> JsonObject:
    valuation = terms.valuation
    return {
        "rate": rate_text(terms.rate),
        "default_margin": rate_text(terms.default_margin),
        "day_count": terms.day_count.value,
        "rounding": terms.rounding.value,
        "late_charge_rate": rate_text(terms.late_charge_rate),
        "grace_days": terms.grace_days,
        "extension_options": [
            {"months": option.months, "fee_rate": rate_text(option.fee_rate)}
            for option in terms.extension_options
        ],
        "valuation": None
        if valuation is None
        else {
            "as_is": format_money(valuation.as_is_cents),
            "as_complete": format_money(valuation.as_complete_cents),
            "valued_on": valuation.valued_on.isoformat(),
        },
        "draw_policy": {"require": [rule.value for rule in terms.draw_policy]},
    }


def line_resources(budget: Budget) -> list[JsonObject]:
    """The budget's lines: what each may spend, has spent, holds for approved draws, and has left.

    ``funded`` includes the borrower's equity, ``reserved`` is net of retainage, and ``unbilled``
    is the budget less everything spent or withheld: ``amount = funded + retainage + unbilled``.
    """
    return [_line(budget, line) for line in budget.lines]


def _line(budget: Budget, line: BudgetLine) -> JsonObject:
    return {
        "line_id": str(line.line_id),
        "code": line.code,
        "name": line.name,
        "category": line.category.value,
        "amount": format_money(line.budget_cents),
        "funded": format_money(line.funded_cents),
        "reserved": format_money(budget.reserved_on(line.line_id).net_cents),
        "retainage": format_money(line.withheld_cents),
        "unbilled": format_money(line.unbilled_cents),
        "retainage_rate": rate_text(line.retainage_rate),
        "stored_retainage_rate": rate_text(line.stored_retainage_rate),
    }


def rate_text(rate: Decimal) -> str:
    """A rate as a plain decimal fraction, never in exponent notation."""
    return format(rate, "f")
