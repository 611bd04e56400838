"""The maturity of a loan over HTTP, extended."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loan_bodies import Dated
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.loans.example import LOAN
from domain.maturity.commands import ExtendMaturity
from runtime.http import AmountCents, Answer, Call, IsoDate, Router, example
from runtime.ids import new_id

router = Router("maturity")


class ExtensionBody(Dated):
    """The next extension option, as it stands unless a date or fee is given.

    A modification extends outside of the options, and then says until when.
    """

    model_config = example({"new_maturity_date": "2026-07-15", "fee": "1200.00"})

    new_maturity_date: Annotated[
        IsoDate | None, Field(validation_alias=AliasChoices("new_maturity_date", "new_maturity"))
    ] = None
    fee: AmountCents | None = None
    fee_id: UUID | None = None
    modification: bool = False


@router.post(
    "/loans/{loan_id}/extensions",
    "extend_maturity",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(ExtendMaturity),
)
async def extend_maturity(loan_id: UUID, body: ExtensionBody, call: Call, ledger: Ledger) -> Answer:
    """Extend the maturity, and charge the option's fee; a matured loan is active again."""
    command = ExtendMaturity(
        body.effective_on or call.today,
        body.fee_id or new_id(),
        body.new_maturity_date,
        body.fee,
        body.modification,
    )
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)
