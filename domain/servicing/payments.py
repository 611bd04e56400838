"""Payments."""

from domain.events.catalogue import Event
from domain.servicing.commands import RecordPayment
from domain.servicing.file import LoanFile


def record_payment(file: LoanFile, command: RecordPayment) -> list[Event]:
    """Receive a payment and apply it."""
    raise NotImplementedError
