"""What can have happened to the accounting calendar."""

from datetime import date
from uuid import UUID, uuid5

from msgspec import Struct

from domain.events.catalogue import Event, recorded_as

_HOUSE = UUID("6a0d6c1e-6d2f-4c35-9c0b-5f3b1f0f7a11")


def calendar_id() -> UUID:
    """The stream of the one calendar that all loans are booked by."""
    return uuid5(_HOUSE, "accounting-calendar")


@recorded_as(
    "accounting_period.closed",
    version=1,
    stream="calendar_id",
    partition_key="calendar_id",
)
class PeriodClosed(Event, Struct, frozen=True):
    """A month's books were closed; what is learnt of it later is booked after it.

    Attributes:
        month: its first day.
        closed_by: the user who closed it; nobody where the system did.
    """

    calendar_id: UUID
    month: date
    closed_by: UUID | None = None


CalendarEvent = PeriodClosed
