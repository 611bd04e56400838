"""What may be asked about the default of a loan, and whether its interest is income."""

from datetime import date

from msgspec import Struct

from domain.defaults.events import AccrualStatus


class DeclareDefault(Struct, frozen=True):
    """Declare the borrower in default."""

    declared_on: date
    reason: str


class CureDefault(Struct, frozen=True):
    """The default is cured."""

    cured_on: date
    reason: str | None = None


class ChangeAccrualStatus(Struct, frozen=True):
    """Stop or resume taking interest as income."""

    status: AccrualStatus
    changed_on: date
    reason: str | None = None


DefaultCommand = DeclareDefault | CureDefault | ChangeAccrualStatus
