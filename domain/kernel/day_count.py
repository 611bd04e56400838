"""The four day counts: what part of a year's interest each single day bears.

All four are additive by day, so interest over any split of a period sums to the interest over the
whole. For 30/360 that takes the month-anchored form: the 31st bears nothing and the last day of
February bears the days that February lacks, so every month sums to 30. (The US 30/360 of two end
dates is not additive across an advance in the middle of a month.)
"""

from calendar import isleap, monthrange
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import assert_never


class DayCount(StrEnum):
    """How a loan counts days, fixed when it is originated."""

    ACT_360 = "ACT_360"
    ACT_365F = "ACT_365F"
    ACT_ACT = "ACT_ACT"
    THIRTY_360 = "THIRTY_360"


def day_weight(day: date, day_count: DayCount) -> Fraction:
    """The fraction of a year that one day bears.

    Returns:
        Exact. **Source**: `RULES.md`, "Interest".
    """
    match day_count:
        case DayCount.ACT_360:
            return Fraction(1, 360)
        case DayCount.ACT_365F:
            return Fraction(1, 365)
        case DayCount.ACT_ACT:
            return Fraction(1, 366 if isleap(day.year) else 365)
        case DayCount.THIRTY_360:
            return Fraction(_thirty_day_month(day), 360)
        case _:
            assert_never(day_count)


def _thirty_day_month(day: date) -> int:
    if day.day == 31:
        return 0
    if day.month == 2 and day.day == monthrange(day.year, 2)[1]:
        return 31 - day.day
    return 1


def year_fraction(first_on: date, until_on: date, day_count: DayCount) -> Fraction:
    """The fraction of a year from a first day to, excluding, a last one.

    Raises:
        ValueError: the end lies before the beginning.
    """
    if until_on < first_on:
        raise ValueError("a period ends on or after the day it begins")
    days = (until_on - first_on).days
    return sum(
        (day_weight(first_on + timedelta(days=n), day_count) for n in range(days)), Fraction(0)
    )
