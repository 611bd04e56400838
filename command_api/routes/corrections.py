"""Corrections over HTTP: one named event undone, or a funded draw with all it paid."""

from uuid import UUID

from command_api import corrections
from command_api.idempotency import order_of
from command_api.ledger import Ledger
from command_api.refusals import refusals
from domain.access import Right
from domain.corrections.commands import ReverseEvent
from domain.corrections.decide import to_undo
from domain.draws.example import DRAW
from domain.loans.example import LOAN
from runtime.http import Answer, Body, Call, IsoDate, Router, Text, example

router = Router("corrections")

_REASON = {"effective_on": "2025-03-12", "reason": "Wired two days later than recorded."}


class ReversalBody(Body):
    """Which event is undone, from which day on, and why."""

    model_config = example({"event_id": "0f6f0c6e-3f0e-5a43-9b7e-2c8f4a6b1d20", **_REASON})

    event_id: UUID
    effective_on: IsoDate
    reason: Text


class ReverseDrawBody(Body):
    """From which day on a draw is undone, and why."""

    model_config = example(_REASON)

    effective_on: IsoDate
    reason: Text


@router.post(
    "/loans/{loan_id}/reversals",
    "reverse_event",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(ReverseEvent),
)
async def reverse_event(loan_id: UUID, body: ReversalBody, call: Call, ledger: Ledger) -> Answer:
    """Undo one event of a loan.

    It is mirrored by an event of its own, from a day on; interest accrued since then is adjusted.
    Undoing a draw's advance, or its funding, undoes the draw.
    """
    order = order_of(call, body.effective_on)
    decided = await corrections.reverse_event(ledger, loan_id, order, body.event_id, body.reason)
    return decided.answer()


@router.post(
    "/draws/{draw_id}/reverse",
    "reverse_draw",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(to_undo),
)
async def reverse_draw(draw_id: UUID, body: ReverseDrawBody, call: Call, ledger: Ledger) -> Answer:
    """Undo a funded draw: its money was not principal from that day on."""
    order = order_of(call, body.effective_on)
    return (await corrections.reverse_draw(ledger, draw_id, order, body.reason)).answer()
