"""Undoing what was recorded."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.events.catalogue import Event


@dataclass(frozen=True, slots=True)
class ReverseEvent:
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
