"""What the rules say to a command on a draw: events for the draw and its loan, or a refusal."""

from typing import assert_never

from domain.draws import conditions, funding
from domain.draws.approval import approve, checked
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    FailFunding,
    InitiateFunding,
    OverrideRule,
    RecordChecklistItem,
    RejectDraw,
    ReturnDraw,
    ReviseDraw,
    StartReview,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.events import (
    DrawCreated,
    DrawRejected,
    DrawReturned,
    DrawReviewStarted,
    DrawRevised,
    DrawSubmitted,
    DrawWithdrawn,
)
from domain.draws.state import Draw, DrawState, Request
from domain.draws.transitions import is_repeat
from domain.events.catalogue import Event
from domain.kernel.errors import Conflict
from domain.loans.events import DrawOpened
from domain.loans.state import Loan


def create(loan: Loan, draw: Draw | None, command: CreateDraw) -> list[Event]:
    """Draft a draw; it takes the loan's next number.

    Raises:
        Conflict: ``DRAW_EXISTS``, when the id is taken by another request; ``CONFLICT``, when it
            belongs to another loan's draw, which need not be yours.
        RuleBroken: ``LOAN_NOT_ACTIVE``, ``DRAW_PERIOD_BEFORE_CLOSING``,
            ``DRAW_PERIOD_AFTER_MATURITY``, or a limit of `domain.draws.approval.worked_out`.
    """
    if command.draw_id == loan.loan_id:
        raise Conflict("CONFLICT", "This id is taken.")
    if draw is not None:
        if draw.loan_id != loan.loan_id:
            raise Conflict("CONFLICT", "This id is taken.")
        asked = Request(command.kind, command.period_to, command.lines, command.payees)
        if draw.original == asked:
            return []
        raise Conflict("DRAW_EXISTS", "A draw with this id asks for something else.")
    application = checked(loan, command.draw_id, command.kind, command.period_to, command.lines)
    number = loan.draws_opened + 1
    return [
        DrawOpened(loan.loan_id, command.draw_id, number),
        DrawCreated(
            loan_id=loan.loan_id,
            draw_id=command.draw_id,
            number=number,
            kind=command.kind,
            period_to=command.period_to,
            requested=command.lines,
            payees=command.payees,
            application=application,
            builder_user_id=loan.terms.builder_user_id,
        ),
    ]


def decide(loan: Loan, draw: Draw, command: DrawCommand) -> list[Event]:  # noqa: C901  # one arm a command
    """Decide any later command.

    Raises:
        RuleBroken: ``DRAW_NOT_<STATE>`` when the draw is not where the command needs it, or the
            code of the rule it breaks.
    """
    loan_id, draw_id = draw.loan_id, draw.draw_id
    match command:
        case ReviseDraw():
            return _revise(loan, draw, command)
        case SubmitDraw():
            if is_repeat(draw, DrawState.SUBMITTED, DrawState.DRAFT, DrawState.RETURNED):
                return []
            application = checked(loan, draw_id, draw.kind, draw.period_to, draw.requested)
            return [DrawSubmitted(loan_id, draw_id, command.by, command.on, application)]
        case StartReview():
            if is_repeat(draw, DrawState.IN_REVIEW, DrawState.SUBMITTED):
                return []
            return [DrawReviewStarted(loan_id, draw_id)]
        case ReturnDraw():
            if is_repeat(draw, DrawState.RETURNED, DrawState.IN_REVIEW):
                return []
            return [DrawReturned(loan_id, draw_id, command.reasons)]
        case RecordChecklistItem():
            return conditions.record(draw, command)
        case OverrideRule():
            return conditions.override(draw, command)
        case ApproveDraw():
            return approve(loan, draw, command)
        case RejectDraw():
            if is_repeat(draw, DrawState.REJECTED, DrawState.SUBMITTED, DrawState.IN_REVIEW):
                return []
            return [DrawRejected(loan_id, draw_id, command.reason)]
        case WithdrawDraw():
            from_states = (DrawState.DRAFT, DrawState.SUBMITTED, DrawState.RETURNED)
            if is_repeat(draw, DrawState.WITHDRAWN, *from_states):
                return []
            return [DrawWithdrawn(loan_id, draw_id, command.reason)]
        case CancelDraw():
            return funding.cancel(loan, draw, command)
        case InitiateFunding():
            return funding.initiate(loan, draw, command)
        case ConfirmFunding():
            return funding.confirm(loan, draw, command)
        case FailFunding():
            return funding.fail(draw, command)
        case _:
            assert_never(command)


def _revise(loan: Loan, draw: Draw, command: ReviseDraw) -> list[Event]:
    """Change a draft: what is not given stays."""
    is_repeat(draw, None, DrawState.DRAFT, DrawState.RETURNED)
    kind = draw.kind if command.kind is None else command.kind
    period_to = draw.period_to if command.period_to is None else command.period_to
    lines = draw.requested if command.lines is None else command.lines
    payees = draw.payees if command.payees is None else command.payees
    if (kind, period_to, lines, payees) == (
        draw.kind,
        draw.period_to,
        draw.requested,
        draw.payees,
    ):
        return []
    application = checked(loan, draw.draw_id, kind, period_to, lines)
    return [DrawRevised(draw.loan_id, draw.draw_id, kind, period_to, lines, payees, application)]
