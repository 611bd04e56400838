"""What may be asked of the shares of a loan."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.kernel.rates import Rate


class SellParticipation(Struct, frozen=True):
    """Sell a share of the loan."""

    participant_id: UUID
    name: str
    share: Rate
    sold_on: date


ParticipationCommand = SellParticipation
