"""Money over HTTP that comes in: payments, payoffs and what they must be, equity deposits."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from command_api import servicing
from command_api.handle import Ledger
from command_api.idempotency import order_of, today
from domain.access import Right
from domain.servicing.commands import RecordEquityDeposit, RecordPayment, RecordPayoff
from runtime.http import (
    PREFIX,
    AmountCents,
    Answer,
    Body,
    Call,
    IsoDate,
    PositiveCents,
    Router,
    Text,
    example,
)
from runtime.http.examples import LOAN, QUOTE
from runtime.ids import new_id

router = Router("payments")

_LIVE = ("LOAN_NOT_LIVE", "BUSINESS_DATE_TOO_FAR")


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


class PayoffBody(PaymentBody):
    """The money that pays the loan off; after the cut-off it counts on the next business day.

    On a loan that owes nothing the amount may be zero.
    """

    model_config = example(
        {
            "amount": "685236.35",
            "received_on": "2025-05-20",
            "method": "WIRE",
            "external_ref": "FED-20250520-000410",
            "after_cut_off": False,
        }
    )

    amount: AmountCents
    after_cut_off: bool = False


class QuoteBody(Body):
    """On which date, and through which further ones, the loan may be paid off."""

    model_config = example({"payoff_date": "2025-05-20", "good_through": "2025-05-21"})

    payoff_date: IsoDate
    good_through: IsoDate | None = Field(
        default=None, description="The last date quoted for; the payoff date unless given."
    )


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
    refuses=(*_LIVE, "PAYMENT_BEFORE_CLOSING"),
    collides=("PAYMENT_EXISTS",),
)
async def record_payment(loan_id: UUID, body: PaymentBody, call: Call, ledger: Ledger) -> Answer:
    """Receive a payment.

    Interest is accrued to, excluding, the day it was received. It pays protective advances, fees,
    default interest, interest and principal, in this order; what is left is kept unapplied.
    """
    command = RecordPayment(
        body.payment_id or new_id(), body.amount, body.received_on, body.method, body.external_ref
    )
    order = order_of(call, body.received_on)
    return (await servicing.service(ledger, loan_id, order, command)).answer()


@router.post(
    "/loans/{loan_id}/payoff-quotes",
    "quote_payoff",
    right=Right.LOANS_WRITE,
    status=201,
    example=QUOTE,
    refuses=(
        *_LIVE,
        "PAYOFF_BEFORE_CLOSING",
        "PAYOFF_DATE_PAST",
        "PAYOFF_DATE_TOO_FAR",
        "GOOD_THROUGH_BEFORE_PAYOFF",
        "GOOD_THROUGH_TOO_FAR",
    ),
)
async def quote_payoff(loan_id: UUID, body: QuoteBody, call: Call, ledger: Ledger) -> Answer:
    """Quote what pays a loan off.

    The loan stays as it is. The same dates on the same version of the loan are the same quote, to
    the byte; ``ETag`` is the version of the loan.
    """
    through = body.good_through or body.payoff_date
    order = order_of(call, status=201)
    decided = await servicing.quote_payoff(ledger, loan_id, order, body.payoff_date, through)
    return replace(decided.answer(), location=f"{PREFIX}/loans/{loan_id}/payoff-quotes")


@router.post(
    "/loans/{loan_id}/payoff",
    "record_payoff",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=(
        *_LIVE,
        "PAYMENT_BEFORE_CLOSING",
        "PAYOFF_SHORT",
        "PAYOFF_NOT_LAST",
        "DRAWS_PENDING",
    ),
    collides=("PAYMENT_EXISTS",),
)
async def record_payoff(loan_id: UUID, body: PayoffBody, call: Call, ledger: Ledger) -> Answer:
    """Receive the payoff: everything owed is paid, and the loan is over."""
    command = RecordPayoff(
        body.payment_id or new_id(),
        body.amount,
        body.received_on,
        body.method,
        body.external_ref,
        body.after_cut_off,
    )
    order = order_of(call, body.received_on)
    return (await servicing.service(ledger, loan_id, order, command)).answer()


@router.post(
    "/loans/{loan_id}/equity-deposits",
    "record_equity_deposit",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=("LOAN_NOT_LIVE", "DEPOSIT_BEFORE_CLOSING"),
    collides=("DEPOSIT_EXISTS",),
)
async def record_equity_deposit(
    loan_id: UUID, body: DepositBody, call: Call, ledger: Ledger
) -> Answer:
    """Receive equity from the borrower, which pays for draws before the loan does."""
    received_on = body.received_on or today()
    command = RecordEquityDeposit(
        body.deposit_id or new_id(), body.amount, received_on, body.external_ref
    )
    order = order_of(call, received_on)
    return (await servicing.service(ledger, loan_id, order, command)).answer()
