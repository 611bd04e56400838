"""What may be asked of the contract rate."""

from datetime import date

from msgspec import Struct

from domain.kernel.rates import Rate


class ChangeRate(Struct, frozen=True):
    """Another contract rate from a day on."""

    rate: Rate
    changed_on: date


RateCommand = ChangeRate
