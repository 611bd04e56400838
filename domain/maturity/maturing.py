"""The day on which a loan that still owes principal matures.

**Source**: `RULES.md`, "Close of business".
"""

from datetime import date, timedelta

from domain.loans.state import Loan, LoanState
from domain.maturity.events import LoanMatured


def matured(loan: Loan, since: date, through: date) -> list[LoanMatured]:
    # In default it stays in default, and matures when it is cured.
    if loan.state is not LoanState.ACTIVE or loan.principal_cents <= 0:
        return []
    cured = [span.until_on for span in loan.timeline.defaults if span.until_on is not None]
    matured_on = max([loan.maturity_on + timedelta(days=1), since, *cured])
    return [LoanMatured(loan.loan_id, matured_on)] if matured_on <= through else []
