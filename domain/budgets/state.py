"""A budget as it stands: every line with what was spent on it, and what is reserved on it."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.budgets.refusals import LINE_NOT_IN_BUDGET
from domain.kernel.rates import Rate


class Category(StrEnum):
    """What a line pays for."""

    LAND = "LAND"
    HARD = "HARD"
    SOFT = "SOFT"
    CONTINGENCY = "CONTINGENCY"
    INTEREST_RESERVE = "INTEREST_RESERVE"
    FEE = "FEE"


class SourceKind(StrEnum):
    """Who pays: the loan, the borrower's equity, or a cost deferred to a later day."""

    LOAN = "LOAN"
    EQUITY = "EQUITY"
    DEFERRED = "DEFERRED"


DRAWABLE = frozenset({Category.HARD, Category.SOFT})
"""The categories that draws bill. Land and fees are paid at closing, contingency is reallocated
first, and the reserve pays interest only."""


class LineTerms(Struct, frozen=True):
    """A budget line as the loan's terms fix it.

    Attributes:
        amount_cents: the line's budget.
        retainage_rate: the part of completed work withheld; ``stored_retainage_rate`` of stored
            materials.
    """

    line_id: UUID
    code: str
    name: str
    category: Category
    amount_cents: int
    retainage_rate: Rate
    stored_retainage_rate: Rate


class Source(Struct, frozen=True):
    """A part of the money that pays for the budget, perhaps already spent on one line."""

    kind: SourceKind
    amount_cents: int
    spent_on_line: UUID | None = None


class BudgetLine(Struct, frozen=True):
    """A line and what has happened to it, in cents.

    Attributes:
        budget_cents: what may be spent on it, from every source.
        equity_cents: spent on it by the borrower before closing.
        closing_cents: advanced on it at closing.
        completed_cents: work funded by draws (D + E of the last funded application).
        stored_cents: materials stored, funded and not yet built in (F of that application); below
            zero between the reversal of the draw that paid for them and its correction.
        withheld_cents: retainage held back from the funded work (I).
        capitalised_cents: interest paid from it, on an interest-reserve line.
        accepted_rate: how much of the line the last accepted inspection found in place, a fraction,
            found on ``inspected_on``.
        estimated_cents: what the line will have cost when finished, as last estimated on
            ``estimated_on``: the cost to complete then, and all that had been funded on it.
    """

    line_id: UUID
    code: str
    name: str
    category: Category
    budget_cents: int
    retainage_rate: Rate
    stored_retainage_rate: Rate
    equity_cents: int = 0
    closing_cents: int = 0
    completed_cents: int = 0
    stored_cents: int = 0
    withheld_cents: int = 0
    released_cents: int = 0
    capitalised_cents: int = 0
    accepted_rate: Rate | None = None
    inspected_on: date | None = None
    estimated_cents: int | None = None
    estimated_on: date | None = None

    @property
    def gross_cents(self) -> int:
        """G: everything spent on the line or withheld from it, from every source."""
        return (
            self.equity_cents
            + self.closing_cents
            + self.completed_cents
            + self.stored_cents
            + self.capitalised_cents
        )

    @property
    def funded_cents(self) -> int:
        """What has been paid out on the line, the borrower's equity included."""
        return self.gross_cents - self.withheld_cents

    @property
    def unbilled_cents(self) -> int:
        """What remains of the budget."""
        return self.budget_cents - self.gross_cents

    @property
    def cost_to_complete_cents(self) -> int:
        """What finishing the line still costs: all of it that no draw has been funded for.

        An estimate holds until work is funded on the line, which it is then less by; before the
        first, what is unbilled. Contingency is not a cost. **Source**: `RULES.md`, "In balance".
        """
        if self.category is Category.CONTINGENCY:
            return 0
        at_completion = self.estimated_cents
        if at_completion is None:
            at_completion = self.budget_cents
        return max(0, at_completion - self.gross_cents)

    @property
    def scheduled_cents(self) -> int:
        """The scheduled value that a G703 shows: what was paid at or before closing is left out."""
        return self.budget_cents - self.equity_cents - self.closing_cents


