"""Undoing what was recorded."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import Event


class ReverseEvent(Struct, frozen=True):
    """Undo one named event from a day on.

    Attributes:
        event_id: of the event to undo; ``original`` the event itself, which the shell found, and
            ``original_on`` its value date.
    """

    event_id: UUID
    original: Event
    original_on: date
    reversed_on: date
    reason: str
