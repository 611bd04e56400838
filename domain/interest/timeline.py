"""What interest depends on, by value date, and the exact sums over it.

Interest is a pure function of a `Timeline`: the principal at the end of each day, the rate in force
and the spans of default and of non-accrual. Nothing here knows when anything was recorded, so an
entry made late and an entry made in time give the same interest.

The arithmetic walks stretches over which nothing changes and keeps whole numbers over one common
denominator; a `Fraction` is made once, at the end.
"""

from bisect import insort
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import lcm

from msgspec import Struct

from domain.kernel.day_count import DayCount, units_a_year, units_between
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding, ratio_to_cents, to_cents
from domain.kernel.values import replace

_ONE_DAY = timedelta(days=1)


class RateStep(Struct, frozen=True):
    """A contract rate from a day on; until, excluding, another where the change was reversed."""

    from_on: date
    rate: Rate
    until_on: date | None = None


class Span(Struct, frozen=True):
    """The days from one to, excluding, another, or without end so far."""

    from_on: date
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day lies within."""
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


class InterestCents(Struct, frozen=True):
    """Interest in whole cents, as it is posted: three accounts, each rounded by itself."""

    interest_cents: int = 0
    default_cents: int = 0
    nonaccrual_cents: int = 0

    @property
    def total_cents(self) -> int:
        """All that the borrower owes of it; non-accrual stops the income, not the debt."""
        return self.interest_cents + self.default_cents + self.nonaccrual_cents

    def __add__(self, other: "InterestCents") -> "InterestCents":
        return InterestCents(
            self.interest_cents + other.interest_cents,
            self.default_cents + other.default_cents,
            self.nonaccrual_cents + other.nonaccrual_cents,
        )

    def __sub__(self, other: "InterestCents") -> "InterestCents":
        return InterestCents(
            self.interest_cents - other.interest_cents,
            self.default_cents - other.default_cents,
            self.nonaccrual_cents - other.nonaccrual_cents,
        )

    def less(self, cash_cents: int) -> "InterestCents":
        """What of it cash does not pay, in the order in which a payment does."""
        default_cents = max(0, self.default_cents - cash_cents)
        cash_cents = max(0, cash_cents - self.default_cents)
        interest_cents = max(0, self.interest_cents - cash_cents)
        cash_cents = max(0, cash_cents - self.interest_cents)
        return InterestCents(
            interest_cents, default_cents, max(0, self.nonaccrual_cents - cash_cents)
        )


NO_INTEREST = InterestCents()


class ExactInterest(Struct, frozen=True):
    """Interest in cents with whatever fraction of a cent the days left."""

    contract: Fraction = Fraction(0)
    default: Fraction = Fraction(0)
    nonaccrual: Fraction = Fraction(0)

    @property
    def total(self) -> Fraction:
        """All three together, unrounded."""
        return self.contract + self.default + self.nonaccrual

    def __add__(self, other: "ExactInterest") -> "ExactInterest":
        return ExactInterest(
            self.contract + other.contract,
            self.default + other.default,
            self.nonaccrual + other.nonaccrual,
        )

    def rounded(self, rounding: Rounding) -> InterestCents:
        """Each of the three to whole cents, by itself."""
        return InterestCents(
            to_cents(self.contract, rounding),
            to_cents(self.default, rounding),
            to_cents(self.nonaccrual, rounding),
        )


class Timeline(Struct, frozen=True):
    """A loan's principal, rate and status by value date.

    Args:
        rate: the contract rate until the first step.
        default_margin: what a default adds to the rate.
        day_count: how days are counted.
        rounding: where half a cent goes.
        movements: the principal moved on each value date, in cents, oldest first, none of them
            zero, so that two histories with the same effect have the same timeline.
        rates: changes of the contract rate, in the order of their days; of two from the same day
            the one recorded later rules.
        defaults: spans over which the default margin is owed.
        nonaccruals: spans over which interest is owed but is no income.
    """

    rate: Rate
    default_margin: Rate
    day_count: DayCount
    rounding: Rounding
    movements: dict[date, int]
    rates: tuple[RateStep, ...] = ()
    defaults: tuple[Span, ...] = ()
    nonaccruals: tuple[Span, ...] = ()

    def principal_on(self, day: date) -> int:
        """The principal at the end of the day, in cents."""
        return sum(cents for on, cents in self.movements.items() if on <= day)

    def least_principal_from(self, day: date) -> int:
        """The least principal at the end of the day or of any after it, in cents."""
        running = least = self.principal_on(day)
        for on, moved_cents in self.movements.items():
            if on > day:
                running += moved_cents
                least = min(least, running)
        return least

    def rate_on(self, day: date) -> Decimal:
        """The contract rate in force on the day, without any default margin."""
        step = self.rate_step_on(day)
        return self.rate if step is None else step.rate

    def rate_step_on(self, day: date) -> RateStep | None:
        """The change whose rate is in force on the day, `None` before there was one."""
        for step in reversed(self.rates):
            if step.from_on <= day and (step.until_on is None or day < step.until_on):
                return step
        return None

    def is_default_on(self, day: date) -> bool:
        """Whether the default margin is owed for the day."""
        return any(span.holds(day) for span in self.defaults)

    def is_nonaccrual_on(self, day: date) -> bool:
        """Whether the day's interest is owed without being income."""
        return any(span.holds(day) for span in self.nonaccruals)

    def turning_days(self) -> set[date]:
        """The days on which its rate or status may turn to another."""
        parts: list[RateStep | Span] = [*self.rates, *self.defaults, *self.nonaccruals]
        ends = {part.until_on for part in parts if part.until_on is not None}
        return {part.from_on for part in parts} | ends

    @property
    def last_change_on(self) -> date:
        """The last day on which its principal, rate or status may change."""
        return max(self.turning_days() | self.movements.keys(), default=date.min)

    def moved(self, on: date, delta_cents: int) -> "Timeline":
        """With principal moved on a day: an advance above zero, a repayment below it."""
        cents = self.movements.get(on, 0) + delta_cents
        others = ((day, moved) for day, moved in self.movements.items() if day != on)
        moves = sorted([*others, (on, cents)] if cents else others)
        return replace(self, movements=dict(moves))

    def with_rate(self, from_on: date, rate: Rate) -> "Timeline":
        """With another contract rate from a day on."""
        steps = list(self.rates)
        insort(steps, RateStep(from_on, rate), key=lambda step: step.from_on)
        return replace(self, rates=tuple(steps))

    def without_rate(self, from_on: date, rate: Rate, until_on: date) -> "Timeline":
        """With a change of rate undone from a day on; undone from its own day, it never was.

        Raises:
            ValueError: there is no such change still in force.
        """
        step = RateStep(from_on, rate)
        if step not in self.rates:
            raise ValueError(f"no change of rate to {rate} from {from_on} is in force")
        at = len(self.rates) - 1 - self.rates[::-1].index(step)
        left = (replace(step, until_on=until_on),) if until_on > from_on else ()
        return replace(self, rates=self.rates[:at] + left + self.rates[at + 1 :])

    def default_from(self, on: date) -> "Timeline":
        """With a default from a day on."""
        return replace(self, defaults=(*self.defaults, Span(on)))

    def default_until(self, on: date) -> "Timeline":
        """With the running default ended; the day itself bears the contract rate again."""
        return replace(self, defaults=_ended(self.defaults, on))

    def nonaccrual_from(self, on: date) -> "Timeline":
        """With interest no longer taken as income from a day on."""
        return replace(self, nonaccruals=(*self.nonaccruals, Span(on)))

    def nonaccrual_until(self, on: date) -> "Timeline":
        """With interest taken as income again from a day on."""
        return replace(self, nonaccruals=_ended(self.nonaccruals, on))


