"""What may be asked of the shares of a loan."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SellParticipation:
    """Sell a share of the loan."""

    participant_id: UUID
    name: str
    share: Decimal
    sold_on: date


ParticipationCommand = SellParticipation
