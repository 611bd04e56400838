"""What may be asked about paying a loan off."""

from datetime import date
from uuid import UUID

from msgspec import Struct


class RecordPayoff(Struct, frozen=True):
    """The whole of what is owed came in; after the cut-off it counts on the next business day."""

    payment_id: UUID
    amount_cents: int
    received_on: date
    method: str
    external_ref: str | None = None
    after_cut_off: bool = False


PayoffCommand = RecordPayoff
