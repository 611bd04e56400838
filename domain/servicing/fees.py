"""Fees, waivers, protective advances, equity deposits."""

from domain.events.catalogue import Event
from domain.servicing.commands import (
    AssessFee,
    RecordEquityDeposit,
    RecordProtectiveAdvance,
    WaiveFee,
)
from domain.servicing.file import LoanFile


def assess(file: LoanFile, command: AssessFee) -> list[Event]:
    """Charge a fee."""
    raise NotImplementedError


def waive(file: LoanFile, command: WaiveFee) -> list[Event]:
    """Forgive a fee."""
    raise NotImplementedError


def protect(file: LoanFile, command: RecordProtectiveAdvance) -> list[Event]:
    """Pay what protects the property."""
    raise NotImplementedError


def deposit(file: LoanFile, command: RecordEquityDeposit) -> list[Event]:
    """Take in equity."""
    raise NotImplementedError
