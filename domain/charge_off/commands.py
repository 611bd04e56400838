"""Giving a loan up."""

from datetime import date

from msgspec import Struct


class ChargeOff(Struct, frozen=True):
    """Give up what is owed."""

    charged_off_on: date
    reason: str


ChargeOffCommand = ChargeOff
