"""The kind of stream that the accounting calendar is: the one of the house."""

from typing import Any

from domain.accounting.events import PeriodClosed, calendar_id
from domain.accounting.state import AccountingCalendar, evolve
from domain.kernel.actors import Actor
from domain.kinds import Kind, Stream


def _shown(calendar: AccountingCalendar, _: Actor) -> dict[str, Any]:
    through = calendar.closed_through
    return {
        "id": str(calendar_id()),
        "closed_through": None if through is None else through.isoformat(),
        "first_open_day": None if through is None else calendar.first_open_day(through).isoformat(),
    }


ACCOUNTING_CALENDAR = Kind(
    name="accounting calendar",
    state=AccountingCalendar,
    evolve=evolve,
    begins_with=(PeriodClosed,),
    resource=_shown,
)
CALENDAR = Stream(ACCOUNTING_CALENDAR, calendar_id(), begins=True)
"""The accounting calendar of the house; empty until a month is closed."""
