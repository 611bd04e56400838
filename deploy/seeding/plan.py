"""A believable portfolio of a regional construction lender, drawn from one seeded die.

Plans only: what each loan is, how far it got, and what its draws asked for. The same seed and date
give the same plans.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, auto
from random import Random
from typing import TypeVar
from uuid import UUID, uuid5

from domain.budgets.state import Category, LineAmount, LineTerms, Source, SourceKind
from domain.draws.g702 import RequestedLine
from domain.kernel.day_count import DayCount
from domain.kernel.rounding import Rounding
from domain.loans.events import ExtensionOption, LoanTerms, Valuation
from domain.loans.state import LoanState
from runtime.users import demo_user_id

NAMESPACE = UUID("0f6f3a52-7c1d-5c1e-9d0b-6b0f5f1f2a77")
THOUSAND = 100_000  # cents
T = TypeVar("T")


class Fate(Enum):
    """How far a draw gets."""

    DRAFT = auto()
    SUBMITTED = auto()
    IN_REVIEW = auto()
    RETURNED = auto()
    REJECTED = auto()
    WITHDRAWN = auto()
    APPROVED = auto()
    CANCELLED = auto()
    FUNDING = auto()
    WIRE_FAILED = auto()
    FUNDED = auto()


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """One draw: when, for what, and how far it gets; some are returned once on the way."""

    draw_id: UUID
    submitted_on: date
    lines: tuple[RequestedLine, ...]
    fate: Fate
    returned_first: bool

    @property
    def funded_on(self) -> date:
        """A week after it was asked for."""
        return self.submitted_on + timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LoanPlan:
    """One loan: its terms, how far it gets, its closing and its draws."""

    loan_id: UUID
    terms: LoanTerms
    state: LoanState
    originated_on: date
    closing_on: date
    closing_advance: tuple[LineAmount, ...]
    draws: tuple[DrawPlan, ...]

    @property
    def builder_user_id(self) -> UUID:
        """Who asks for its draws."""
        if self.terms.builder_user_id is None:
            raise ValueError("every seeded loan has a builder")
        return self.terms.builder_user_id


# What is built, how large (thousands, smallest, usual, largest), and its weight in the portfolio.
_KINDS = (
    ("Spec Home", (280, 450, 900), 42),
    ("Townhomes", (900, 2_400, 6_000), 24),
    ("Infill Duplex", (380, 620, 1_200), 16),
    ("Garden Apartments", (3_500, 8_000, 18_000), 10),
    ("Mixed-Use Building", (2_500, 6_000, 14_000), 5),
    ("Retail Pad", (800, 1_500, 3_500), 3),
)
_STREETS = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Hawthorn", "Hickory", "Juniper", "Larch",
    "Linden", "Magnolia", "Maple", "Oak", "Pecan", "Poplar", "Sycamore", "Tamarack", "Walnut",
    "Willow",
)  # fmt: skip
_BUILDERS = (
    "Cornerstone", "Blue Ridge", "Harbor", "Keystone", "Lakeside", "Northgate", "Prairie",
    "Redwood", "Summit", "Tidewater", "Union", "Westfield",
)  # fmt: skip
# Hard lines in the order of work: code, name, share of hard cost, first and last tenth of the job.
_HARD = (
    ("SITE", "Sitework", 14, 0, 3),
    ("FNDN", "Foundation", 12, 1, 4),
    ("FRAM", "Framing", 22, 2, 6),
    ("MEP", "Mechanical, electrical, plumbing", 20, 4, 8),
    ("EXTR", "Exterior", 12, 4, 8),
    ("FINI", "Finishes", 20, 6, 10),
)
_STATES = (
    (LoanState.ACTIVE, 78),
    (LoanState.APPROVED, 6),
    (LoanState.SUBMITTED, 5),
    (LoanState.DRAFT, 5),
    (LoanState.DECLINED, 3),
    (LoanState.WITHDRAWN, 3),
)
_LAST_FATES = (
    (Fate.FUNDED, 26), (Fate.SUBMITTED, 16), (Fate.IN_REVIEW, 16), (Fate.APPROVED, 12),
    (Fate.FUNDING, 8), (Fate.DRAFT, 8), (Fate.RETURNED, 6), (Fate.REJECTED, 3),
    (Fate.WITHDRAWN, 2), (Fate.CANCELLED, 2), (Fate.WIRE_FAILED, 1),
)  # fmt: skip
# How long ago a draw that is under way was submitted, in days.
_WAITED_DAYS = {
    Fate.DRAFT: (0, 3),
    Fate.SUBMITTED: (0, 6),
    Fate.IN_REVIEW: (2, 12),
    Fate.RETURNED: (3, 15),
    Fate.APPROVED: (3, 10),
    Fate.FUNDING: (7, 9),
}


def portfolio(loans: int, seed: int, as_of: date) -> Iterator[LoanPlan]:
    """Plans for so many loans, one by one.

    Args:
        loans: how many.
        seed: the same number gives the same portfolio.
        as_of: the last date anything happens.
    """
    for number in range(loans):
        yield _loan(number, seed, as_of)


def _loan(number: int, seed: int, as_of: date) -> LoanPlan:
    # A die of its own for each loan: the first ten loans are the same whether ten or a million are
    # made.
    dice = Random(f"{seed}/{number}/{as_of}")  # noqa: S311  # a portfolio, not a secret
    loan_id = uuid5(NAMESPACE, f"{seed}/{number}/{as_of}")
    age_days = min(int(dice.triangular(20, 700, 200)), 700)
    closing_on = as_of - timedelta(days=age_days)
    terms = _terms(dice, loan_id, closing_on)
    state = _weighted(dice, _STATES)
    plan = LoanPlan(
        loan_id=loan_id,
        terms=terms,
        state=state,
        originated_on=closing_on - timedelta(days=dice.randint(25, 60)),
        closing_on=closing_on,
        closing_advance=_closing_advance(terms),
        draws=(),
    )
    if state is not LoanState.ACTIVE:
        return plan
    return replace(plan, draws=tuple(_draws(dice, plan, age_days, as_of)))


def _terms(dice: Random, loan_id: UUID, closing_on: date) -> LoanTerms:
    kind, (low, usual, high), _ = dice.choices(_KINDS, weights=[k[2] for k in _KINDS])[0]
    cost_cents = int(dice.triangular(low, high, usual)) * THOUSAND
    builder = _weighted(dice, tuple((n, 30 if n < 2 else 4) for n in range(len(_BUILDERS))))
    lines, equity_cents = _budget(dice, loan_id, cost_cents)
    name = f"{_BUILDERS[builder]} Homes LLC"
    return LoanTerms(
        project_id=uuid5(loan_id, "project"),
        project_name=f"{dice.randint(2, 989)} {dice.choice(_STREETS)} Street, {kind}",
        borrower_id=uuid5(NAMESPACE, name),
        borrower_name=name,
        builder_user_id=_builder_user_id(builder),
        commitment_cents=sum(line.amount_cents for line in lines) - equity_cents,
        rate=Decimal(dice.randint(1500, 2300)) / 20_000,
        default_margin=Decimal("0.05"),
        day_count=_weighted(
            dice,
            (
                (DayCount.ACT_360, 80),
                (DayCount.ACT_365F, 12),
                (DayCount.THIRTY_360, 6),
                (DayCount.ACT_ACT, 2),
            ),
        ),
        rounding=Rounding.HALF_UP,
        maturity_on=closing_on + timedelta(days=dice.choice((365, 548, 730)) + 365),
        late_charge_rate=Decimal("0.05"),
        grace_days=10,
        extension_options=(ExtensionOption(6, Decimal("0.005")),),
        valuation=Valuation(
            as_is_cents=cost_cents // 4,
            as_complete_cents=cost_cents * dice.randint(115, 145) // 100,
            valued_on=closing_on - timedelta(days=45),
        ),
        draw_policy=(),
        lines=lines,
        sources=(
            Source(SourceKind.EQUITY, equity_cents, uuid5(loan_id, "LAND")),
            Source(SourceKind.LOAN, sum(line.amount_cents for line in lines) - equity_cents),
        ),
    )


def _builder_user_id(builder: int) -> UUID:
    """The first two builders can sign in; the others have no account here."""
    return demo_user_id(f"builder{builder + 1}") if builder < 2 else uuid5(NAMESPACE, str(builder))


def _budget(dice: Random, loan_id: UUID, cost_cents: int) -> tuple[tuple[LineTerms, ...], int]:
    """The lines, in whole thousands, and the equity that was spent on the land."""

    def part(per_cent: int) -> int:
        return max(cost_cents * per_cent // 100 // THOUSAND, 1) * THOUSAND

    land_cents, hard_cents = part(dice.randint(16, 24)), part(58)
    amounts = [
        ("LAND", "Land", Category.LAND, land_cents),
        ("FEE", "Origination fee", Category.FEE, part(1)),
        ("SOFT", "Architecture, permits, insurance", Category.SOFT, part(7)),
        *(
            (code, name, Category.HARD, max(hard_cents * share // 100 // THOUSAND, 1) * THOUSAND)
            for code, name, share, _, _ in _HARD
        ),
        ("CONT", "Contingency", Category.CONTINGENCY, part(4)),
        ("RESV", "Interest reserve", Category.INTEREST_RESERVE, part(4)),
    ]
    retainage = dice.choice(("0.1", "0.1", "0.1", "0.05"))
    lines = tuple(
        LineTerms(
            line_id=uuid5(loan_id, code),
            code=code,
            name=name,
            category=category,
            amount_cents=amount,
            retainage_rate=Decimal(retainage if category is Category.HARD else "0"),
            stored_retainage_rate=Decimal(retainage if category is Category.HARD else "0"),
        )
        for code, name, category, amount in amounts
    )
    return lines, land_cents * dice.randint(60, 95) // 100 // THOUSAND * THOUSAND


def _closing_advance(terms: LoanTerms) -> tuple[LineAmount, ...]:
    """The rest of the land, the fee, and a quarter of the soft costs."""
    land, fee, soft = terms.lines[:3]
    return (
        LineAmount(land.line_id, land.amount_cents - terms.sources[0].amount_cents),
        LineAmount(fee.line_id, fee.amount_cents),
        LineAmount(soft.line_id, soft.amount_cents // 4),
    )


def _draws(dice: Random, plan: LoanPlan, age_days: int, as_of: date) -> Iterator[DrawPlan]:
    """A draw every month or so; while a job goes on, its last is a few days old and under way."""
    done: dict[UUID, tuple[int, int]] = {}  # line -> (completed, stored), in cents
    builds_in = dice.randint(8, 18)
    months = min(age_days // 30, builds_in)
    is_building = months < builds_in
    for month in range(1, months + 1):
        is_last = month == months
        submitted_on = plan.closing_on + timedelta(days=30 * month - dice.randint(3, 9))
        fate = Fate.FUNDED
        if is_last and is_building:
            fate = _weighted(dice, _LAST_FATES)
            waited_days = dice.randint(*_WAITED_DAYS.get(fate, (9, 20)))
            submitted_on = max(as_of - timedelta(days=waited_days), plan.closing_on)
        lines = tuple(_asked(dice, plan.terms, done, month, builds_in))
        if not lines:
            continue
        yield DrawPlan(
            draw_id=uuid5(plan.loan_id, f"draw/{month}"),
            submitted_on=submitted_on,
            lines=lines,
            fate=fate,
            returned_first=dice.random() < 0.12,
        )
        if fate is Fate.FUNDED:
            for line in lines:
                completed, _ = done.get(line.line_id, (0, 0))
                done[line.line_id] = (completed + line.completed_cents, line.stored_cents)


def _asked(
    dice: Random,
    terms: LoanTerms,
    done: dict[UUID, tuple[int, int]],
    month: int,
    builds_in: int,
) -> Iterator[RequestedLine]:
    """What the work since the last draw comes to, line by line, to the cent."""
    progress = 10 * month / max(builds_in, 1)
    soft = terms.lines[2]
    spans = {code: (first, last) for code, _, _, first, last in _HARD}
    for line in terms.lines:
        if line.category is Category.HARD:
            first, last = spans[line.code]
            budget_cents = line.amount_cents
        elif line is soft:
            first, last = 0, 10
            budget_cents = line.amount_cents - line.amount_cents // 4
        else:
            continue
        part = min(1.0, max(0.0, (progress - first) / (last - first)))
        target_cents = budget_cents if part >= 1 else int(budget_cents * part)
        completed, stored = done.get(line.line_id, (0, 0))
        if target_cents <= completed + stored:
            continue
        new_stored = 0
        if line.code in ("MEP", "FINI") and part < 0.7 and dice.random() < 0.5:
            new_stored = (target_cents - completed) // 3
        yield RequestedLine(line.line_id, target_cents - completed - new_stored, new_stored, 0)


def _weighted(dice: Random, choices: tuple[tuple[T, int], ...]) -> T:
    return dice.choices([c for c, _ in choices], weights=[w for _, w in choices])[0]
