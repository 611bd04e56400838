"""A loan as JSON shows it."""

from datetime import date
from typing import Any

from domain.budgets.resource import line_resources
from domain.defaults.events import Delinquency
from domain.interest.period import AccrualPeriod
from domain.kernel.money import format_money
from domain.kernel.rates import rate_text
from domain.ledger.accounts import Account
from domain.loans.limits import shown
from domain.loans.state import Loan, LoanState
from domain.loans.terms import LoanTerms
from domain.participations.resource import participation_resource
from domain.receivables.resource import (
    fee_resource,
    interest_month_resource,
    payment_resource,
    protective_advance_resource,
)

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
        **_receivables(loan),
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


def _receivables(loan: Loan) -> JsonObject:
    """Fees, protective advances, months, payments and participations, and what of them is due.

    What is past due is so as of the loan's last close of business, which ages it. Of a loan that is
    over nothing is due; what was written off stands with each fee and month.
    """
    owed = loan.receivables
    months = owed.months if loan.is_live else ()
    due = [month for month in months if month.due_on and month.unpaid.total_cents > 0]
    billed_cents = sum(month.unpaid.total_cents for month in due)
    behind_cents = sum(behind.total_cents for _, behind in loan.bills_behind)
    matured_cents = loan.principal_cents if loan.state is LoanState.MATURED else 0
    is_past_due = loan.delinquency is not Delinquency.CURRENT
    oldest_on = min((month.due_on for month in due if month.due_on), default=None)
    return {
        "interest_due": format_money(billed_cents),
        "next_due_on": None if oldest_on is None else oldest_on.isoformat(),
        "past_due_amount": format_money(behind_cents + matured_cents if is_past_due else 0),
        "delinquency": loan.delinquency.value,
        "fees": [fee_resource(fee) for fee in owed.fees],
        "protective_advances": [
            protective_advance_resource(advance) for advance in owed.protective_advances
        ],
        "interest_months": [interest_month_resource(month) for month in owed.months],
        "payments": [payment_resource(payment) for payment in owed.payments],
        "participations": [participation_resource(share) for share in loan.participations.shares],
    }
