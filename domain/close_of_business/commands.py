"""The end of a business day."""

from datetime import date

from msgspec import Struct


class CloseBusiness(Struct, frozen=True):
    """Accrue to, excluding, a date; on the 1st capitalise and bill; mature, charge late, age."""

    business_on: date
