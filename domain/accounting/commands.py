"""What may be asked of the accounting calendar."""

from datetime import date
from uuid import UUID

from msgspec import Struct


class ClosePeriod(Struct, frozen=True):
    """Close a month's books.

    Attributes:
        month: any day of it.
        today_on: the lender's date on which this is asked.
        closed_by: the user who asks.
    """

    month: date
    today_on: date
    closed_by: UUID | None = None
