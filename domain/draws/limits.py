"""What always binds a draw: its lines, the retainage held, the money there is, and its kind."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from domain.budgets.state import Budget, LineAdvance, LineReservation
from domain.draws.g702 import Application, ApplicationLine, RequestedLine
from domain.draws.refusals import (
    DEPOSIT_EXCEEDS_INVOICE,
    DEPOSIT_EXCEEDS_LINE_SHARE,
    DRAW_EMPTY,
    DRAW_EXCEEDS_COMMITMENT,
    DRAW_EXCEEDS_LINE,
    DRAW_NET_NEGATIVE,
    RELEASE_EXCEEDS_RETAINAGE,
    RELEASE_WITH_WORK,
)
from domain.kernel.errors import Detail
from domain.kernel.money import format_money

DEPOSIT_SHARE = Decimal("0.50")
"""How much of a line may be a deposit, unless the loan's terms say otherwise."""


def check_limits(
    application: Application, budget: Budget, available_cents: int, draw_id: UUID
) -> None:
    """Check an application against every line, the retainage held, and the commitment.

    What other approved draws hold counts as spent.

    Args:
        application: the draw's.
        budget: with reservations.
        available_cents: what the commitment and the borrower's deposits still allow, this draw's
            own reservation included.
        draw_id: the draw, whose own reservation is left out.

    Raises:
        RuleBroken: ``DRAW_EMPTY``, ``DRAW_EXCEEDS_LINE``, ``RELEASE_EXCEEDS_RETAINAGE``,
            ``DRAW_NET_NEGATIVE`` or ``DRAW_EXCEEDS_COMMITMENT``, with the cents it is short by.
    """
    touched = [line for line in application.lines if line.is_touched]
    if not touched:
        raise DRAW_EMPTY("The draw asks for nothing.")
    for line in touched:
        _check_line(line, budget, draw_id)
    net_cents = application.net_cents
    if net_cents < 0:
        raise DRAW_NET_NEGATIVE(
            "The draw would pay less than nothing.",
            [Detail("l8", format_money(net_cents))],
        )
    over = net_cents - available_cents
    if over > 0:
        raise DRAW_EXCEEDS_COMMITMENT(
            f"The commitment and deposits have {format_money(available_cents)} available.",
            [Detail("l8", f"short by {format_money(over)}")],
        )


def _check_line(line: ApplicationLine, budget: Budget, draw_id: UUID) -> None:
    held = 0
    if budget.reservations:
        held = budget.reserved_on(line.line_id, but_for=draw_id).gross_cents
    over = held - line.h_cents
    if over > 0:
        code = budget.line(line.line_id).code
        room = line.b_cents - line.d_cents - line.previous_stored_cents - held
        raise DRAW_EXCEEDS_LINE(
            f"Line {code} has {format_money(room)} left to bill.",
            [Detail(code, f"short by {format_money(over)}")],
        )
    # Also without a release now: stored materials that go may have had their retainage released.
    if line.i_cents < 0:
        raise RELEASE_EXCEEDS_RETAINAGE(
            "More retainage would have been paid back than is held.",
            [
                Detail(
                    budget.line(line.line_id).code,
                    f"short by {format_money(-line.i_cents)}",
                )
            ],
        )


def check_release_only(application: Application, budget: Budget) -> None:
    """Check that a draw for retainage bills nothing else.

    Raises:
        RuleBroken: ``RELEASE_WITH_WORK``, when it adds work or changes stored materials.
    """
    billed = [line for line in application.lines if line.gross_cents or line.e_cents]
    if billed:
        raise RELEASE_WITH_WORK(
            "A draw for retainage bills no work and leaves stored materials as they are.",
            [
                Detail(
                    budget.line(line.line_id).code,
                    f"work {format_money(line.e_cents)}, stored must be "
                    f"{format_money(max(0, line.previous_stored_cents))}",
                )
                for line in billed
            ],
        )


def check_deposits(
    requested: tuple[RequestedLine, ...], budget: Budget, share: Decimal | None
) -> None:
    """Check deposits on materials or services not yet delivered.

    Args:
        requested: lines with an invoice behind them are deposits; their work this period counts.
        budget: whose lines the share is taken of.
        share: of a line, a fraction; half if the loan does not say.

    Raises:
        RuleBroken: ``DEPOSIT_EXCEEDS_INVOICE`` or ``DEPOSIT_EXCEEDS_LINE_SHARE``, with the cents it
            is over by. **Source**: `RULES.md`, "Application for payment"; Land Gorilla, Fix and
            Flip policy: a deposit is the invoice at most, and half of the line.
    """
    for asked in requested:
        if asked.deposit_invoice_cents is None:
            continue
        line = budget.line(asked.line_id)
        over = asked.completed_cents - asked.deposit_invoice_cents
        if over > 0:
            raise DEPOSIT_EXCEEDS_INVOICE(
                f"The invoice is for {format_money(asked.deposit_invoice_cents)}.",
                [Detail(line.code, f"over by {format_money(over)}")],
            )
        # The most whole cents within the share, so that no rounding ever allows a cent beyond it.
        most_cents = int(Fraction(DEPOSIT_SHARE if share is None else share) * line.budget_cents)
        over = asked.completed_cents - most_cents
        if over > 0:
            raise DEPOSIT_EXCEEDS_LINE_SHARE(
                f"A deposit on line {line.code} is {format_money(most_cents)} at most.",
                [Detail(line.code, f"over by {format_money(over)}")],
            )


def reservation_of(application: Application) -> tuple[LineReservation, ...]:
    """What approving the application holds on each line that it touches."""
    return tuple(
        LineReservation(line.line_id, line.gross_cents, line.net_cents)
        for line in application.lines
        if line.is_touched
    )


def advance_of(application: Application) -> tuple[LineAdvance, ...]:
    """What funding the application does to each line that it touches."""
    return tuple(
        LineAdvance(
            line_id=line.line_id,
            completed_cents=line.e_cents,
            stored_cents=line.f_cents,
            withheld_cents=line.i_cents - line.previous_i_cents + line.released_cents,
            released_cents=line.released_cents,
            net_cents=line.net_cents,
        )
        for line in application.lines
        if line.is_touched
    )
