"""From approval to money: cancelling, wiring, confirming, failing."""

from datetime import date

from domain.draws.approval import check_active, deposit_part_cents, reserve, worked_out
from domain.draws.commands import CancelDraw, ConfirmFunding, FailFunding, InitiateFunding
from domain.draws.events import (
    DrawCancelled,
    DrawFunded,
    DrawFundingFailed,
    DrawFundingInitiated,
    DrawKind,
)
from domain.draws.g702 import Application
from domain.draws.limits import advance_of
from domain.draws.policy import check_at_wire
from domain.draws.refusals import FUNDED_BEFORE_CLOSING, FUNDING_IN_PROGRESS
from domain.draws.state import Draw, DrawState
from domain.draws.transitions import check_in, check_not_matured, check_not_stopped
from domain.events.catalogue import Event
from domain.kernel.errors import Detail
from domain.loans import postings
from domain.loans.events import (
    AdvanceRecorded,
    DrawFundingStarted,
    DrawFundingStopped,
    DrawReservationReleased,
)
from domain.loans.state import Loan


def cancel(loan: Loan, draw: Draw, command: CancelDraw) -> list[Event]:
    """Call an approved draw off; what it held is available again.

    Raises:
        RuleBroken: ``DRAW_NOT_APPROVED``.
    """
    if draw.state is DrawState.CANCELLED:
        return []
    check_in(draw, DrawState.APPROVED)
    return [DrawCancelled(draw.loan_id, draw.draw_id, command.reason), _released(loan, draw)]


def initiate(loan: Loan, draw: Draw, command: InitiateFunding) -> list[Event]:
    """Order the wire, for the figures as the loan stands now.

    Another draw may have been funded since the approval, and then D, F and L7 have moved. The
    approved lines are worked out and checked once more, and the reservation follows.

    Raises:
        RuleBroken: ``DRAW_NOT_APPROVED``, ``LOAN_NOT_ACTIVE``, ``DRAW_STOPPED``,
            ``LOAN_PAST_MATURITY``, ``FUNDING_IN_PROGRESS`` when another wire of the loan is under
            way, a limit of `domain.draws.approval.worked_out`, or a condition of
            `domain.draws.policy.check_at_wire`.
    """
    if draw.state is DrawState.FUNDING and draw.wire_ref == command.wire_ref:
        return []
    check_in(draw, DrawState.APPROVED)
    check_active(loan)
    check_not_stopped(loan, draw)
    if loan.funding_draw_id is not None:
        raise FUNDING_IN_PROGRESS(
            "Another draw of the loan is being wired; confirm or fail it first.",
            [Detail("draw", str(loan.funding_draw_id))],
        )
    application = worked_out(loan, draw.draw_id, draw.kind, draw.requested)
    on = command.on or draw.period_to
    check_not_matured(loan, on)
    check_at_wire(loan, draw, application, on)
    return [
        *_reserved_anew(loan, draw, application),
        DrawFundingStarted(draw.loan_id, draw.draw_id),
        DrawFundingInitiated(draw.loan_id, draw.draw_id, command.wire_ref, application),
    ]


def _reserved_anew(loan: Loan, draw: Draw, application: Application) -> list[Event]:
    """The hold once more, if the figures moved or deposits came in since the approval."""
    held = loan.budget.reservation(draw.draw_id)
    held_cents = 0 if held is None else held.deposit_cents
    deposit_cents = deposit_part_cents(loan, draw.draw_id, application)
    if application == draw.application and deposit_cents == held_cents:
        return []
    return [_released(loan, draw), reserve(loan, draw.draw_id, application)]


def _released(loan: Loan, draw: Draw) -> DrawReservationReleased:
    held = loan.budget.reservation(draw.draw_id)
    held_cents = held.loan_cents if held is not None else 0
    return DrawReservationReleased(draw.loan_id, draw.draw_id, postings.released(held_cents))


def confirm(loan: Loan, draw: Draw, command: ConfirmFunding) -> list[Event]:
    """The wire was paid: what the draw held of the commitment becomes principal.

    The bank paid whatever became of the loan meanwhile: one that has matured or is in default still
    takes up a wire that was under way, also one paid after the maturity date it was ordered by.

    Raises:
        RuleBroken: ``DRAW_NOT_FUNDING`` or ``FUNDED_BEFORE_CLOSING``.
    """
    if draw.state is DrawState.FUNDED and draw.funded_on == command.funded_on:
        return []
    check_in(draw, DrawState.FUNDING)
    if loan.closed_on is not None and command.funded_on < loan.closed_on:
        raise FUNDED_BEFORE_CLOSING(
            f"Loan {loan.number} closed on {loan.closed_on}.",
            [Detail("funded_on", f"must be {loan.closed_on} or later")],
        )
    return [
        DrawFunded(draw.loan_id, draw.draw_id, command.funded_on),
        _advance(loan, draw, command.funded_on),
    ]


def _advance(loan: Loan, draw: Draw, funded_on: date) -> AdvanceRecorded:
    held = loan.budget.reservation(draw.draw_id)
    deposit_cents = 0 if held is None else held.deposit_cents
    advances = advance_of(draw.application)
    freed_cents = sum(max(0, -line.withheld_cents) for line in advances)
    entry = postings.advanced(
        net_cents=draw.application.net_cents,
        withheld_cents=sum(max(0, line.withheld_cents) for line in advances),
        released_cents=sum(line.released_cents for line in advances) + freed_cents,
        deposit_cents=deposit_cents,
    )
    return AdvanceRecorded(
        draw.loan_id,
        draw.draw_id,
        funded_on,
        advances,
        entry,
        deposit_cents=deposit_cents or None,
        period_to=draw.period_to,
        payees=tuple(dict.fromkeys(payee.name for payee in draw.payees)) or None,
        is_final=(draw.kind is DrawKind.FINAL) or None,
    )


def fail(draw: Draw, command: FailFunding) -> list[Event]:
    """The wire came back; the draw is approved, and holds what it held.

    The same again decides nothing until another wire is ordered.

    Raises:
        RuleBroken: ``DRAW_NOT_FUNDING``.
    """
    is_back = draw.state is DrawState.APPROVED and draw.wire_failed
    if is_back and draw.reason == command.reason:
        return []
    check_in(draw, DrawState.FUNDING)
    return [
        DrawFundingFailed(draw.loan_id, draw.draw_id, command.reason),
        DrawFundingStopped(draw.loan_id, draw.draw_id),
    ]
