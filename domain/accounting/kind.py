"""The kind of stream that the accounting calendar is: the one of the house."""

from domain.accounting.events import PeriodClosed, calendar_id
from domain.accounting.resource import AccountingCalendarResource, calendar_resource
from domain.accounting.state import AccountingCalendar, evolve
from domain.kernel.actors import Actor
from domain.kinds import Kind, Stream


def _shown(calendar: AccountingCalendar, _: Actor) -> AccountingCalendarResource:
    return calendar_resource(calendar)


ACCOUNTING_CALENDAR = Kind(
    name="accounting calendar",
    state=AccountingCalendar,
    evolve=evolve,
    begins_with=(PeriodClosed,),
    resource=_shown,
)
CALENDAR = Stream(ACCOUNTING_CALENDAR, calendar_id(), begins=True)
"""The accounting calendar of the house; empty until a month is closed."""