class LineReservation(Struct, frozen=True):
    """What an approved draw holds on one line; gross is net plus the retainage to be withheld."""

    line_id: UUID
    gross_cents: int
    net_cents: int


class Reservation(Struct, frozen=True):
    """What an approved draw holds until it is funded or cancelled.

    Attributes:
        deposit_cents: the part of the net that the borrower's deposits will pay.
    """

    draw_id: UUID
    lines: tuple[LineReservation, ...]
    deposit_cents: int = 0

    @property
    def net_cents(self) -> int:
        """The cash that funding the draw will take."""
        return sum(line.net_cents for line in self.lines)

    @property
    def loan_cents(self) -> int:
        """The part of the net that the loan will pay: what is held of the commitment."""
        return self.net_cents - self.deposit_cents


class LineAdvance(Struct, frozen=True):
    """What funding a draw did to one line.

    Attributes:
        completed_cents: work added (E).
        stored_cents: materials now stored, in place of what was stored before (F).
        withheld_cents: retainage newly withheld, negative where a lower rate freed some.
        released_cents: retainage paid out.
        net_cents: cash: work and change in stored materials, less withheld, plus released.
    """

    line_id: UUID
    completed_cents: int
    stored_cents: int
    withheld_cents: int
    released_cents: int
    net_cents: int

    @property
    def stored_delta_cents(self) -> int:
        """How stored materials changed: gross, less work.

        ``stored_cents`` says what was there afterwards; only the change can be undone when other
        draws have been funded since.
        """
        gross_cents = self.net_cents + self.withheld_cents - self.released_cents
        return gross_cents - self.completed_cents


class LineAmount(Struct, frozen=True):
    """An amount on one line."""

    line_id: UUID
    amount_cents: int


class LineChange(Struct, frozen=True):
    """A line's budget raised or, below zero, cut."""

    line_id: UUID
    delta_cents: int


class Budget(Struct, frozen=True):
    """The lines in the lender's order, their sources, and the reservations of approved draws."""

    lines: tuple[BudgetLine, ...]
    sources: tuple[Source, ...]
    reservations: tuple[Reservation, ...] = ()

    def line(self, line_id: UUID) -> BudgetLine:
        """The line with this id.

        Raises:
            RuleBroken: ``LINE_NOT_IN_BUDGET``.
        """
        for line in self.lines:
            if line.line_id == line_id:
                return line
        raise LINE_NOT_IN_BUDGET(f"The loan's budget has no line {line_id}.")

    def reservation(self, draw_id: UUID) -> Reservation | None:
        """What this draw holds, if anything."""
        return next((held for held in self.reservations if held.draw_id == draw_id), None)

    def reserved_on(self, line_id: UUID, *, but_for: UUID | None = None) -> LineReservation:
        """All that draws hold on a line, leaving out one draw's own.

        A draw that gives something back (stored materials gone) makes no room for others until it
        is funded: it may still be cancelled.
        """
        if not self.reservations:
            return LineReservation(line_id, 0, 0)
        held = [
            line
            for reservation in self.reservations
            if reservation.draw_id != but_for
            for line in reservation.lines
            if line.line_id == line_id
        ]
        return LineReservation(
            line_id,
            sum(max(0, line.gross_cents) for line in held),
            sum(line.net_cents for line in held),
        )

    @property
    def total_cents(self) -> int:
        """The sum of all lines: the uses."""
        return sum(line.budget_cents for line in self.lines)

    @property
    def cost_to_complete_cents(self) -> int:
        """What finishing all of it still costs; contingency is not a cost."""
        return sum(line.cost_to_complete_cents for line in self.lines)

    @property
    def withheld_cents(self) -> int:
        """All retainage withheld."""
        return sum(line.withheld_cents for line in self.lines)


def budget_of(lines: tuple[LineTerms, ...], sources: tuple[Source, ...]) -> Budget:
    """The budget as originated, nothing spent."""
    return Budget(
        lines=tuple(
            BudgetLine(
                line_id=terms.line_id,
                code=terms.code,
                name=terms.name,
                category=terms.category,
                budget_cents=terms.amount_cents,
                retainage_rate=terms.retainage_rate,
                stored_retainage_rate=terms.stored_retainage_rate,
            )
            for terms in lines
        ),
        sources=sources,
    )
