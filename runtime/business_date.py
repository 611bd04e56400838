"""Which day it is for the lender: the one date that a step counts from when nobody gives another.

At seven in the evening in Texas it is tomorrow in UTC. Whether it is for the lender, too, is a matter
of the time zone that business is done in, a setting (``DRAWBRIDGE_BUSINESS_TIME_ZONE``); instants
are kept and shown in UTC whatever it says.
"""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def time_zone(name: str) -> tzinfo:
    """A time zone by its name in the IANA database, such as ``America/Chicago``.

    ``UTC`` is known without the database, which a small machine may lack.

    Raises:
        ValueError: there is no such zone.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}: America/Chicago is one") from None


def business_date(zone: tzinfo, at: datetime | None = None) -> date:
    """The date in a time zone, now or at an instant."""
    return (at or datetime.now(UTC)).astimezone(zone).date()
