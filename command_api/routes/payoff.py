"""What pays a loan off, over HTTP: asked for, and received."""

from uuid import UUID

from msgspec.structs import replace
from pydantic import Field

from command_api import payoff
from command_api.idempotency import order_of
from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loans import decide_on_loan
from command_api.routes.payments import PaymentBody
from domain.access import Right
from domain.loans.example import LOAN
from domain.payoff.commands import RecordPayoff
from domain.payoff.example import QUOTE
from domain.payoff.quotes import quote
from runtime.http import (
    PREFIX,
    AmountCents,
    Answer,
    Body,
    Call,
    IsoDate,
    Router,
    example,
)
from runtime.ids import new_id

router = Router("payoff")


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


@router.post(
    "/loans/{loan_id}/payoff-quotes",
    "quote_payoff",
    right=Right.LOANS_WRITE,
    status=201,
    example=QUOTE,
    refuses=refusals(quote),
)
async def quote_payoff(loan_id: UUID, body: QuoteBody, call: Call, ledger: Ledger) -> Answer:
    """Quote what pays a loan off.

    The loan stays as it is. The same dates on the same version of the loan are the same quote, to
    the byte; ``ETag`` is the version of the loan.
    """
    through = body.good_through or body.payoff_date
    order = order_of(call, status=201)
    decided = await payoff.quote_payoff(ledger, loan_id, order, body.payoff_date, through)
    return replace(decided.answer(), location=f"{PREFIX}/loans/{loan_id}/payoff-quotes")


@router.post(
    "/loans/{loan_id}/payoff",
    "record_payoff",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(RecordPayoff),
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
    return await decide_on_loan(loan_id, command, body.received_on, call, ledger)
