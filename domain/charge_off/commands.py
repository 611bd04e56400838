"""Giving a loan up."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ChargeOff:
    """Give up what is owed."""

    charged_off_on: date
    reason: str


ChargeOffCommand = ChargeOff
