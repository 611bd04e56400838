"""Payoff."""

from domain.events.catalogue import Event
from domain.servicing.commands import RecordPayoff
from domain.servicing.file import LoanFile


def record_payoff(file: LoanFile, command: RecordPayoff) -> list[Event]:
    """Pay the loan off."""
    raise NotImplementedError