def _ended(spans: tuple[Span, ...], on: date) -> tuple[Span, ...]:
    closed = (replace(span, until_on=on) if span.until_on is None else span for span in spans)
    return tuple(span for span in closed if span.until_on is None or span.from_on < span.until_on)


class _Stretch(Struct, frozen=True):
    """Days over which nothing changes, and what one unit of time on them bears.

    The three amounts are cents times the scale of all the timeline's rates.
    """

    first_on: date
    until_on: date
    contract: int
    default: int
    nonaccrual: int


def interest_between(timeline: Timeline, first_on: date, until_on: date) -> ExactInterest:
    """The interest from the first day to, excluding, the last.

    A day bears interest on its end-of-day principal: the day of an advance counts, the day of a
    repayment does not.

    Returns:
        Exact cents; nothing is rounded. An empty period bears none.

    Source:
        `RULES.md`, "Interest".
    """
    contract = default = nonaccrual = 0
    for stretch in _stretches(timeline, first_on, until_on):
        units = units_between(stretch.first_on, stretch.until_on, timeline.day_count)
        contract += units * stretch.contract
        default += units * stretch.default
        nonaccrual += units * stretch.nonaccrual
    over = _rate_scale(timeline) * units_a_year(timeline.day_count)
    return ExactInterest(
        Fraction(contract, over), Fraction(default, over), Fraction(nonaccrual, over)
    )


