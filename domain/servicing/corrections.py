"""Reversal of one named event."""

from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.servicing.commands import ReverseEvent
from domain.servicing.file import LoanFile


def reversible(event: Event) -> bool:
    """Whether an event of this kind may be reversed."""
    return False


def reverse(file: LoanFile, command: ReverseEvent, draw: Draw | None = None) -> list[Event]:
    """Undo one event; for an advance, its draw is needed."""
    raise NotImplementedError
