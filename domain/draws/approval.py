"""Approval: what a draw comes to on its loan, and what it holds from then on."""

from datetime import date
from uuid import UUID

from domain.draws.commands import ApproveDraw
from domain.draws.events import DrawApproved, DrawKind
from domain.draws.g702 import Application, RequestedLine, apply
from domain.draws.limits import (
    check_deposits,
    check_limits,
    check_release_only,
    reservation_of,
)
from domain.draws.policy import check_at_approval
from domain.draws.refusals import (
    APPROVAL_EXCEEDS_REQUEST,
    DRAW_ALREADY_APPROVED,
    DRAW_PERIOD_AFTER_MATURITY,
    DRAW_PERIOD_BEFORE_CLOSING,
    FINAL_DRAW_FUNDED,
    FOUR_EYES,
)
from domain.draws.state import Draw, DrawState
from domain.draws.transitions import check_in, check_not_matured, check_not_stopped
from domain.events.catalogue import Event
from domain.kernel.errors import Detail
from domain.kernel.values import replace
from domain.loans import postings
from domain.loans.events import DrawReserved
from domain.loans.refusals import LOAN_NOT_ACTIVE
from domain.loans.state import Loan, LoanState


def approve(loan: Loan, draw: Draw, command: ApproveDraw) -> list[Event]:
    """Approval reserves the draw on its lines and on the money for it, in the same moment.

    Raises:
        RuleBroken: ``DRAW_ALREADY_APPROVED``, ``DRAW_NOT_IN_REVIEW``, ``FOUR_EYES``,
            ``APPROVAL_EXCEEDS_REQUEST``, ``DRAW_STOPPED``, ``LOAN_PAST_MATURITY``, a limit of
            `checked`, or a rule of `domain.draws.policy`.
    """
    if draw.state in (DrawState.APPROVED, DrawState.FUNDING, DrawState.FUNDED):
        raise DRAW_ALREADY_APPROVED(
            f"Draw {draw.number} has been approved.",
            [Detail("state", draw.state.value)],
        )
    check_in(draw, DrawState.IN_REVIEW)
    if command.by in draw.submitters:
        raise FOUR_EYES("Who submitted a draw does not approve it.")
    lines = draw.requested
    if command.approved_lines is not None:
        lines = _cut(draw.requested, command.approved_lines)
    check_not_stopped(loan, draw)
    application = checked(loan, draw.draw_id, draw.kind, draw.period_to, lines)
    on = command.on or draw.period_to
    check_not_matured(loan, on)
    check_at_approval(loan, draw, application, on)
    return [
        DrawApproved(draw.loan_id, draw.draw_id, command.by, lines, application),
        reserve(loan, draw.draw_id, application),
    ]


def _cut(
    asked: tuple[RequestedLine, ...], approved: tuple[RequestedLine, ...]
) -> tuple[RequestedLine, ...]:
    """What is approved: an approver may cut a request, and not add to it.

    A deposit stays one, for the invoice that was shown.
    """
    by_line = {line.line_id: line for line in asked}
    for line in approved:
        was = by_line.get(line.line_id)
        if (
            was is None
            or line.completed_cents > was.completed_cents
            or line.stored_cents > was.stored_cents
            or line.release_cents > was.release_cents
        ):
            raise APPROVAL_EXCEEDS_REQUEST(
                "More is approved on a line than was asked for.",
                [Detail("approved_lines", str(line.line_id))],
            )
    return tuple(
        replace(line, deposit_invoice_cents=by_line[line.line_id].deposit_invoice_cents)
        for line in approved
    )


def checked(
    loan: Loan, draw_id: UUID, kind: DrawKind, period_to: date, lines: tuple[RequestedLine, ...]
) -> Application:
    """The draw's figures on the loan as it stands, once every limit that always binds has passed.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``, ``DRAW_PERIOD_BEFORE_CLOSING``,
            ``DRAW_PERIOD_AFTER_MATURITY``, or a limit of `worked_out`.
    """
    check_active(loan)
    if loan.closed_on is not None and period_to < loan.closed_on:
        raise DRAW_PERIOD_BEFORE_CLOSING(
            f"Loan {loan.number} closed on {loan.closed_on}.",
            [Detail("period_to", f"must be {loan.closed_on} or later")],
        )
    if period_to > loan.maturity_on:
        raise DRAW_PERIOD_AFTER_MATURITY(
            f"Loan {loan.number} matures on {loan.maturity_on}.",
            [Detail("period_to", f"must be {loan.maturity_on} at the latest")],
        )
    return worked_out(loan, draw_id, kind, lines)


def check_active(loan: Loan) -> None:
    """Check that the loan may be drawn on.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE``.
    """
    if loan.state is not LoanState.ACTIVE:
        raise LOAN_NOT_ACTIVE(
            f"Loan {loan.number} is {loan.state}; draws need it ACTIVE.",
            [Detail("loan", loan.state.value)],
        )


def worked_out(
    loan: Loan, draw_id: UUID, kind: DrawKind, lines: tuple[RequestedLine, ...]
) -> Application:
    """The draw's figures, within its lines and the money there is.

    The borrower's free deposits count beside what the commitment has available; what the draw holds
    already counts as free to it.

    Raises:
        RuleBroken: ``FINAL_DRAW_FUNDED``, ``RELEASE_WITH_WORK``, or a rule of
            `domain.draws.g702` and `domain.draws.limits`.
    """
    if any(funded.is_final for funded in loan.funded_draws):
        raise FINAL_DRAW_FUNDED(f"The final draw of loan {loan.number} has been funded.")
    application = apply(loan.budget, lines, loan.terms.rounding)
    if kind is DrawKind.RETAINAGE_RELEASE:
        check_release_only(application, loan.budget)
    check_deposits(lines, loan.budget, loan.terms.deposit_share)
    own = loan.budget.reservation(draw_id)
    own_cents = 0 if own is None else own.loan_cents
    free_cents = loan.free_deposits_cents(but_for=draw_id)
    check_limits(application, loan.budget, loan.available_cents + own_cents + free_cents, draw_id)
    return application


def deposit_part_cents(loan: Loan, draw_id: UUID, application: Application) -> int:
    """What the borrower's deposits pay of a draw: all of it, as far as they go.

    **Source**: `RULES.md`, "In balance": the borrower's money goes in first.
    """
    return min(application.net_cents, loan.free_deposits_cents(but_for=draw_id))


def reserve(loan: Loan, draw_id: UUID, application: Application) -> DrawReserved:
    """The hold of a draw on its lines, on the borrower's deposits first, then on the commitment."""
    deposit_cents = deposit_part_cents(loan, draw_id, application)
    return DrawReserved(
        loan.loan_id,
        draw_id,
        reservation_of(application),
        postings.reserved(application.net_cents - deposit_cents),
        deposit_cents or None,
    )
