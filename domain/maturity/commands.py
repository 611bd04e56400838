"""What may be asked of the day on which a loan matures."""

from datetime import date
from uuid import UUID

from msgspec import Struct


class ExtendMaturity(Struct, frozen=True):
    """Take the next extension option, or, as a modification, extend outside of them.

    Attributes:
        new_maturity_on: at the latest what the option allows, which is the default.
        fee_cents: what the option says unless given.
        fee_id: of the fee that is assessed, if there is one; the extension is known by it, fee or
            none, when it comes again.
    """

    extended_on: date
    fee_id: UUID
    new_maturity_on: date | None = None
    fee_cents: int | None = None
    modification: bool = False


MaturityCommand = ExtendMaturity
