"""Shares of a loan over HTTP, sold."""

from uuid import UUID

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loan_bodies import Dated
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.loans.example import LOAN
from domain.participations.commands import SellParticipation
from runtime.http import Answer, Call, Rate, Router, Text, example
from runtime.ids import new_id

router = Router("participations")


class ParticipationBody(Dated):
    """Who buys which share of the loan; somebody who is not named goes by their id."""

    model_config = example({"name": "Pecan Valley Bank", "share": "0.3"})

    participant_id: UUID | None = None
    name: Text | None = None
    share: Rate


@router.post(
    "/loans/{loan_id}/participations",
    "sell_participation",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(SellParticipation),
)
async def sell_participation(
    loan_id: UUID, body: ParticipationBody, call: Call, ledger: Ledger
) -> Answer:
    """Sell a share of the loan; its buyer pays for that part of the principal."""
    participant_id = body.participant_id or new_id()
    sold_on = body.effective_on or call.today
    name = body.name or str(participant_id)
    command = SellParticipation(participant_id, name, body.share, sold_on)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)
