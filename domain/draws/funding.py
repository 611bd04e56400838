"""From approval to money: cancelling, wiring, confirming, failing."""

from domain.draws.commands import CancelDraw, ConfirmFunding, FailFunding, InitiateFunding
from domain.draws.events import (
    DrawCancelled,
    DrawFunded,
    DrawFundingFailed,
    DrawFundingInitiated,
)
from domain.draws.g702 import Application, advance_of, apply, check_limits, reservation_of
from domain.draws.state import Draw, DrawState
from domain.draws.transitions import check_not_stopped, is_repeat
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, RuleBroken
from domain.loans import postings
from domain.loans.events import (
    AdvanceRecorded,
    DrawFundingStarted,
    DrawFundingStopped,
    DrawReservationReleased,
    DrawReserved,
)
from domain.loans.state import Loan, LoanState


def cancel(loan: Loan, draw: Draw, command: CancelDraw) -> list[Event]:
    """Call an approved draw off; what it held is available again.

    Raises:
        RuleBroken: ``DRAW_NOT_APPROVED``.
    """
    if is_repeat(draw, DrawState.CANCELLED, DrawState.APPROVED):
        return []
    return [DrawCancelled(draw.loan_id, draw.draw_id, command.reason), _released(loan, draw)]


def initiate(loan: Loan, draw: Draw, command: InitiateFunding) -> list[Event]:
    """Order the wire, for the figures as the loan stands now.

    Another draw may have been funded since the approval, and then D, F and L7 have moved. The
    approved lines are worked out and checked once more, and the reservation follows.

    Raises:
        RuleBroken: ``DRAW_NOT_APPROVED``, ``LOAN_NOT_ACTIVE``, ``DRAW_STOPPED``, ``FUNDING_IN_PROGRESS`` when
            another wire of the loan is under way, or a limit of `domain.draws.g702`.
    """
    if draw.state is DrawState.FUNDING and draw.wire_ref == command.wire_ref:
        return []
    is_repeat(draw, None, DrawState.APPROVED)
    if loan.state is not LoanState.ACTIVE:
        raise RuleBroken(
            "LOAN_NOT_ACTIVE",
            f"Loan {loan.number} is {loan.state}; funding needs it ACTIVE.",
            [Detail("loan", loan.state.value)],
        )
    check_not_stopped(loan)
    if loan.funding_draw_id is not None:
        raise RuleBroken(
            "FUNDING_IN_PROGRESS",
            "Another draw of the loan is being wired; confirm or fail it first.",
            [Detail("draw", str(loan.funding_draw_id))],
        )
    application = apply(loan.budget, draw.requested, loan.terms.rounding)
    own = loan.budget.reservation(draw.draw_id)
    own_cents = own.net_cents if own is not None else 0
    check_limits(application, loan.budget, loan.available_cents + own_cents, draw.draw_id)
    return [
        *_reserved_anew(loan, draw, application),
        DrawFundingStarted(draw.loan_id, draw.draw_id),
        DrawFundingInitiated(draw.loan_id, draw.draw_id, command.wire_ref, application),
    ]


def _reserved_anew(loan: Loan, draw: Draw, application: Application) -> list[Event]:
    if application == draw.application:
        return []
    return [
        _released(loan, draw),
        DrawReserved(
            draw.loan_id,
            draw.draw_id,
            reservation_of(application),
            postings.reserved(application.net_cents),
        ),
    ]


def _released(loan: Loan, draw: Draw) -> DrawReservationReleased:
    held = loan.budget.reservation(draw.draw_id)
    held_cents = held.net_cents if held is not None else 0
    return DrawReservationReleased(draw.loan_id, draw.draw_id, postings.released(held_cents))


def confirm(loan: Loan, draw: Draw, command: ConfirmFunding) -> list[Event]:
    """The wire was paid: what the draw held becomes principal.

    Raises:
        RuleBroken: ``DRAW_NOT_FUNDING``, ``FUNDED_BEFORE_CLOSING`` or ``FUNDED_AFTER_MATURITY``.
    """
    if draw.state is DrawState.FUNDED and draw.funded_on == command.funded_on:
        return []
    is_repeat(draw, None, DrawState.FUNDING)
    if loan.closed_on is not None and command.funded_on < loan.closed_on:
        raise RuleBroken(
            "FUNDED_BEFORE_CLOSING",
            f"Loan {loan.number} closed on {loan.closed_on}.",
            [Detail("funded_on", f"must be {loan.closed_on} or later")],
        )
    if command.funded_on > loan.terms.maturity_on:
        raise RuleBroken(
            "FUNDED_AFTER_MATURITY",
            f"Loan {loan.number} matures on {loan.terms.maturity_on}.",
            [Detail("funded_on", f"must be {loan.terms.maturity_on} at the latest")],
        )
    advances = advance_of(draw.application)
    freed_cents = sum(max(0, -line.withheld_cents) for line in advances)
    entry = postings.advanced(
        net_cents=draw.application.net_cents,
        withheld_cents=sum(max(0, line.withheld_cents) for line in advances),
        released_cents=sum(line.released_cents for line in advances) + freed_cents,
    )
    return [
        DrawFunded(draw.loan_id, draw.draw_id, command.funded_on),
        AdvanceRecorded(draw.loan_id, draw.draw_id, command.funded_on, advances, entry),
    ]


def fail(draw: Draw, command: FailFunding) -> list[Event]:
    """The wire came back; the draw is approved, and holds what it held.

    Raises:
        RuleBroken: ``DRAW_NOT_FUNDING``.
    """
    is_repeat(draw, None, DrawState.FUNDING)
    return [
        DrawFundingFailed(draw.loan_id, draw.draw_id, command.reason),
        DrawFundingStopped(draw.loan_id, draw.draw_id),
    ]
