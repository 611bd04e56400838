"""Rates, maturity, default, charge-off."""

from domain.events.catalogue import Event
from domain.servicing.commands import (
    ChangeAccrualStatus,
    ChangeRate,
    ChargeOff,
    CureDefault,
    DeclareDefault,
    ExtendMaturity,
)
from domain.servicing.file import LoanFile


def change_rate(file: LoanFile, command: ChangeRate) -> list[Event]:
    """Change the contract rate."""
    raise NotImplementedError


def extend(file: LoanFile, command: ExtendMaturity) -> list[Event]:
    """Extend the maturity."""
    raise NotImplementedError


def declare_default(file: LoanFile, command: DeclareDefault) -> list[Event]:
    """Declare default."""
    raise NotImplementedError


def cure(file: LoanFile, command: CureDefault) -> list[Event]:
    """Cure a default."""
    raise NotImplementedError


def change_accrual_status(file: LoanFile, command: ChangeAccrualStatus) -> list[Event]:
    """Stop or resume taking interest as income."""
    raise NotImplementedError


def charge_off(file: LoanFile, command: ChargeOff) -> list[Event]:
    """Give up what is owed."""
    raise NotImplementedError
