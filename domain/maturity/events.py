"""What can have happened to the maturity of a loan."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import Event, recorded_as


@recorded_as(
    "loan.matured", version=1, stream="loan_id", partition_key="loan_id", dated="matured_on"
)
class LoanMatured(Event, Struct, frozen=True):
    """The maturity date passed, and principal is unpaid."""

    loan_id: UUID
    matured_on: date


@recorded_as(
    "loan.maturity_extended",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="extended_on",
)
class MaturityExtended(Event, Struct, frozen=True):
    """The loan matures later; ``uses_option`` when it took one of its extension options.

    Attributes:
        fee_id: of the fee it brought; ``extension_id`` what was asked for as its id, fee or none.
    """

    loan_id: UUID
    new_maturity_on: date
    extended_on: date
    uses_option: bool
    fee_id: UUID | None = None
    extension_id: UUID | None = None


MaturityEvent = LoanMatured | MaturityExtended
