"""The rate of a loan over HTTP, changed from a day on."""

from uuid import UUID

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.loans.example import LOAN
from domain.rates.commands import ChangeRate
from runtime.http import Answer, Body, Call, IsoDate, Rate, Router, example

router = Router("rates")


class RateBody(Body):
    """The contract rate from a day on."""

    model_config = example({"rate": "0.1025", "effective_on": "2025-04-01"})

    rate: Rate
    effective_on: IsoDate


@router.post(
    "/loans/{loan_id}/rate-changes",
    "change_rate",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(ChangeRate),
)
async def change_rate(loan_id: UUID, body: RateBody, call: Call, ledger: Ledger) -> Answer:
    """Change the contract rate from a day on; interest already accrued from then is adjusted."""
    return await decide_on_loan(
        loan_id, ChangeRate(body.rate, body.effective_on), body.effective_on, call, ledger
    )
