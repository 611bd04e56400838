"""What the rules say to a command on a draw: events for the draw and its loan, or a refusal."""

from datetime import date
from typing import assert_never
from uuid import UUID

from domain.draws import funding
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
from domain.draws.events import (
    DrawApproved,
    DrawCreated,
    DrawRejected,
    DrawReturned,
    DrawReviewStarted,
    DrawRevised,
    DrawSubmitted,
    DrawWithdrawn,
)
from domain.draws.g702 import Application, RequestedLine, apply, check_limits, reservation_of
from domain.draws.state import Draw, DrawState, Request
from domain.draws.transitions import check_not_stopped, is_repeat
from domain.events.catalogue import Event
from domain.kernel.errors import Conflict, Detail, RuleBroken
from domain.loans import postings
from domain.loans.events import DrawOpened, DrawReserved
from domain.loans.state import Loan, LoanState


def create(loan: Loan, draw: Draw | None, command: CreateDraw) -> list[Event]:
    """Draft a draw; it takes the loan's next number.

    Raises:
        Conflict: ``DRAW_EXISTS``, when the id is taken by another request; ``CONFLICT``, when it
            belongs to another loan's draw, which need not be yours.
        RuleBroken: ``LOAN_NOT_ACTIVE``, ``DRAW_PERIOD_BEFORE_CLOSING``,
            ``DRAW_PERIOD_AFTER_MATURITY``, or a rule of `domain.draws.g702`.
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
    application = _checked(loan, command.draw_id, command.period_to, command.lines)
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
            application = _checked(loan, draw_id, draw.period_to, draw.requested)
            return [DrawSubmitted(loan_id, draw_id, command.by, command.on, application)]
        case StartReview():
            if is_repeat(draw, DrawState.IN_REVIEW, DrawState.SUBMITTED):
                return []
            return [DrawReviewStarted(loan_id, draw_id)]
        case ReturnDraw():
            if is_repeat(draw, DrawState.RETURNED, DrawState.IN_REVIEW):
                return []
            return [DrawReturned(loan_id, draw_id, command.reasons)]
        case ApproveDraw():
            return _approve(loan, draw, command)
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
    application = _checked(loan, draw.draw_id, period_to, lines)
    return [DrawRevised(draw.loan_id, draw.draw_id, kind, period_to, lines, payees, application)]


def _approve(loan: Loan, draw: Draw, command: ApproveDraw) -> list[Event]:
    """Approval reserves the draw on its lines and on the commitment, in the same moment.

    Raises:
        RuleBroken: ``DRAW_ALREADY_APPROVED``, ``DRAW_NOT_IN_REVIEW``, ``FOUR_EYES``,
            ``APPROVAL_EXCEEDS_REQUEST``, ``DRAW_STOPPED``, or a limit of `domain.draws.g702`.
    """
    if draw.state in (DrawState.APPROVED, DrawState.FUNDING, DrawState.FUNDED):
        raise RuleBroken(
            "DRAW_ALREADY_APPROVED",
            f"Draw {draw.number} has been approved.",
            [Detail("state", draw.state.value)],
        )
    is_repeat(draw, None, DrawState.IN_REVIEW)
    if command.by == draw.submitted_by:
        raise RuleBroken("FOUR_EYES", "Who submitted a draw does not approve it.")
    lines = draw.requested if command.approved_lines is None else command.approved_lines
    _check_not_more(draw.requested, lines)
    check_not_stopped(loan)
    application = _checked(loan, draw.draw_id, draw.period_to, lines)
    return [
        DrawApproved(draw.loan_id, draw.draw_id, command.by, lines, application),
        DrawReserved(
            draw.loan_id,
            draw.draw_id,
            reservation_of(application),
            postings.reserved(application.net_cents),
        ),
    ]


def _check_not_more(asked: tuple[RequestedLine, ...], approved: tuple[RequestedLine, ...]) -> None:
    """An approver may cut a request, and not add to it."""
    by_line = {line.line_id: line for line in asked}
    for line in approved:
        was = by_line.get(line.line_id)
        if (
            was is None
            or line.completed_cents > was.completed_cents
            or line.stored_cents > was.stored_cents
            or line.release_cents > was.release_cents
        ):
            raise RuleBroken(
                "APPROVAL_EXCEEDS_REQUEST",
                "More is approved on a line than was asked for.",
                [Detail("approved_lines", str(line.line_id))],
            )


def _checked(
    loan: Loan, draw_id: UUID, period_to: date, lines: tuple[RequestedLine, ...]
) -> Application:
    """The draw's figures on the loan as it stands, once every limit that always binds has passed."""
    if loan.state is not LoanState.ACTIVE:
        raise RuleBroken(
            "LOAN_NOT_ACTIVE",
            f"Loan {loan.number} is {loan.state}; draws need it ACTIVE.",
            [Detail("loan", loan.state.value)],
        )
    if loan.closed_on is not None and period_to < loan.closed_on:
        raise RuleBroken(
            "DRAW_PERIOD_BEFORE_CLOSING",
            f"Loan {loan.number} closed on {loan.closed_on}.",
            [Detail("period_to", f"must be {loan.closed_on} or later")],
        )
    if period_to > loan.terms.maturity_on:
        raise RuleBroken(
            "DRAW_PERIOD_AFTER_MATURITY",
            f"Loan {loan.number} matures on {loan.terms.maturity_on}.",
            [Detail("period_to", f"must be {loan.terms.maturity_on} at the latest")],
        )
    application = apply(loan.budget, lines, loan.terms.rounding)
    check_limits(application, loan.budget, loan.available_cents, draw_id)
    return application
