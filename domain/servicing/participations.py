"""Participations."""

from datetime import date

from domain.events.catalogue import Event
from domain.servicing.commands import SellParticipation
from domain.servicing.file import LoanFile


def sell(file: LoanFile, command: SellParticipation) -> list[Event]:
    """Sell a share of the loan."""
    raise NotImplementedError


def settle(file: LoanFile, month: date) -> list[Event]:
    """Share a posted month's interest and principal among the lenders; nothing unless sold."""
    return []
