"""Money that comes in: payments, and equity of the borrower."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Money came in."""

    payment_id: UUID
    amount_cents: int
    received_on: date
    method: str
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class RecordEquityDeposit:
    """The borrower paid in equity."""

    deposit_id: UUID
    amount_cents: int
    received_on: date
    external_ref: str | None = None


PaymentCommand = RecordPayment | RecordEquityDeposit
