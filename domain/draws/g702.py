"""An application for payment on AIA's forms G702 and G703, exact to the cent.

A draw's application covers the loan's HARD and SOFT lines. What equity or the closing advance paid
is left out of both the scheduled value and the work. Letters and numbers are the forms' own.
**Source**: AIA G702-1992 and G703-1992; `RULES.md`, "Application for payment".
"""

from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from domain.budgets.refusals import LINE_TWICE
from domain.budgets.state import DRAWABLE, Budget, BudgetLine
from domain.draws.refusals import LINE_NOT_DRAWABLE
from domain.kernel.errors import Detail
from domain.kernel.rounding import Rounding, share_of


class RequestedLine(Struct, frozen=True):
    """What a draw asks for on one line, in cents.

    Attributes:
        completed_cents: work done this period (E).
        stored_cents: materials stored now (F), in place of what was stored before.
        release_cents: retainage asked back.
        deposit_invoice_cents: the invoice behind the work, where that is a deposit on materials or
            services not yet delivered.
    """

    line_id: UUID
    completed_cents: int
    stored_cents: int
    release_cents: int
    deposit_invoice_cents: int | None = None


class ApplicationLine(Struct, frozen=True):
    """One line of the G703, in cents.

    Attributes:
        d_cents: work of previous applications; ``e_cents`` this period; ``f_cents`` stored now.
        i_cents: retainage held after this application.
        b_cents: scheduled value.
        previous_stored_cents: F of the application before.
        previous_i_cents: retainage held before; ``released_cents`` of it paid out now.
    """

    line_id: UUID
    b_cents: int
    d_cents: int
    e_cents: int
    f_cents: int
    i_cents: int
    previous_stored_cents: int
    previous_i_cents: int
    released_cents: int

    @property
    def g_cents(self) -> int:
        """Total completed and stored to date: D + E + F."""
        return self.d_cents + self.e_cents + self.f_cents

    @property
    def h_cents(self) -> int:
        """Balance to finish: B - G."""
        return self.b_cents - self.g_cents

    @property
    def gross_cents(self) -> int:
        """What this application adds to G."""
        return self.e_cents + self.f_cents - self.previous_stored_cents

    @property
    def net_cents(self) -> int:
        """What this application pays on the line: gross, less retainage withheld, plus released."""
        return self.gross_cents - (self.i_cents - self.previous_i_cents)

    @property
    def is_touched(self) -> bool:
        """Whether the application changes anything on the line."""
        return bool(
            self.e_cents or self.released_cents or self.f_cents - self.previous_stored_cents
        )


class Totals(NamedTuple):
    """The summary lines of a G702, in cents.

    Attributes:
        l4_cents: total completed and stored to date.
        l5_cents: retainage.
        l6_cents: total earned less retainage.
        l7_cents: less previous certificates: L6 of the last funded application.
        l8_cents: current payment due, the net draw.
        l9_cents: balance to finish, including retainage.
    """

    l4_cents: int
    l5_cents: int
    l6_cents: int
    l7_cents: int
    l8_cents: int
    l9_cents: int


class Application(Struct, frozen=True):
    """The G702 of one draw, in cents.

    Attributes:
        lines: the G703: every HARD and SOFT line, in the budget's order.
    """

    lines: tuple[ApplicationLine, ...]

    def totals(self) -> Totals:
        """The G702: L4 to L9."""
        completed = retainage = scheduled = certified = 0
        for line in self.lines:
            completed += line.d_cents + line.e_cents + line.f_cents
            retainage += line.i_cents
            scheduled += line.b_cents
            certified += line.d_cents + line.previous_stored_cents - line.previous_i_cents
        earned = completed - retainage
        return Totals(
            l4_cents=completed,
            l5_cents=retainage,
            l6_cents=earned,
            l7_cents=certified,
            l8_cents=earned - certified,
            l9_cents=scheduled - earned,
        )

    @property
    def net_cents(self) -> int:
        """Current payment due (L8): the net draw."""
        return self.totals().l8_cents


def apply(budget: Budget, requested: tuple[RequestedLine, ...], rounding: Rounding) -> Application:
    """Work out the application for what a draw asks.

    A line that is not asked for keeps its work, its stored materials and its retainage.

    Args:
        budget: with the funded state of every line.
        requested: an entry a line at most.
        rounding: the loan's, for retainage.

    Raises:
        RuleBroken: ``LINE_TWICE``, ``LINE_NOT_IN_BUDGET`` or ``LINE_NOT_DRAWABLE``.
    """
    by_line = {line.line_id: line for line in requested}
    if len(by_line) != len(requested):
        raise LINE_TWICE("The draw names a line twice.")
    lines = [
        _line(line, by_line.pop(line.line_id, None), rounding)
        for line in budget.lines
        if line.category in DRAWABLE
    ]
    if by_line:  # What is left of it is no line that draws bill; the first is told.
        other = budget.line(next(iter(by_line)))
        raise LINE_NOT_DRAWABLE(
            f"Line {other.code} is {other.category}; draws bill HARD and SOFT lines.",
            [Detail("lines", other.code)],
        )
    return Application(tuple(lines))


def _line(line: BudgetLine, asked: RequestedLine | None, rounding: Rounding) -> ApplicationLine:
    """One line: ``I = q(rate * (D + E)) + q(stored rate * F) - all releases``.

    F is below zero on a line whose earlier draw was reversed after a later one built its materials
    in. That debt is the corrected draw's to settle: asking for F then adds all of it, as it did
    when nothing had been stored before.
    """
    previous_stored, withheld = line.stored_cents, line.withheld_cents
    before_cents = previous_stored if previous_stored > 0 else 0
    if asked is None:
        work, stored_delta, released = 0, 0, 0
    else:
        work, released = asked.completed_cents, asked.release_cents
        stored_delta = asked.stored_cents - before_cents
    stored = previous_stored + stored_delta
    if work == 0 and stored_delta == 0:
        # A rate changed since must not move retainage on a line nobody bills.
        held = withheld - released
    else:
        held = (
            share_of(line.completed_cents + work, line.retainage_rate, rounding)
            + share_of(stored, line.stored_retainage_rate, rounding)
            - line.released_cents
            - released
        )
    return ApplicationLine(
        line_id=line.line_id,
        b_cents=line.scheduled_cents,
        d_cents=line.completed_cents,
        e_cents=work,
        f_cents=stored,
        i_cents=held,
        previous_stored_cents=previous_stored,
        previous_i_cents=withheld,
        released_cents=released,
    )
