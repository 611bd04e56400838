"""The four day counts: what part of a year's interest each single day bears.

All four are additive by day, so interest over any split of a period sums to the interest over the
whole. For 30/360 that takes the month-anchored form: the 31st bears nothing and the last day of
February bears the days that February lacks, so every month sums to 30. (The US 30/360 of two end
dates is not additive across an advance in the middle of a month.)
"""

from calendar import isleap, monthrange
from datetime import date
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


def units_a_year(day_count: DayCount) -> int:
    """How many units make a year; a unit is what every day of this count is a whole multiple of."""
    match day_count:
        case DayCount.ACT_360 | DayCount.THIRTY_360:
            return 360
        case DayCount.ACT_365F:
            return 365
        case DayCount.ACT_ACT:
            return 365 * 366
        case _:
            assert_never(day_count)


def units_between(first_on: date, until_on: date, day_count: DayCount) -> int:
    """The weight of a period as a whole number of units, without walking its days.

    Args:
        first_on: the first day that counts.
        until_on: the first day that no longer counts.
        day_count: how the loan counts days.

    Returns:
        Exact: the sum of `day_weight` over the period, times `units_a_year`.
    """
    return _units_before(until_on, day_count) - _units_before(first_on, day_count)


def _units_before(day: date, day_count: DayCount) -> int:
    match day_count:
        case DayCount.ACT_360 | DayCount.ACT_365F:
            return day.toordinal()
        case DayCount.ACT_ACT:
            return _year_lengths_before(day)
        case DayCount.THIRTY_360:
            # The 31st adds nothing to the thirty days before it, and a month that ends early is
            # made up to thirty by its last day, that is, once the next month begins.
            return 30 * (12 * day.year + day.month) + min(day.day - 1, 30)
        case _:
            assert_never(day_count)


def _year_lengths_before(day: date) -> int:
    """A day of a leap year is 365 units of 1/(365 * 366) year, any other day 366."""
    earlier = day.year - 1
    leap_days = 366 * (earlier // 4 - earlier // 100 + earlier // 400)
    if isleap(day.year):
        leap_days += day.timetuple().tm_yday - 1
    return 366 * (day.toordinal() - 1) - leap_days
