"""Draws over HTTP: requested by builders, worked by the lender.

``file`` is the draw's loan, with the months of its interest where the decision asks for them; the
ledger reads them, and `domain.decisions` takes of it what the rules for draws look at.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from command_api.idempotency import order_of
from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.examples import APPROVE_DRAW, CREATE_DRAW, REVISE_DRAW
from command_api.routes.loan_bodies import LINES_MAX, Dated, ReasonBody, SubmitBody
from domain import decisions
from domain.access import Right
from domain.draws import kind
from domain.draws.commands import (
    ApproveDraw,
    CreateDraw,
    DrawCommand,
    RejectDraw,
    ReturnDraw,
    ReviseDraw,
    StartReview,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.events import DrawKind, Payee
from domain.draws.example import DRAW
from domain.draws.g702 import RequestedLine
from domain.kinds import Stream
from domain.loans.kind import LOAN
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

router = Router("draws")


class RequestedLineBody(Body):
    """What is asked for on a line: work this period, materials now stored, retainage back.

    Work that is a deposit, on what is not yet delivered, names the invoice behind it.
    """

    line_id: UUID
    completed_this_period: AmountCents = 0
    stored_now: AmountCents = 0
    retainage_release: AmountCents = 0
    deposit_invoice: PositiveCents | None = None


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


@router.post(
    "/loans/{loan_id}/draws",
    "create_draw",
    right=Right.DRAWS_REQUEST,
    status=201,
    example=DRAW,
    refuses=refusals(CreateDraw),
)
async def create_draw(loan_id: UUID, body: CreateBody, call: Call, ledger: Ledger) -> Answer:
    """Draft a draw.

    It takes the loan's next number, and shows at once what it comes to on G702 and G703.
    """
    draw_id = body.id or new_id()
    command = CreateDraw(
        draw_id, body.kind, body.period_to, _lines(body.lines), _payees(body.payees)
    )
    decided = await ledger.begin(
        kind.DRAW,
        draw_id,
        order_of(call, status=201),
        lambda file, draw: decisions.create_draw(file, draw, command),
        Stream(LOAN, loan_id),
    )
    return decided.answer("/draws")


@router.patch(
    "/draws/{draw_id}",
    "revise_draw",
    right=Right.DRAWS_REQUEST,
    example=DRAW,
    refuses=refusals(ReviseDraw),
)
async def revise_draw(draw_id: UUID, body: ReviseBody, call: Call, ledger: Ledger) -> Answer:
    """Revise a draft or a returned draw."""
    command = ReviseDraw(
        kind=body.kind,
        period_to=body.period_to,
        lines=None if body.lines is None else _lines(body.lines),
        payees=None if body.payees is None else _payees(body.payees),
    )
    return await decide_on_draw(draw_id, command, None, call, ledger)


@router.post(
    "/draws/{draw_id}/submit",
    "submit_draw",
    right=Right.DRAWS_REQUEST,
    example=DRAW,
    refuses=refusals(SubmitDraw),
)
async def submit_draw(draw_id: UUID, body: SubmitBody, call: Call, ledger: Ledger) -> Answer:
    """Hand a draw to the lender."""
    command = SubmitDraw(call.principal.id, body.effective_on or call.today)
    return await decide_on_draw(draw_id, command, body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/review",
    "review_draw",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(StartReview),
)
async def review_draw(draw_id: UUID, body: SubmitBody, call: Call, ledger: Ledger) -> Answer:
    """Take a submitted draw up."""
    return await decide_on_draw(draw_id, StartReview(), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/return",
    "return_draw",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(ReturnDraw),
)
async def return_draw(draw_id: UUID, body: ReturnBody, call: Call, ledger: Ledger) -> Answer:
    """Send a draw back for changes."""
    return await decide_on_draw(draw_id, ReturnDraw(body.reasons), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/approve",
    "approve_draw",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(ApproveDraw),
)
async def approve_draw(draw_id: UUID, body: ApproveBody, call: Call, ledger: Ledger) -> Answer:
    """Approve a draw, or less than it asks.

    Approval reserves the draw on its lines and on the commitment in the same moment. Who submitted
    a draw does not approve it. What the loan's policy asks for must be there on the lender's date,
    the end of the draw's period unless another is given.
    """
    lines = None if body.approved_lines is None else _lines(body.approved_lines)
    command = ApproveDraw(call.principal.id, lines, body.effective_on)
    return await decide_on_draw(draw_id, command, body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/reject",
    "reject_draw",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(RejectDraw),
)
async def reject_draw(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Refuse a draw for good."""
    return await decide_on_draw(draw_id, RejectDraw(body.reason), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/withdraw",
    "withdraw_draw",
    right=Right.DRAWS_REQUEST,
    example=DRAW,
    refuses=refusals(WithdrawDraw),
)
async def withdraw_draw(draw_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Give a draw up before it is reviewed."""
    return await decide_on_draw(draw_id, WithdrawDraw(body.reason), body.effective_on, call, ledger)


async def decide_on_draw(
    draw_id: UUID, command: DrawCommand, effective_on: date | None, call: Call, ledger: Ledger
) -> Answer:
    """Carry out a command on a draw, with what follows from it on its loan; answer with the draw."""
    order = order_of(call, effective_on)
    decided = await ledger.on(
        kind.DRAW, draw_id, order, lambda file, draw: decisions.decide_draw(file, draw, command)
    )
    return decided.answer()


def _lines(given: tuple[RequestedLineBody, ...]) -> tuple[RequestedLine, ...]:
    return tuple(
        RequestedLine(
            line.line_id,
            line.completed_this_period,
            line.stored_now,
            line.retainage_release,
            line.deposit_invoice,
        )
        for line in given
    )


def _payees(given: tuple[PayeeBody, ...]) -> tuple[Payee, ...]:
    return tuple(Payee(payee.name, payee.amount) for payee in given)
