"""Money that comes in, over HTTP: payments, and equity that the borrower deposits."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.loans.example import LOAN
from domain.payments.commands import RecordEquityDeposit, RecordPayment
from runtime.http import (
    Answer,
    Body,
    Call,
    IsoDate,
    PositiveCents,
    Router,
    Text,
    example,
)
from runtime.ids import new_id

router = Router("payments")


class PaymentBody(Body):
    """Money that came in."""

    model_config = example(
        {
            "amount": "1200.00",
            "received_on": "2025-02-05",
            "method": "WIRE",
            "external_ref": "FED-20250205-000077",
        }
    )

    payment_id: UUID | None = None
    amount: PositiveCents
    received_on: IsoDate
    method: Text
    external_ref: Text | None = None


class DepositBody(Body):
    """Equity that the borrower paid in."""

    model_config = example({"amount": "5000.00", "received_on": "2025-02-05"})

    deposit_id: UUID | None = None
    amount: PositiveCents
    received_on: Annotated[
        IsoDate | None, Field(validation_alias=AliasChoices("received_on", "effective_on"))
    ] = None
    external_ref: Text | None = None


@router.post(
    "/loans/{loan_id}/payments",
    "record_payment",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(RecordPayment),
)
async def record_payment(loan_id: UUID, body: PaymentBody, call: Call, ledger: Ledger) -> Answer:
    """Receive a payment.

    Interest is accrued to, excluding, the day it was received. It pays protective advances, fees,
    default interest, interest and principal, in this order; what is left is kept unapplied.
    """
    command = RecordPayment(
        body.payment_id or new_id(), body.amount, body.received_on, body.method, body.external_ref
    )
    return await decide_on_loan(loan_id, command, body.received_on, call, ledger)


@router.post(
    "/loans/{loan_id}/equity-deposits",
    "record_equity_deposit",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(RecordEquityDeposit),
)
async def record_equity_deposit(
    loan_id: UUID, body: DepositBody, call: Call, ledger: Ledger
) -> Answer:
    """Receive equity from the borrower, which pays for draws before the loan does."""
    received_on = body.received_on or call.today
    command = RecordEquityDeposit(
        body.deposit_id or new_id(), body.amount, received_on, body.external_ref
    )
    return await decide_on_loan(loan_id, command, received_on, call, ledger)