class SteadyInterest(Struct, frozen=True):
    """The contract interest of days after a timeline's last change, on any principal.

    Attributes:
        rate: what a unit of time bears on a cent, times ``over``; 0 where no income is taken.
    """

    rate: int
    over: int
    day_count: DayCount
    rounding: Rounding

    @classmethod
    def after(cls, timeline: Timeline) -> "SteadyInterest":
        """What the last state of a timeline bears."""
        scale, last_on = _rate_scale(timeline), timeline.last_change_on
        rate = _whole(timeline.rate_on(last_on), scale)
        return cls(
            rate=0 if timeline.is_nonaccrual_on(last_on) else rate,
            over=scale * units_a_year(timeline.day_count),
            day_count=timeline.day_count,
            rounding=timeline.rounding,
        )

    def cents(self, principal_cents: int, first_on: date, until_on: date) -> int:
        """The interest of a period in whole cents, rounded once, as `interest_between` rounds it."""
        units = units_between(first_on, until_on, self.day_count)
        return ratio_to_cents(units * principal_cents * self.rate, self.over, self.rounding)


def running_interest(timeline: Timeline, first_on: date, until_on: date) -> list[InterestCents]:
    """For every day of a period the rounded interest from the first day through it.

    A day's posting is its figure less that of the day before. So the postings of a period sum to
    its rounded total, which the sum of rounded days would not.

    Returns:
        One figure a day in whole cents, each rounded once from the exact sum.

    Source:
        `RULES.md`, "Interest".
    """
    over = _rate_scale(timeline) * units_a_year(timeline.day_count)
    rounding = timeline.rounding
    contract = default = nonaccrual = 0
    through: list[InterestCents] = []
    for stretch in _stretches(timeline, first_on, until_on):
        day = stretch.first_on
        while day < stretch.until_on:
            following = day + _ONE_DAY
            units = units_between(day, following, timeline.day_count)
            contract += units * stretch.contract
            default += units * stretch.default
            nonaccrual += units * stretch.nonaccrual
            through.append(
                InterestCents(
                    ratio_to_cents(contract, over, rounding),
                    ratio_to_cents(default, over, rounding) if default else 0,
                    ratio_to_cents(nonaccrual, over, rounding) if nonaccrual else 0,
                )
            )
            day = following
    return through


def per_diem(timeline: Timeline, day: date) -> Fraction:
    """What an ordinary day bears on the day's principal, at its rate and any default margin.

    Under 30/360 that is a 360th of a year on every day, the 31st and the end of February too: it
    is the figure a payoff letter shows, not the posting of that one day.

    Returns:
        Exact cents.
    """
    margin = timeline.default_margin if timeline.is_default_on(day) else Decimal(0)
    rate = timeline.rate_on(day) + margin
    return ordinary_day_cents(timeline.principal_on(day), rate, timeline.day_count, day)


def ordinary_day_cents(
    principal_cents: int, rate: Decimal, day_count: DayCount, day: date
) -> Fraction:
    """What an ordinary day of the day's year bears on a principal, in exact cents."""
    thirty = day_count is DayCount.THIRTY_360
    units = 1 if thirty else units_between(day, day + _ONE_DAY, day_count)
    # As whole numbers: a fraction is brought to lowest terms once.
    part, of = rate.as_integer_ratio()
    return Fraction(principal_cents * part * units, of * units_a_year(day_count))


def month_of(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after the day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _rate_scale(timeline: Timeline) -> int:
    """A number that makes every rate of the timeline whole."""
    scale = lcm(timeline.rate.as_integer_ratio()[1], timeline.default_margin.as_integer_ratio()[1])
    return lcm(scale, *(step.rate.as_integer_ratio()[1] for step in timeline.rates))


def _whole(rate: Decimal, scale: int) -> int:
    numerator, denominator = rate.as_integer_ratio()
    return numerator * (scale // denominator)


def _stretches(timeline: Timeline, first_on: date, until_on: date) -> Iterator[_Stretch]:
    if until_on <= first_on:
        return
    scale = _rate_scale(timeline)
    margin = _whole(timeline.default_margin, scale)
    principal = timeline.principal_on(first_on)
    cuts = [*_changes(timeline, first_on, until_on), until_on]
    day = first_on
    for cut in cuts:
        if day != first_on:
            principal += timeline.movements.get(day, 0)
        contract = principal * _whole(timeline.rate_on(day), scale)
        default = principal * margin if timeline.is_default_on(day) else 0
        if timeline.is_nonaccrual_on(day):
            yield _Stretch(day, cut, 0, 0, contract + default)
        else:
            yield _Stretch(day, cut, contract, default, 0)
        day = cut


def _changes(timeline: Timeline, first_on: date, until_on: date) -> list[date]:
    """The days within a period on which anything changes, in order."""
    days = timeline.turning_days() | timeline.movements.keys()
    return sorted(day for day in days if first_on < day < until_on)
