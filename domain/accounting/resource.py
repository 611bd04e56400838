"""The accounting calendar as JSON shows it."""

from datetime import date
from uuid import UUID

from domain.accounting.events import calendar_id
from domain.accounting.state import AccountingCalendar
from domain.kernel.resource import Resource


class AccountingCalendarResource(Resource):
    """Through which day the books are closed, and which is the first that is open."""

    id: UUID
    closed_through: date | None
    first_open_day: date | None
    version: int = 0


def calendar_resource(calendar: AccountingCalendar) -> AccountingCalendarResource:
    """The calendar of the house."""
    through = calendar.closed_through
    return AccountingCalendarResource(
        id=calendar_id(),
        closed_through=through,
        first_open_day=None if through is None else calendar.first_open_day(through),
    )
