"""What may be asked of a loan's fees and protective advances."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.receivables.events import FeeKind


class AssessFee(Struct, frozen=True):
    """Charge a fee."""

    fee_id: UUID
    kind: FeeKind
    amount_cents: int
    assessed_on: date
    memo: str | None = None


class WaiveFee(Struct, frozen=True):
    """Forgive a fee, or part of it; all that is unpaid unless an amount is given.

    Attributes:
        waiver_id: by which it is known when it comes again.
    """

    fee_id: UUID
    waived_on: date
    reason: str
    amount_cents: int | None = None
    waiver_id: UUID | None = None


class RecordProtectiveAdvance(Struct, frozen=True):
    """The lender paid what protects the property."""

    advance_id: UUID
    amount_cents: int
    payee: str
    purpose: str
    advanced_on: date


FeeCommand = AssessFee | WaiveFee | RecordProtectiveAdvance
