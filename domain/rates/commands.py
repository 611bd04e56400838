"""What may be asked of the contract rate."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ChangeRate:
    """Another contract rate from a day on."""

    rate: Decimal
    changed_on: date


RateCommand = ChangeRate
