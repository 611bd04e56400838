"""Draws over HTTP: requested by builders, worked by the lender."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from command_api.handle import Ledger
from command_api.idempotency import order_of, today
from command_api.routes.examples import APPROVE_DRAW, CREATE_DRAW, REVISE_DRAW
from command_api.routes.loan_bodies import LINES_MAX, Dated, ReasonBody, SubmitBody
from domain.draws import decide as draws
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    FailFunding,
    InitiateFunding,
    RejectDraw,
    ReturnDraw,
    ReviseDraw,
    StartReview,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.events import DrawKind, Payee
from domain.draws.g702 import RequestedLine
from runtime.http import (
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
from runtime.ids import new_id
from runtime.resources.examples import DRAW

router = Router("draws")

_FIGURES = (
    "DRAW_EMPTY",
    "DRAW_NET_NEGATIVE",
    "DRAW_EXCEEDS_LINE",
    "DRAW_EXCEEDS_COMMITMENT",
    "LINE_TWICE",
    "LINE_NOT_IN_BUDGET",
    "LINE_NOT_DRAWABLE",
    "RELEASE_EXCEEDS_RETAINAGE",
)
"""The rules of `domain.draws.g702`."""
_LIMITS = (
    "LOAN_NOT_ACTIVE",
    "DRAW_PERIOD_BEFORE_CLOSING",
    "DRAW_PERIOD_AFTER_MATURITY",
    *_FIGURES,
)


class RequestedLineBody(Body):
    """What is asked for on a line: work this period, materials now stored, retainage back."""

    line_id: UUID
    completed_this_period: AmountCents = 0
    stored_now: AmountCents = 0
    retainage_release: AmountCents = 0


class PayeeBody(Body):
    """Somebody whom the draw pays."""

    name: Text
    amount: PositiveCents | None = None


Lines = Annotated[tuple[RequestedLineBody, ...], Field(min_length=1, max_length=LINES_MAX)]
Payees = Annotated[tuple[PayeeBody, ...], Field(max_length=LINES_MAX)]


class CreateBody(Body):
    """A request for money."""

    model_config = example(CREATE_DRAW)

    id: UUID | None = None
    kind: DrawKind = DrawKind.PROGRESS
    period_to: IsoDate
    lines: Lines
    payees: Payees = ()


class ReviseBody(Body):
    """What changes; what is absent stays."""

    model_config = example(REVISE_DRAW)

    kind: DrawKind | None = None
    period_to: IsoDate | None = None
    lines: Lines | None = None
    payees: Payees | None = None


class ReturnBody(Dated):
    """What has to change before the draw can be approved."""

    model_config = example({"reasons": ["The invoice for framing is missing."]})

    reasons: Annotated[tuple[Text, ...], Field(min_length=1, max_length=50)]


class ApproveBody(Dated):
    """The lines to approve, where they are fewer or lower than those asked for."""

    model_config = example(APPROVE_DRAW)

    approved_lines: Lines | None = None


class FundBody(Dated):
    """The bank's reference for the wire."""

    model_config = example({"wire_ref": "FED-20250210-000123"})

    wire_ref: Text


class ConfirmBody(Body):
    """The date on which the bank paid."""

    model_config = example({"funded_on": "2025-02-10"})

    funded_on: IsoDate


@router.post(
    "/loans/{loan_id}/draws",
    "create_draw",
    status=201,
    example=DRAW,
    refuses=_LIMITS,
    collides=("DRAW_EXISTS",),
)
async def create_draw(loan_id: UUID, body: CreateBody, call: Call, ledger: Ledger) -> Answer:
    """Draft a draw.

    It takes the loan's next number, and shows at once what it comes to on G702 and G703.
    """
    draw_id = body.id or new_id()
    command = CreateDraw(
        draw_id, body.kind, body.period_to, _lines(body.lines), _payees(body.payees)
    )
    decided = await ledger.create_draw(
        loan_id,
        draw_id,
        order_of(call, status=201),
        lambda loan, draw: draws.create(loan, draw, command),
    )
    return decided.answer("/draws")


@router.patch("/draws/{draw_id}", "revise_draw", example=DRAW, refuses=("DRAW_NOT_DRAFT", *_LIMITS))
async def revise_draw(draw_id: UUID, body: ReviseBody, call: Call, ledger: Ledger) -> Answer:
    """Revise a draft or a returned draw."""
    command = ReviseDraw(
        kind=body.kind,
        period_to=body.period_to,
        lines=None if body.lines is None else _lines(body.lines),
        payees=None if body.payees is None else _payees(body.payees),
    )
    return await _decide(draw_id, command, None, call, ledger)


