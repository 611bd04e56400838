"""The accounting calendar as it stands: the fold of its events.

**Source**: `RULES.md`, "Accounting periods".
"""

from calendar import monthrange
from datetime import date, timedelta

from msgspec import Struct

from domain.accounting.events import CalendarEvent

_ONE_DAY = timedelta(days=1)


class AccountingCalendar(Struct, frozen=True):
    """How far the books are closed.

    Attributes:
        closed_through: the last day of the last closed month; `None` while none is.
    """

    closed_through: date | None = None

    def first_open_day(self, value_date: date) -> date:
        """The day on which an entry is booked.

        Args:
            value_date: the day from which the entry counts; interest always follows this one.

        Returns:
            The value date, or the day after the last closed month if that month or an earlier one
            holds it.
        """
        if self.closed_through is None or value_date > self.closed_through:
            return value_date
        return self.closed_through + _ONE_DAY


def last_day_of(month: date) -> date:
    """The last day of the month that a day lies in."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def evolve(calendar: AccountingCalendar | None, event: CalendarEvent) -> AccountingCalendar:
    """The calendar after an event; before the first it is `AccountingCalendar()`."""
    through = last_day_of(event.month)
    if calendar is not None and calendar.closed_through is not None:
        through = max(through, calendar.closed_through)
    return AccountingCalendar(through)
