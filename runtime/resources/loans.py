"""A loan as JSON shows it."""

from datetime import date
from decimal import Decimal
from typing import Any

from domain.budgets.state import Budget, BudgetLine
from domain.interest.period import AccrualPeriod
from domain.kernel.money import format_money
from domain.ledger.accounts import Account
from domain.loans.limits import shown
from domain.loans.state import Loan
from domain.loans.terms import LoanTerms
from runtime.resources.receivables import receivable_fields

JsonObject = dict[str, Any]


def loan_resource(loan: Loan, open_period: AccrualPeriod | None = None) -> JsonObject:
    """The resource, without its version, which is the stream's and not the loan's.

    Args:
        loan: its ``rate``, ``maturity_date`` and ``draw_policy`` are shown as they stand, the rate
            as it was last changed, from whichever day.
        open_period: the month whose interest has not fallen due, without which that is left out.
    """
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
        "rate": rate_text(loan.rate_on(date.max)),
        **_terms(terms),
        "draw_policy": {"require": [rule.value for rule in loan.draw_policy]},
        **_balances(loan),
        **interest_fields(loan.unpaid_interest(open_period).total_cents, open_period),
        **receivable_fields(loan),
        "accrual_status": loan.accrual_status.value,
        "draw_stops": list(loan.draw_stops),
        "closed_on": None if loan.closed_on is None else loan.closed_on.isoformat(),
        "maturity_date": loan.maturity_on.isoformat(),
        "extensions_used": loan.extensions_used,
        "rate_changes": [
            {"rate": rate_text(step.rate), "effective_on": step.from_on.isoformat()}
            for step in loan.timeline.rates
            if step.until_on is None
        ],
        **_ratios(loan),
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


def interest_fields(accrued_cents: int, open_period: AccrualPeriod | None) -> JsonObject:
    """What of the resource an entry of the open month changes, and nothing else does.

    Args:
        accrued_cents: all interest accrued and neither capitalised nor paid, the open month's too.
        open_period: that month, as far as anything accrued in it.
    """
    through = None if open_period is None else open_period.accrued_through
    return {
        "accrued_interest": format_money(accrued_cents),
        "accrued_through": None if through is None else through.isoformat(),
    }


def _balances(loan: Loan) -> JsonObject:
    return {
        "commitment": format_money(loan.terms.commitment_cents),
        "principal": format_money(loan.principal_cents),
        "undisbursed": format_money(loan.undisbursed_cents),
        "reserved": format_money(loan.reserved_cents),
        "available": format_money(loan.available_cents),
        "interest_reserve_balance": format_money(loan.interest_reserve_cents),
        "retainage_withheld": format_money(loan.balance(Account.MEMO_RETAINAGE_WITHHELD)),
        "fees_due": format_money(loan.balance(Account.FEES_RECEIVABLE)),
        "unapplied": format_money(loan.balance(Account.UNAPPLIED_PAYMENTS)),
        "borrower_deposits": format_money(loan.balance(Account.BORROWER_DEPOSITS)),
        "equity_to_come": format_money(loan.equity_to_come_cents),
        "deficiency": format_money(loan.deficiency_cents),
    }


def _ratios(loan: Loan) -> JsonObject:
    """Loan to cost and to value, to four places, and the limits that the loan does not keep."""
    exposure = loan.exposure
    ltc, ltv = exposure.loan_to_cost, exposure.loan_to_value
    return {
        "ltc": None if ltc is None else rate_text(shown(ltc)),
        "ltv": None if ltv is None else rate_text(shown(ltv)),
        "warnings": [
            {
                "code": limit.code.value,
                "ratio": None if limit.ratio is None else rate_text(shown(limit.ratio)),
                "limit": rate_text(limit.cap),
            }
            for limit in loan.limits_exceeded
        ],
    }


def _terms(terms: LoanTerms) -> JsonObject:
    valuation = terms.valuation
    return {
        "default_margin": rate_text(terms.default_margin),
        "day_count": terms.day_count.value,
        "rounding": terms.rounding.value,
        "property_kind": terms.secured_by.value,
        "late_charge_rate": rate_text(terms.late_charge_rate),
        "grace_days": terms.grace_days,
        "deposit_share": None if terms.deposit_share is None else rate_text(terms.deposit_share),
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
        "accepted_percent": None if line.accepted_rate is None else rate_text(line.accepted_rate),
        "inspected_on": None if line.inspected_on is None else line.inspected_on.isoformat(),
        "cost_to_complete": format_money(line.cost_to_complete_cents),
        "estimated_on": None if line.estimated_on is None else line.estimated_on.isoformat(),
    }


def rate_text(rate: Decimal) -> str:
    """A rate as a plain decimal fraction, never in exponent notation."""
    return format(rate, "f")
