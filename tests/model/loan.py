"""A loan as a list of dated facts, and what they come to.

Amounts are cents, rates fractions. Facts stand in the order in which they became known; the walk
through the days puts them in the order of their value dates.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.model.arithmetic import DAY, q, weight

CONTRACT, DEFAULT, NONACCRUAL = "contract", "default", "nonaccrual"
KINDS = (CONTRACT, DEFAULT, NONACCRUAL)

# Every day's interest is a whole number of these parts of a cent: rates have eight places at most,
# and a day is a 360th, 365th or 366th of a year. Whole numbers, because `Fraction` is slow.
PARTS = 10**8 * 360 * 365 * 366


@dataclass(frozen=True)
class Moved:
    """Principal advanced or, below zero, repaid."""

    on: date
    cents: int


@dataclass(frozen=True)
class RateSet:
    """Another contract rate from a day on, until another day if it was taken back."""

    on: date
    rate: Fraction
    until: date | None = None


@dataclass(frozen=True)
class Span:
    """A default or a time of non-accrual, to, excluding, its end."""

    on: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.on <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Paid:
    """Part of a payment that paid something; below zero, that was taken back.

    Attributes:
        what: ``("month", 1st, kind)``, ``("fee", name)``, ``("protective", name)`` or
            ``("principal",)``.
    """

    on: date
    what: tuple[object, ...]
    cents: int


@dataclass
class Fee:
    """A fee; a late charge names the month that came late."""

    on: date
    cents: int
    month: date | None = None
    waived: int = 0


@dataclass
class Month:
    """What one month's interest came to."""

    first: date
    due_on: date | None = None
    accrued: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    capitalised: int = 0


@dataclass
class Walk:
    """What the days came to, through some day."""

    principal: int
    months: dict[date, Month]


@dataclass
class Model:
    """The loan.

    Attributes:
        room: for every month that fell due, the most that may be capitalised of it.
        frozen: what a capitalisation that was taken back had come to, by month.
        fault: the name of a rule that is to be got wrong, to see whether anybody notices.
    """

    commitment: int
    rate: Fraction
    margin: Fraction
    day_count: str
    rounding: str
    closed_on: date
    late_rate: Fraction = Fraction(0)
    grace_days: int = 0
    moved: list[Moved] = field(default_factory=list)
    rates: list[RateSet] = field(default_factory=list)
    defaults: list[Span] = field(default_factory=list)
    nonaccruals: list[Span] = field(default_factory=list)
    fees: dict[str, Fee] = field(default_factory=dict)
    protective: dict[str, tuple[date, int]] = field(default_factory=dict)
    received: dict[str, tuple[date, int]] = field(default_factory=dict)
    paid: list[Paid] = field(default_factory=list)
    room: dict[date, int] = field(default_factory=dict)
    frozen: dict[date, int] = field(default_factory=dict)
    through: date | None = None
    fault: str = ""

    def rate_on(self, day: date) -> Fraction:
        """The contract rate; of the changes in force, the one from the latest day, and of two from
        one day the one that became known later."""
        rate = self.rate
        latest = date.min
        for step in self.rates:
            in_force = step.on <= day and (step.until is None or day < step.until)
            if in_force and step.on >= latest:
                rate, latest = step.rate, step.on
        return rate

    def of_a_day(self, day: date, principal: int) -> dict[str, int]:
        """What one day bears, in parts of a cent."""
        of_year = weight(day, self.day_count)
        if self.fault == "the 31st bears interest" and day.day == 31:
            of_year = Fraction(1, 360)
        a_day = int(of_year * (PARTS // 10**8))
        contract = principal * int(self.rate_on(day) * 10**8) * a_day
        default = 0
        if any(span.holds(day) for span in self.defaults):
            default = principal * int(self.margin * 10**8) * a_day
        if any(span.holds(day) for span in self.nonaccruals):
            return {CONTRACT: 0, DEFAULT: 0, NONACCRUAL: contract + default}
        return {CONTRACT: contract, DEFAULT: default, NONACCRUAL: 0}

    def walk(self, until: date) -> Walk:
        """Walk from closing to a day, whose own interest is not counted, but whose capitalisation is."""
        walk = Walk(0, {})
        sums = dict.fromkeys(KINDS, 0)
        capitalised = 0
        moves = self._moves_by_day()
        principal = sum(cents for on, cents in moves.items() if on < self.closed_on)
        day = self.closed_on
        while day <= until:
            first = day.replace(day=1)
            if day == first and day > self.closed_on:
                closing = walk.months[(day - DAY).replace(day=1)]
                capitalised = self._fall_due(closing, day)
                principal += capitalised
                sums = dict.fromkeys(KINDS, 0)
            principal += moves.get(day, 0)
            if day == until:
                break
            month = walk.months.setdefault(first, Month(first))
            for kind, parts in self.of_a_day(day, principal).items():
                sums[kind] += parts
            month.accrued = {kind: self._cents(parts) for kind, parts in sums.items()}
            day += DAY
        walk.principal = principal
        return walk

    def _cents(self, parts: int) -> int:
        return q(Fraction(parts, PARTS), self.rounding)

    def _moves_by_day(self) -> dict[date, int]:
        late = DAY if self.fault == "repayments count a day late" else 0 * DAY
        moves: dict[date, int] = {}
        for move in self.moved:
            moves[move.on] = moves.get(move.on, 0) + move.cents
        for part in self.paid:
            if part.what == ("principal",):
                on = part.on + late
                moves[on] = moves.get(on, 0) - part.cents
        return moves

    def _fall_due(self, month: Month, on: date) -> int:
        """On the 1st the reserve pays what it can of the month before."""
        month.due_on = on
        ahead = sum(
            part.cents
            for part in self.paid
            if part.what == ("month", month.first, CONTRACT) and part.on < on
        )
        due = month.accrued[CONTRACT] - ahead
        if month.first in self.frozen:
            return self.frozen[month.first]
        month.capitalised = max(0, min(due, self.room.get(month.first, 0)))
        return month.capitalised
