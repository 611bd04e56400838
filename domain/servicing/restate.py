"""Interest worked out again after something earlier became known."""

from domain.events.catalogue import Event
from domain.servicing.file import LoanFile


def restate(before: LoanFile, after: LoanFile) -> list[Event]:
    """What a change of the timeline before the accrued-through date does to posted interest."""
    return []
