"""Cents, days, holidays and shares, written out as plainly as they are defined."""

from datetime import date, timedelta
from fractions import Fraction

DAY = timedelta(days=1)

# The days on which the Federal Reserve Banks are closed, copied from their calendar by hand. A
# holiday on a Saturday closes nothing; one on a Sunday closes the Monday.
FED_HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        # 2024
        *("2024-01-01", "2024-01-15", "2024-02-19", "2024-05-27", "2024-06-19", "2024-07-04"),
        *("2024-09-02", "2024-10-14", "2024-11-11", "2024-11-28", "2024-12-25"),
        # 2025
        *("2025-01-01", "2025-01-20", "2025-02-17", "2025-05-26", "2025-06-19", "2025-07-04"),
        *("2025-09-01", "2025-10-13", "2025-11-11", "2025-11-27", "2025-12-25"),
        # 2026, whose 4th of July is a Saturday
        *("2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19"),
        *("2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25"),
        # 2027, with Juneteenth and Christmas on a Saturday and the 4th of July on a Sunday
        *("2027-01-01", "2027-01-18", "2027-02-15", "2027-05-31", "2027-07-05"),
        *("2027-09-06", "2027-10-11", "2027-11-11", "2027-11-25"),
        # 2028, with New Year's Day and Veterans Day on a Saturday
        *("2028-01-17", "2028-02-21", "2028-05-29", "2028-06-19", "2028-07-04"),
        *("2028-09-04", "2028-10-09", "2028-11-23", "2028-12-25"),
    )
)


def q(cents: Fraction, rounding: str = "HALF_UP") -> int:
    """Whole cents; half a cent goes away from zero, or to the even cent."""
    if cents < 0:
        return -q(-cents, rounding)
    whole = int(cents)
    rest = cents - whole
    half = Fraction(1, 2)
    up = rest > half or (rest == half and (rounding == "HALF_UP" or whole % 2 == 1))
    return whole + 1 if up else whole


def weight(day: date, day_count: str) -> Fraction:
    """The part of a year that one day bears."""
    tomorrow = day + DAY
    if day_count == "ACT_360":
        return Fraction(1, 360)
    if day_count == "ACT_365F":
        return Fraction(1, 365)
    if day_count == "ACT_ACT":
        days_of_year = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
        return Fraction(1, days_of_year)
    if day.day == 31:
        return Fraction(0)
    if day.month == 2 and tomorrow.month == 3:
        return Fraction(31 - day.day, 360)
    return Fraction(1, 360)


def first_of_next_month(day: date) -> date:
    """The 1st after a day."""
    day += DAY
    while day.day != 1:
        day += DAY
    return day


def is_business_day(day: date) -> bool:
    """Whether a wire can move."""
    return day.isoweekday() <= 5 and day not in FED_HOLIDAYS


def counts_on(day: date, *, after_cut_off: bool = False) -> date:
    """The business day on which money received counts."""
    if after_cut_off:
        day += DAY
    while not is_business_day(day):
        day += DAY
    return day


def split(cents: int, shares: list[Fraction]) -> list[int]:
    """Whole cents by largest remainder; of equal remainders the first is favoured."""
    if cents < 0:
        return [-part for part in split(-cents, shares)]
    exact = [cents * share / sum(shares) for share in shares]
    parts = [int(part) for part in exact]
    while sum(parts) < cents:
        lacking = [whole - part for whole, part in zip(exact, parts, strict=True)]
        parts[lacking.index(max(lacking))] += 1
    return parts
