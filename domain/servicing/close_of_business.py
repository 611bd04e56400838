"""Close of business for one loan and day."""

from datetime import date

from domain.events.catalogue import Event
from domain.servicing.file import LoanFile


def close(file: LoanFile, business_on: date) -> list[Event]:
    """Bring a loan to the close of business on a date."""
    raise NotImplementedError
