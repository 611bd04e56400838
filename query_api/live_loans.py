"""What the dashboards of live loans show of each."""

from typing import Any
from uuid import UUID

from domain.kernel.resource import Resource
from domain.loans.example import LOAN
from domain.loans.state import LoanState
from projectors.read_models.loan_summary.table import IS_LIVE
from query_api.database import Row

LIVE_LOANS = f"loans.{IS_LIVE}"


class LiveLoan(Row):
    """A live loan: which it is and whose; a dashboard adds the figures that it is about."""

    loan_id: UUID
    number: str
    project_name: str
    borrower_name: str
    state: str

    @property
    def named(self) -> dict[str, Any]:
        """The fields of `LiveLoanResource`."""
        return {
            "loan_id": self.loan_id,
            "number": self.number,
            "project_name": self.project_name,
            "borrower_name": self.borrower_name,
            "state": LoanState(self.state),
        }


class LiveLoanResource(Resource):
    """Which loan it is and whose."""

    loan_id: UUID
    number: str
    project_name: str
    borrower_name: str
    state: LoanState


LIVE_LOAN: dict[str, Any] = {
    "loan_id": LOAN.id,
    "number": LOAN.number,
    "project_name": LOAN.project_name,
    "borrower_name": LOAN.borrower_name,
    "state": LOAN.state,
}
"""That of the documentation's examples."""
