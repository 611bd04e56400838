"""A payoff quote as JSON shows it."""

from datetime import date
from uuid import UUID

from msgspec import field

from domain.interest.resource import InterestPartsResource, interest_parts
from domain.kernel.money import format_money
from domain.kernel.resource import Fraction, Money, Resource
from domain.payoff.events import PayoffQuoted, QuotedFee, QuotedTotal
from domain.receivables.events import FeeKind


class QuotedFeeResource(Resource):
    """A fee, and what is unpaid of it."""

    fee_id: UUID
    kind: FeeKind
    amount: Money


class QuotedTotalResource(Resource):
    """What pays the loan off when it is received on a date, before the cut-off and after it."""

    received_on: date = field(name="date")
    counts_on: date
    principal: Money
    interest: Money
    charges: Money
    total: Money
    after_cut_off_counts_on: date
    after_cut_off_total: Money


class PayoffQuoteResource(Resource):
    """``total`` pays the loan off on ``payoff_date``, or on the business day after it.

    ``per_diem`` is rounded to be shown; the totals were worked out from ``per_diem_unrounded``.
    """

    id: UUID
    loan_id: UUID
    loan_version: int
    payoff_date: date
    good_through: date
    counts_on: date
    principal: Money
    interest: Money
    interest_parts: InterestPartsResource
    fees: list[QuotedFeeResource]
    protective_advances: Money
    unapplied: Money
    total: Money
    per_diem: Money
    per_diem_unrounded: Fraction
    totals_by_date: list[QuotedTotalResource]
    version: int = 0


def quote_resource(quote: PayoffQuoted) -> PayoffQuoteResource:
    """The quote as it was made."""
    return PayoffQuoteResource(
        id=quote.quote_id,
        loan_id=quote.loan_id,
        loan_version=quote.loan_version,
        payoff_date=quote.payoff_on,
        good_through=quote.good_through_on,
        counts_on=quote.counts_on,
        principal=format_money(quote.principal_cents),
        interest=format_money(quote.interest.total_cents),
        interest_parts=interest_parts(quote.interest),
        fees=[_fee(fee) for fee in quote.fees],
        protective_advances=format_money(quote.protective_advances_cents),
        unapplied=format_money(quote.unapplied_cents),
        total=format_money(quote.total_cents),
        per_diem=format_money(quote.per_diem_cents),
        per_diem_unrounded=format(quote.per_diem, "f"),
        totals_by_date=[_total(total) for total in quote.totals_by_date],
    )


def _fee(fee: QuotedFee) -> QuotedFeeResource:
    return QuotedFeeResource(
        fee_id=fee.fee_id, kind=fee.kind, amount=format_money(fee.amount_cents)
    )


def _total(total: QuotedTotal) -> QuotedTotalResource:
    return QuotedTotalResource(
        received_on=total.received_on,
        counts_on=total.counts_on,
        principal=format_money(total.principal_cents),
        interest=format_money(total.interest_cents),
        charges=format_money(total.charges_cents),
        total=format_money(total.total_cents),
        after_cut_off_counts_on=total.late_counts_on,
        after_cut_off_total=format_money(total.late_total_cents),
    )
