"""What the draws of a loan ask for as its building goes up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid5

from domain.budgets.state import Category, LineTerms
from domain.draws.events import DrawKind, Payee
from domain.draws.g702 import RequestedLine
from domain.kernel.rounding import share_of
from domain.loans.terms import LoanTerms
from local.seeding.stories import Fate
from local.seeding.terms import HARD

# How long ago a draw that is under way was submitted, in days.
_WAITED_DAYS = {
    Fate.DRAFT: (0, 3),
    Fate.SUBMITTED: (0, 6),
    Fate.IN_REVIEW: (2, 12),
    Fate.RETURNED: (3, 15),
    Fate.APPROVED: (3, 10),
    Fate.FUNDING: (7, 9),
}
_WAITED_DAYS_USUAL = (9, 20)
_TAKES_DAYS_MIN = 5
_TRADES = {
    "SITE": "Ridgeline Excavating",
    "FNDN": "Bedrock Concrete",
    "FRAM": "True North Framing",
    "MEP": "Copperline Mechanical",
    "EXTR": "Weathertight Exteriors",
    "FINI": "Fine Line Interiors",
    "SOFT": "Parcel & Plan Architects",
}
_SPANS = {code: (first, last) for code, _, _, first, last in HARD} | {"SOFT": (0, 10)}


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """One draw: when, for what, and how far it gets; some are returned once on the way.

    Attributes:
        completed: all work in place by then, by hard line, in cents.
        takes_days: from being asked for to being paid.
        again_id: of the draw that records it again on the right day, when it was funded on a
            wrong one.
    """

    draw_id: UUID
    kind: DrawKind
    submitted_on: date
    lines: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...]
    completed: dict[UUID, int]
    fate: Fate
    takes_days: int
    returned_first: bool
    again_id: UUID | None = None

    @property
    def reviewed_on(self) -> date:
        """Two days after it was asked for."""
        return self.submitted_on + timedelta(days=2)

    @property
    def funded_on(self) -> date:
        """When the bank paid it, or is to."""
        return self.submitted_on + timedelta(days=self.takes_days)


@dataclass(frozen=True, slots=True)
class Job:
    """How the building goes.

    Attributes:
        months: for which draws are asked, from the first; the job takes ``builds_in``.
        last_on: the day from which the last draw's wait is counted back.
        fate: of the last draw.
    """

    loan_id: UUID
    closing_on: date
    months: int
    builds_in: int
    last_on: date
    fate: Fate


def draws_of(dice: Random, terms: LoanTerms, job: Job) -> Iterator[DrawPlan]:
    """A draw every month or so, for what was built since the one before."""
    done: dict[UUID, tuple[int, int]] = {}  # line -> (completed, stored), in cents
    for month in range(1, job.months + 1):
        is_last = month == job.months
        submitted_on = job.closing_on + timedelta(days=30 * month - dice.randint(3, 9))
        fate, takes_days = job.fate if is_last else Fate.FUNDED, dice.randint(_TAKES_DAYS_MIN, 12)
        if is_last:
            waited_days = dice.randint(*_WAITED_DAYS.get(fate, _WAITED_DAYS_USUAL))
            submitted_on = max(job.last_on - timedelta(days=waited_days), job.closing_on)
            takes_days = min(takes_days, max(waited_days, _TAKES_DAYS_MIN))
        lines = tuple(_asked(dice, terms, done, 10 * month / job.builds_in))
        if not lines:
            continue
        for line in lines:
            completed, _ = done.get(line.line_id, (0, 0))
            done[line.line_id] = (completed + line.completed_cents, line.stored_cents)
        yield DrawPlan(
            draw_id=uuid5(job.loan_id, f"draw/{month}"),
            kind=DrawKind.PROGRESS,
            submitted_on=submitted_on,
            lines=lines,
            payees=_payees(terms, lines),
            completed=_hard(terms, done),
            fate=fate,
            takes_days=takes_days,
            returned_first=dice.random() < 0.12,
        )


def final_draw(terms: LoanTerms, after: DrawPlan, loan_id: UUID) -> DrawPlan:
    """The last draw of all: every hard line's retainage comes back."""
    lines = tuple(
        RequestedLine(
            line.line_id,
            0,
            0,
            share_of(after.completed[line.line_id], line.retainage_rate, terms.rounding),
        )
        for line in terms.lines
        if after.completed.get(line.line_id)
    )
    return replace(
        after,
        draw_id=uuid5(loan_id, "draw/final"),
        kind=DrawKind.FINAL,
        submitted_on=after.submitted_on + timedelta(days=30),
        lines=lines,
        payees=_payees(terms, lines),
        returned_first=False,
    )


def _hard(terms: LoanTerms, done: dict[UUID, tuple[int, int]]) -> dict[UUID, int]:
    return {
        line.line_id: done[line.line_id][0]
        for line in terms.lines
        if line.category is Category.HARD and line.line_id in done
    }


def _payees(terms: LoanTerms, lines: tuple[RequestedLine, ...]) -> tuple[Payee, ...]:
    codes = {line.line_id: line.code for line in terms.lines}
    return tuple(Payee(_TRADES[codes[line.line_id]]) for line in lines)


def _asked(
    dice: Random, terms: LoanTerms, done: dict[UUID, tuple[int, int]], progress: float
) -> Iterator[RequestedLine]:
    """What the work since the last draw comes to, line by line, to the cent.

    Args:
        dice: decide what is bought ahead and stored.
        terms: with the lines.
        done: what was billed before.
        progress: of the whole job, in tenths.
    """
    for line in terms.lines:
        if line.code not in _SPANS:
            continue
        first, last = _SPANS[line.code]
        part = min(1.0, max(0.0, (progress - first) / (last - first)))
        budget_cents = _for_draws(line)
        target_cents = budget_cents if part >= 1 else int(budget_cents * part)
        completed, stored = done.get(line.line_id, (0, 0))
        if target_cents <= completed + stored:
            continue
        new_stored = 0
        if line.code in ("MEP", "FINI") and part < 0.7 and dice.random() < 0.5:
            new_stored = (target_cents - completed) // 3
        yield RequestedLine(line.line_id, target_cents - completed - new_stored, new_stored, 0)


def _for_draws(line: LineTerms) -> int:
    """What draws may ask on a line; closing paid a quarter of the soft costs."""
    paid_cents = line.amount_cents // 4 if line.category is Category.SOFT else 0
    return line.amount_cents - paid_cents
