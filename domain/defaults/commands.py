"""What may be asked about the default of a loan, and whether its interest is income."""

from dataclasses import dataclass
from datetime import date

from domain.defaults.events import AccrualStatus


@dataclass(frozen=True, slots=True)
class DeclareDefault:
    """Declare the borrower in default."""

    declared_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class CureDefault:
    """The default is cured."""

    cured_on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeAccrualStatus:
    """Stop or resume taking interest as income."""

    status: AccrualStatus
    changed_on: date
    reason: str | None = None


DefaultCommand = DeclareDefault | CureDefault | ChangeAccrualStatus
