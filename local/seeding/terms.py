"""The terms of a believable construction loan: what is built, for whom, for how much."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID, uuid5

from domain.budgets.state import Category, LineAmount, LineTerms, Source, SourceKind
from domain.kernel.day_count import DayCount
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.loans.limits import PropertyKind
from domain.loans.terms import ExtensionOption, LoanTerms, PolicyRule, Valuation
from runtime.users import demo_user_id

NAMESPACE = UUID("0f6f3a52-7c1d-5c1e-9d0b-6b0f5f1f2a77")
THOUSAND = 100_000  # cents
T = TypeVar("T")

_HOUSE, _OTHER = PropertyKind.ONE_TO_FOUR_FAMILY, PropertyKind.CONSTRUCTION
# What is built, how large (thousands, smallest, usual, largest), and its weight in the portfolio.
_KINDS = (
    ("Spec Home", _HOUSE, (280, 450, 900), 42),
    ("Townhomes", _OTHER, (900, 2_400, 6_000), 24),
    ("Infill Duplex", _HOUSE, (380, 620, 1_200), 16),
    ("Garden Apartments", _OTHER, (3_500, 8_000, 18_000), 10),
    ("Mixed-Use Building", _OTHER, (2_500, 6_000, 14_000), 5),
    ("Retail Pad", _OTHER, (800, 1_500, 3_500), 3),
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
HARD = (
    ("SITE", "Sitework", 14, 0, 3),
    ("FNDN", "Foundation", 12, 1, 4),
    ("FRAM", "Framing", 22, 2, 6),
    ("MEP", "Mechanical, electrical, plumbing", 20, 4, 8),
    ("EXTR", "Exterior", 12, 4, 8),
    ("FINI", "Finishes", 20, 6, 10),
)
_DAY_COUNTS = (
    (DayCount.ACT_360, 80),
    (DayCount.ACT_365F, 12),
    (DayCount.THIRTY_360, 6),
    (DayCount.ACT_ACT, 2),
)
_POLICIES = (
    (tuple(PolicyRule), 70),
    ((PolicyRule.INSPECTION, PolicyRule.IN_BALANCE, PolicyRule.TITLE_DATE_DOWN), 15),
    ((), 15),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a loan's story asks of its terms.

    Attributes:
        has_reserve: whether a reserve pays its interest, or the borrower is billed.
        brings_equity: whether the borrower promised equity beyond the land.
        is_strict: whether draws must meet every rule.
    """

    loan_id: UUID
    closing_on: date
    maturity_on: date
    has_reserve: bool = True
    brings_equity: bool = False
    is_strict: bool = False


def weighted(dice: Random, choices: tuple[tuple[T, int], ...]) -> T:
    """One of the choices, by their weights."""
    return dice.choices([c for c, _ in choices], weights=[w for _, w in choices])[0]


def terms_of(dice: Random, frame: Frame) -> LoanTerms:
    """A term sheet."""
    kind, secured_by, (low, usual, high), _ = dice.choices(_KINDS, weights=[k[3] for k in _KINDS])[
        0
    ]
    cost_cents = int(dice.triangular(low, high, usual)) * THOUSAND
    builder = weighted(dice, tuple((n, 30 if n < 2 else 4) for n in range(len(_BUILDERS))))
    lines = _budget(dice, frame, cost_cents)
    sources = _sources(dice, frame, lines)
    name = f"{_BUILDERS[builder]} Homes LLC"
    return LoanTerms(
        project_id=uuid5(frame.loan_id, "project"),
        project_name=f"{dice.randint(2, 989)} {dice.choice(_STREETS)} Street, {kind}",
        borrower_id=uuid5(NAMESPACE, name),
        borrower_name=name,
        builder_user_id=_builder_user_id(builder),
        commitment_cents=sources[-1].amount_cents,
        rate=Rate(Decimal(dice.randint(1500, 2300)) / 20_000),
        default_margin=Rate("0.05"),
        day_count=weighted(dice, _DAY_COUNTS),
        rounding=Rounding.HALF_UP,
        maturity_on=frame.maturity_on,
        late_charge_rate=Rate("0.05"),
        grace_days=10,
        extension_options=(ExtensionOption(6, Rate("0.005")),),
        valuation=Valuation(
            as_is_cents=cost_cents // 4,
            as_complete_cents=cost_cents * dice.randint(115, 145) // 100,
            valued_on=frame.closing_on - timedelta(days=45),
        ),
        draw_policy=tuple(PolicyRule) if frame.is_strict else weighted(dice, _POLICIES),
        lines=lines,
        sources=sources,
        property_kind=secured_by,
    )


def _builder_user_id(builder: int) -> UUID:
    """The first two builders can sign in; the others have no account here."""
    return demo_user_id(f"builder{builder + 1}") if builder < 2 else uuid5(NAMESPACE, str(builder))


def _budget(dice: Random, frame: Frame, cost_cents: int) -> tuple[LineTerms, ...]:
    """The lines, in whole thousands."""

    def part(per_cent: int, of_cents: int = cost_cents) -> int:
        return max(of_cents * per_cent // 100 // THOUSAND, 1) * THOUSAND

    hard_cents = part(58)
    amounts = [
        ("LAND", "Land", Category.LAND, part(dice.randint(16, 24))),
        ("FEE", "Origination fee", Category.FEE, part(1)),
        ("SOFT", "Architecture, permits, insurance", Category.SOFT, part(7)),
        *((code, name, Category.HARD, part(share, hard_cents)) for code, name, share, _, _ in HARD),
        ("CONT", "Contingency", Category.CONTINGENCY, part(4)),
    ]
    if frame.has_reserve:
        amounts.append(("RESV", "Interest reserve", Category.INTEREST_RESERVE, part(4)))
    retainage = Rate(dice.choice(("0.1", "0.1", "0.1", "0.05")))
    return tuple(
        LineTerms(
            line_id=uuid5(frame.loan_id, code),
            code=code,
            name=name,
            category=category,
            amount_cents=amount,
            retainage_rate=retainage if category is Category.HARD else Rate(0),
            stored_retainage_rate=retainage if category is Category.HARD else Rate(0),
        )
        for code, name, category, amount in amounts
    )


def _sources(dice: Random, frame: Frame, lines: tuple[LineTerms, ...]) -> tuple[Source, ...]:
    """Equity spent on the land, perhaps more to come, and last the loan, which pays the rest."""
    land = lines[0]
    spent_cents = land.amount_cents * dice.randint(60, 95) // 100 // THOUSAND * THOUSAND
    equity = [Source(SourceKind.EQUITY, spent_cents, land.line_id)]
    if frame.brings_equity:
        equity.append(Source(SourceKind.EQUITY, land.amount_cents // 4 // THOUSAND * THOUSAND))
    rest = sum(line.amount_cents for line in lines) - sum(each.amount_cents for each in equity)
    return (*equity, Source(SourceKind.LOAN, rest))


def closing_advance(terms: LoanTerms) -> tuple[LineAmount, ...]:
    """The rest of the land, the fee, and a quarter of the soft costs."""
    land, fee, soft = terms.lines[:3]
    return (
        LineAmount(land.line_id, land.amount_cents - terms.sources[0].amount_cents),
        LineAmount(fee.line_id, fee.amount_cents),
        LineAmount(soft.line_id, soft.amount_cents // 4),
    )
