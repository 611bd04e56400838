"""A draw's money over HTTP: wired, confirmed or failed, and called off before."""

from uuid import UUID

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.draws import decide_on_draw
from command_api.routes.loan_bodies import Dated, ReasonBody
from domain.access import Right
from domain.draws.commands import CancelDraw, ConfirmFunding, FailFunding, InitiateFunding
from domain.draws.example import DRAW
from runtime.http import Answer, Body, Call, IsoDate, Router, Text, example

router = Router("draws")


class FundBody(Dated):
    """The bank's reference for the wire."""

    model_config = example({"wire_ref": "FED-20250210-000123"})

    wire_ref: Text


class ConfirmBody(Body):
    """The date on which the bank paid."""

    model_config = example({"funded_on": "2025-02-10"})

    funded_on: IsoDate


@router.post(
    "/draws/{draw_id}/cancel",
    "cancel_draw",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(CancelDraw),
)
async def cancel_draw(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Call an approved draw off; what it held is available again."""
    return await decide_on_draw(draw_id, CancelDraw(body.reason), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/fund",
    "fund_draw",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(InitiateFunding),
)
async def fund_draw(draw_id: UUID, body: FundBody, call: Call, ledger: Ledger) -> Answer:
    """Order the wire of an approved draw.

    The loan must be in balance and the insurance in force on the lender's date, where its policy
    asks for that.
    """
    command = InitiateFunding(body.wire_ref, body.effective_on)
    return await decide_on_draw(draw_id, command, body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/confirm-funding",
    "confirm_draw_funding",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(ConfirmFunding),
)
async def confirm_funding(draw_id: UUID, body: ConfirmBody, call: Call, ledger: Ledger) -> Answer:
    """Confirm that the bank paid: what the draw held becomes principal on that date."""
    command = ConfirmFunding(body.funded_on)
    return await decide_on_draw(draw_id, command, body.funded_on, call, ledger)


@router.post(
    "/draws/{draw_id}/fail-funding",
    "fail_draw_funding",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(FailFunding),
)
async def fail_funding(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Record that the wire came back; the draw is approved as before."""
    return await decide_on_draw(draw_id, FailFunding(body.reason), body.effective_on, call, ledger)
