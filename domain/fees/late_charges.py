"""The one late charge that a bill brings once its days of grace are over.

**Source**: `RULES.md`, "Fees and late charges".
"""

from datetime import date, timedelta
from uuid import UUID, uuid5

from domain.interest.timeline import InterestCents
from domain.kernel.rounding import share_of
from domain.loans.state import Loan
from domain.receivables.events import FeeAssessed, FeeKind
from domain.receivables.postings import fee_assessed


def late_charge_id(loan_id: UUID, month: date) -> UUID:
    """The id of the one late charge that a month's bill can bring."""
    return uuid5(loan_id, f"late:{month:%Y-%m}")


def late_charges(loan: Loan, since: date, through: date) -> list[FeeAssessed]:
    charges = []
    for month, behind in loan.bills_behind:
        if month.due_on is None or month.late_charged:
            continue
        late_on = max(month.due_on + timedelta(days=loan.terms.grace_days + 1), since)
        if late_on <= through and (charge_cents := _late_charge_cents(loan, behind)) > 0:
            charges.append(_late_charge(loan, month.month, late_on, charge_cents))
    return charges


def _late_charge(loan: Loan, month: date, late_on: date, charge_cents: int) -> FeeAssessed:
    return FeeAssessed(
        loan_id=loan.loan_id,
        fee_id=late_charge_id(loan.loan_id, month),
        kind=FeeKind.LATE,
        amount_cents=charge_cents,
        assessed_on=late_on,
        memo=None,
        postings=fee_assessed(charge_cents),
        month=month,
    )


def _late_charge_cents(loan: Loan, behind: InterestCents) -> int:
    """Of what is behind of a bill; interest on non-accrual, which is no income, brings no fee."""
    late_cents = behind.interest_cents + behind.default_cents
    return share_of(late_cents, loan.terms.late_charge_rate, loan.terms.rounding)
