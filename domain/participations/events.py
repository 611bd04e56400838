"""What can have happened to the shares of a loan that other lenders bought."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import recorded_as
from domain.kernel.rates import Rate
from domain.ledger.entries import FinancialEvent, Postings


@recorded_as(
    "loan.participation_sold",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="sold_on",
)
class ParticipationSold(FinancialEvent, Struct, frozen=True):
    """Another lender bought a share of the loan and paid for that part of its principal."""

    loan_id: UUID
    participant_id: UUID
    name: str
    share: Rate
    principal_cents: int
    sold_on: date
    postings: Postings


class Settlement(Struct, frozen=True):
    """What one participant is owed for a month, or pays in, in cents.

    Attributes:
        interest_cents: their part of the month's interest.
        principal_cents: by how much their part of the principal grew or, below zero, shrank.
    """

    participant_id: UUID
    interest_cents: int
    principal_cents: int


@recorded_as(
    "loan.participations_settled",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="settled_on",
)
class ParticipationsSettled(FinancialEvent, Struct, frozen=True):
    """A month's interest and the principal moved in it were shared among the lenders."""

    loan_id: UUID
    month: date
    settled_on: date
    settlements: tuple[Settlement, ...]
    postings: Postings


ParticipationEvent = ParticipationSold | ParticipationsSettled