@router.post(
    "/draws/{draw_id}/submit", "submit_draw", example=DRAW, refuses=("DRAW_NOT_DRAFT", *_LIMITS)
)
async def submit_draw(draw_id: UUID, body: SubmitBody, call: Call, ledger: Ledger) -> Answer:
    """Hand a draw to the lender."""
    command = SubmitDraw(call.principal.id, body.effective_on or today())
    return await _decide(draw_id, command, body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/review", "review_draw", example=DRAW, refuses=("DRAW_NOT_SUBMITTED",)
)
async def review_draw(draw_id: UUID, body: SubmitBody, call: Call, ledger: Ledger) -> Answer:
    """Take a submitted draw up."""
    return await _decide(draw_id, StartReview(), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/return", "return_draw", example=DRAW, refuses=("DRAW_NOT_IN_REVIEW",)
)
async def return_draw(draw_id: UUID, body: ReturnBody, call: Call, ledger: Ledger) -> Answer:
    """Send a draw back for changes."""
    return await _decide(draw_id, ReturnDraw(body.reasons), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/approve",
    "approve_draw",
    example=DRAW,
    refuses=(
        "DRAW_NOT_IN_REVIEW",
        "DRAW_ALREADY_APPROVED",
        "FOUR_EYES",
        "APPROVAL_EXCEEDS_REQUEST",
        "DRAW_STOPPED",
        *_LIMITS,
    ),
)
async def approve_draw(draw_id: UUID, body: ApproveBody, call: Call, ledger: Ledger) -> Answer:
    """Approve a draw, or less than it asks.

    Approval reserves the draw on its lines and on the commitment in the same moment. Who submitted
    a draw does not approve it.
    """
    lines = None if body.approved_lines is None else _lines(body.approved_lines)
    return await _decide(
        draw_id, ApproveDraw(call.principal.id, lines), body.effective_on, call, ledger
    )


@router.post(
    "/draws/{draw_id}/reject", "reject_draw", example=DRAW, refuses=("DRAW_NOT_SUBMITTED",)
)
async def reject_draw(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Refuse a draw for good."""
    return await _decide(draw_id, RejectDraw(body.reason), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/withdraw", "withdraw_draw", example=DRAW, refuses=("DRAW_NOT_DRAFT",)
)
async def withdraw_draw(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Give a draw up before it is reviewed."""
    return await _decide(draw_id, WithdrawDraw(body.reason), body.effective_on, call, ledger)


@router.post("/draws/{draw_id}/cancel", "cancel_draw", example=DRAW, refuses=("DRAW_NOT_APPROVED",))
async def cancel_draw(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Call an approved draw off; what it held is available again."""
    return await _decide(draw_id, CancelDraw(body.reason), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/fund",
    "fund_draw",
    example=DRAW,
    refuses=(
        "DRAW_NOT_APPROVED",
        "LOAN_NOT_ACTIVE",
        "DRAW_STOPPED",
        "FUNDING_IN_PROGRESS",
        *_FIGURES,
    ),
)
async def fund_draw(draw_id: UUID, body: FundBody, call: Call, ledger: Ledger) -> Answer:
    """Order the wire of an approved draw."""
    return await _decide(draw_id, InitiateFunding(body.wire_ref), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/confirm-funding",
    "confirm_draw_funding",
    example=DRAW,
    refuses=("DRAW_NOT_FUNDING", "FUNDED_BEFORE_CLOSING", "FUNDED_AFTER_MATURITY"),
)
async def confirm_funding(draw_id: UUID, body: ConfirmBody, call: Call, ledger: Ledger) -> Answer:
    """Confirm that the bank paid: what the draw held becomes principal on that date."""
    command = ConfirmFunding(body.funded_on)
    return await _decide(draw_id, command, body.funded_on, call, ledger)


@router.post(
    "/draws/{draw_id}/fail-funding",
    "fail_draw_funding",
    example=DRAW,
    refuses=("DRAW_NOT_FUNDING",),
)
async def fail_funding(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Record that the wire came back; the draw is approved as before."""
    return await _decide(draw_id, FailFunding(body.reason), body.effective_on, call, ledger)


async def _decide(
    draw_id: UUID, command: DrawCommand, effective_on: date | None, call: Call, ledger: Ledger
) -> Answer:
    decided = await ledger.on_draw(
        draw_id,
        order_of(call, effective_on),
        lambda loan, draw: draws.decide(loan, draw, command),
    )
    return decided.answer()


def _lines(given: tuple[RequestedLineBody, ...]) -> tuple[RequestedLine, ...]:
    return tuple(
        RequestedLine(
            line.line_id, line.completed_this_period, line.stored_now, line.retainage_release
        )
        for line in given
    )


def _payees(given: tuple[PayeeBody, ...]) -> tuple[Payee, ...]:
    return tuple(Payee(payee.name, payee.amount) for payee in given)
