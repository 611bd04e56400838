"""A believable portfolio of a regional construction lender, drawn from one seeded die.

Plans only: what each loan is, how far it got, and what its draws asked for. The same seed and date
give the same plans.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid5

from domain.budgets.state import LineAmount
from domain.loans.terms import LoanTerms
from local.seeding.draws import DrawPlan, Job, draws_of, final_draw
from local.seeding.stories import Card, Story, deal
from local.seeding.terms import NAMESPACE, Frame, closing_advance, terms_of


@dataclass(frozen=True, slots=True)
class LoanPlan:
    """One loan: its terms, how far it gets, its closing and its draws.

    Attributes:
        behind_on: it pays no bill that falls due from this day on.
        as_of: the last day on which anything happens.
        luck: a number from 0 to 1 for what the plan leaves open.
    """

    loan_id: UUID
    card: Card
    terms: LoanTerms
    originated_on: date
    closing_on: date
    closing_advance: tuple[LineAmount, ...]
    behind_on: date
    as_of: date
    luck: float
    draws: tuple[DrawPlan, ...] = ()

    @property
    def story(self) -> Story:
        """What becomes of it."""
        return self.card.story

    @property
    def is_closed(self) -> bool:
        """Whether it was signed."""
        return self.story not in _BEFORE_CLOSING

    @property
    def builder_user_id(self) -> UUID:
        """Who asks for its draws."""
        if self.terms.builder_user_id is None:
            raise ValueError("every seeded loan has a builder")
        return self.terms.builder_user_id


_BEFORE_CLOSING = {Story.DRAFT, Story.SUBMITTED, Story.APPROVED, Story.DECLINED, Story.WITHDRAWN}
_BUILT = {Story.FINISHED, Story.PAID_OFF, Story.MATURED}
_BILLED = {
    Story.PAYING, Story.PAYING_LATE, Story.PAST_DUE, Story.DEFAULTED, Story.NONACCRUAL,
    Story.CURED, Story.CHARGED_OFF,
}  # fmt: skip
# How long ago a loan closed, in days: at least, at most, usually.
_AGE_DAYS = {
    Story.FINISHED: (270, 340, 290),
    Story.PAID_OFF: (270, 340, 290),
    Story.MATURED: (270, 340, 290),
    Story.EXTENDED: (240, 340, 270),
}
_AGE_DAYS_USUAL = (60, 260, 110)
_AGE_DAYS_BILLED = (110, 220, 140)
_MATURES_IN_DAYS = {
    Story.MATURED: (-70, -15, -30),
    Story.EXTENDED: (-90, -5, -30),
    Story.FINISHED: (3, 28, 15),
}
_MATURES_IN_DAYS_USUAL = (12, 500, 90)


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
    card = deal(number)
    age_days = _age_days(dice, card)
    closing_on = as_of - timedelta(days=age_days)
    matures_in = _MATURES_IN_DAYS.get(card.story, _MATURES_IN_DAYS_USUAL)
    terms = terms_of(
        dice,
        Frame(
            loan_id,
            closing_on,
            as_of + timedelta(days=int(dice.triangular(*matures_in))),
            has_reserve=card.story not in _BILLED,
            brings_equity=card.story is Story.REBUDGETED,
            is_strict=card.story is Story.OUT_OF_BALANCE,
        ),
    )
    plan = LoanPlan(
        loan_id=loan_id,
        card=card,
        terms=terms,
        originated_on=closing_on - timedelta(days=dice.randint(25, 60)),
        closing_on=closing_on,
        closing_advance=closing_advance(terms),
        behind_on=_behind_on(card, as_of),
        as_of=as_of,
        luck=dice.random(),
    )
    return replace(plan, draws=_draws(dice, plan, age_days)) if plan.is_closed else plan


def _age_days(dice: Random, card: Card) -> int:
    usual = _AGE_DAYS_BILLED if card.story in _BILLED else _AGE_DAYS_USUAL
    return int(dice.triangular(*_AGE_DAYS.get(card.story, usual))) + card.behind_days


def _behind_on(card: Card, as_of: date) -> date:
    """The 1st on which the first bill that stays unpaid falls due; after everything, if none."""
    if not card.behind_days:
        return date.max
    return (as_of - timedelta(days=card.behind_days)).replace(day=1)


def _draws(dice: Random, plan: LoanPlan, age_days: int) -> tuple[DrawPlan, ...]:
    """A draw every month or so; while a job goes on, its last is a few days old."""
    months = (age_days - plan.card.behind_days) // 30
    builds_in = months + dice.randint(2, 8)
    last_on = plan.as_of - timedelta(days=plan.card.behind_days)
    if plan.story in _BUILT:
        months = builds_in = months - dice.randint(3, 4)
        last_on = plan.closing_on + timedelta(days=30 * months + 9)
    job = Job(plan.loan_id, plan.closing_on, months, builds_in, last_on, plan.card.fate)
    draws = tuple(draws_of(dice, plan.terms, job))
    if plan.story in (Story.FINISHED, Story.PAID_OFF):
        return (*draws, final_draw(plan.terms, draws[-1], plan.loan_id))
    if plan.story is Story.CORRECTED:
        wrong, *rest = draws
        return (replace(wrong, again_id=uuid5(plan.loan_id, "draw/again")), *rest)
    return draws
