"""A loan that was given up."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import recorded_as
from domain.ledger.entries import FinancialEvent, Postings


@recorded_as(
    "loan.charged_off",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="charged_off_on",
)
class LoanChargedOff(FinancialEvent, Struct, frozen=True):
    """The lender gave up what is owed, against its allowance; nothing accrues any more."""

    loan_id: UUID
    charged_off_on: date
    reason: str
    postings: Postings
