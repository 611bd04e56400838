"""Money that comes in: payments, and equity of the borrower."""

from datetime import date
from uuid import UUID

from msgspec import Struct


class RecordPayment(Struct, frozen=True):
    """Money came in."""

    payment_id: UUID
    amount_cents: int
    received_on: date
    method: str
    external_ref: str | None = None


class RecordEquityDeposit(Struct, frozen=True):
    """The borrower paid in equity."""

    deposit_id: UUID
    amount_cents: int
    received_on: date
    external_ref: str | None = None


PaymentCommand = RecordPayment | RecordEquityDeposit
