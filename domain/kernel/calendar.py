"""Business days: those on which the Federal Reserve moves money.

**Source**: Federal Reserve Banks, holiday schedule (frbservices.org): the holidays of 5 U.S.C.
6103(a). One that falls on a Sunday is kept on the Monday after it. For one that falls on a Saturday
the banks are open on the Friday before, unlike federal offices.
"""

from datetime import date, timedelta
from functools import lru_cache

MARTIN_LUTHER_KING_SINCE = 1986  # first kept in January 1986, under Public Law 98-144
JUNETEENTH_SINCE = 2022  # law since 17 June 2021, two days too late for that year's schedule

_ONE_DAY = timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


@lru_cache(maxsize=512)
def bank_holidays(year: int) -> frozenset[date]:
    """The days of a year on which the Federal Reserve Banks are closed, weekends aside.

    Returns:
        Holidays as they are kept: on weekdays only, those of a Sunday on the Monday after.
    """
    dated = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= JUNETEENTH_SINCE:
        dated.append(date(year, 6, 19))
    kept = {day + _ONE_DAY if day.weekday() == _SUNDAY else day for day in dated}
    if year >= MARTIN_LUTHER_KING_SINCE:
        kept.add(_weekday_of(year, 1, _MONDAY, 3))
    kept |= {
        _weekday_of(year, 2, _MONDAY, 3),
        _weekday_of(year, 6, _MONDAY, 1) - timedelta(weeks=1),
        _weekday_of(year, 9, _MONDAY, 1),
        _weekday_of(year, 10, _MONDAY, 2),
        _weekday_of(year, 11, _THURSDAY, 4),
    }
    return frozenset(day for day in kept if day.weekday() < _SATURDAY)


def is_business_day(day: date) -> bool:
    """Whether a wire sent on the day arrives on it."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


def next_business_day(day: date) -> date:
    """The day itself if it is a business day, else the first one after it."""
    while not is_business_day(day):
        day += _ONE_DAY
    return day


def business_day_after(day: date) -> date:
    """The first business day after the day, as for a receipt after cut-off."""
    return next_business_day(day + _ONE_DAY)


def business_days_between(start: date, end: date) -> int:
    """The business days after the start up to and including the end; none if it is not later.

    Counted by whole weeks, less the holidays among them, so a span of years costs no walk.
    """
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    weekdays = 5 * weeks + sum(
        (start + timedelta(days=n)).weekday() < _SATURDAY for n in range(1, rest + 1)
    )
    return weekdays - sum(
        start < day <= end
        for year in range(start.year, end.year + 1)
        for day in bank_holidays(year)
    )


def _weekday_of(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def month_text(month: date) -> str:
    """A month as JSON shows it, ``2025-03``; any of its days names it."""
    return month.isoformat()[:7]
