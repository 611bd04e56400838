"""A payoff quote as JSON shows it."""

from typing import Any

from domain.kernel.money import format_money
from domain.payoff.events import PayoffQuoted, QuotedFee, QuotedTotal

JsonObject = dict[str, Any]


def quote_resource(quote: PayoffQuoted) -> JsonObject:
    """The quote: ``total`` pays the loan off on ``payoff_date``, or on the business day after it.

    ``per_diem`` is rounded to be shown; the totals were worked out from ``per_diem_unrounded``.
    """
    return {
        "id": str(quote.quote_id),
        "loan_id": str(quote.loan_id),
        "loan_version": quote.loan_version,
        "payoff_date": quote.payoff_on.isoformat(),
        "good_through": quote.good_through_on.isoformat(),
        "counts_on": quote.counts_on.isoformat(),
        "principal": format_money(quote.principal_cents),
        "interest": format_money(quote.interest.total_cents),
        "interest_parts": {
            "contract": format_money(quote.interest.interest_cents),
            "default": format_money(quote.interest.default_cents),
            "nonaccrual": format_money(quote.interest.nonaccrual_cents),
        },
        "fees": [_fee(fee) for fee in quote.fees],
        "protective_advances": format_money(quote.protective_advances_cents),
        "unapplied": format_money(quote.unapplied_cents),
        "total": format_money(quote.total_cents),
        "per_diem": format_money(quote.per_diem_cents),
        "per_diem_unrounded": format(quote.per_diem, "f"),
        "totals_by_date": [_total(total) for total in quote.totals_by_date],
    }


def _fee(fee: QuotedFee) -> JsonObject:
    return {
        "fee_id": str(fee.fee_id),
        "kind": fee.kind.value,
        "amount": format_money(fee.amount_cents),
    }


def _total(total: QuotedTotal) -> JsonObject:
    return {
        "date": total.received_on.isoformat(),
        "counts_on": total.counts_on.isoformat(),
        "principal": format_money(total.principal_cents),
        "interest": format_money(total.interest_cents),
        "charges": format_money(total.charges_cents),
        "total": format_money(total.total_cents),
        "after_cut_off_counts_on": total.late_counts_on.isoformat(),
        "after_cut_off_total": format_money(total.late_total_cents),
    }
