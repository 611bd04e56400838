"""What is owed on a loan besides its principal, as JSON shows it."""

from typing import Any

from domain.kernel.money import format_money
from domain.loans.life_events import Delinquency
from domain.loans.state import Loan, LoanState
from domain.participations.state import Participation
from domain.receivables.state import Fee, InterestMonth, Payment, ProtectiveAdvance

JsonObject = dict[str, Any]


def receivable_fields(loan: Loan) -> JsonObject:
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
        "fees": [_fee(fee) for fee in owed.fees],
        "protective_advances": [_protective(advance) for advance in owed.protective_advances],
        "interest_months": [_month(month) for month in owed.months],
        "payments": [payment_resource(payment) for payment in owed.payments],
        "participations": [_participation(share) for share in loan.participations.shares],
    }


def _fee(fee: Fee) -> JsonObject:
    return {
        "fee_id": str(fee.fee_id),
        "kind": fee.kind.value,
        "amount": format_money(fee.amount_cents),
        "assessed_on": fee.assessed_on.isoformat(),
        "memo": fee.memo,
        "month": None if fee.month is None else f"{fee.month:%Y-%m}",
        "paid": format_money(fee.paid_cents),
        "waived": format_money(fee.waived_cents),
        "due": format_money(fee.unpaid_cents),
    }


def _protective(advance: ProtectiveAdvance) -> JsonObject:
    return {
        "advance_id": str(advance.advance_id),
        "amount": format_money(advance.amount_cents),
        "advanced_on": advance.advanced_on.isoformat(),
        "payee": advance.payee,
        "purpose": advance.purpose,
        "paid": format_money(advance.paid_cents),
        "due": format_money(advance.unpaid_cents),
    }


def _month(month: InterestMonth) -> JsonObject:
    """A month once it fell due; of an open one, only what was paid on it ahead is known here."""
    return {
        "month": f"{month.month:%Y-%m}",
        "due_on": None if month.due_on is None else month.due_on.isoformat(),
        "accrued": format_money(month.accrued.total_cents),
        "capitalized": format_money(month.capitalised_cents),
        "billed": format_money(
            month.accrued.total_cents - month.capitalised_cents if month.due_on else 0
        ),
        "paid": format_money(month.paid.total_cents),
        "due": format_money(month.unpaid.total_cents if month.due_on else 0),
    }


def payment_resource(payment: Payment) -> JsonObject:
    """A payment and what it paid, in the order in which it did."""
    return {
        "payment_id": str(payment.payment_id),
        "amount": format_money(payment.amount_cents),
        "received_on": payment.received_on.isoformat(),
        "method": payment.method,
        "external_ref": payment.external_ref,
        "reversed_on": None if payment.reversed_on is None else payment.reversed_on.isoformat(),
        "allocations": [
            {
                "due": part.due.value,
                "amount": format_money(part.amount_cents),
                "fee_id": None if part.fee_id is None else str(part.fee_id),
                "advance_id": None if part.advance_id is None else str(part.advance_id),
                "month": None if part.month is None else f"{part.month:%Y-%m}",
            }
            for part in payment.allocations
        ],
    }


def _participation(share: Participation) -> JsonObject:
    return {
        "participant_id": str(share.participant_id),
        "name": share.name,
        "share": format(share.share, "f"),
        "sold_on": share.sold_on.isoformat(),
        "principal": format_money(share.principal_cents),
        "interest": format_money(share.interest_cents),
    }
