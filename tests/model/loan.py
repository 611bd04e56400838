"""A loan as a list of dated facts, and what they come to.

Amounts are cents, rates fractions. Facts stand in the order in which they became known; the walk
through the days puts them in the order of their value dates.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache

from tests.model.applications import Line
from tests.model.arithmetic import DAY, q, weight

CONTRACT, DEFAULT, NONACCRUAL = "contract", "default", "nonaccrual"
KINDS = (CONTRACT, DEFAULT, NONACCRUAL)

# Every day's interest is a whole number of these parts of a cent: rates have eight places at most,
# and a day is a 360th, 365th or 366th of a year. Whole numbers, because `Fraction` is slow.
PARTS = 10**8 * 360 * 365 * 366


@lru_cache(None)
def parts_of_year(day: date, day_count: str) -> int:
    """The weight of a day as a whole number."""
    return int(weight(day, day_count) * (PARTS // 10**8))


def whole(rate: Fraction) -> int:
    """A rate as a whole number."""
    return rate.numerator * 10**8 // rate.denominator


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
class Received:
    """A payment; what it paid, and when it came back, if it did."""

    on: date
    cents: int
    met: list[tuple[tuple[object, ...], int]] = field(default_factory=list)
    back_on: date | None = None


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
    room: int = 0
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
        reserved: the net of every approved draw.
        deposits: equity that the borrower paid in; ``deposits_used`` what draws hold or took of it.
        charged: the months for which a late charge was made, even if it was undone.
        room_then: for every month that fell due, what could be capitalised of it then, and
            ``capitalised_then`` what had been of the months before.
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
    received: dict[str, Received] = field(default_factory=dict)
    paid: list[Paid] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    reserved: dict[str, int] = field(default_factory=dict)
    deposits: dict[str, int] = field(default_factory=dict)
    deposits_used: dict[str, int] = field(default_factory=dict)
    charged: set[date] = field(default_factory=set)
    room_then: dict[date, int] = field(default_factory=dict)
    capitalised_then: dict[date, dict[date, int]] = field(default_factory=dict)
    frozen: dict[date, int] = field(default_factory=dict)
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
        a_day = principal * parts_of_year(day, self.day_count)
        if self.fault == "the 31st bears nothing" and day.day == 31:
            a_day = 0
        contract = a_day * whole(self.rate_on(day))
        default = 0
        if any(span.holds(day) for span in self.defaults):
            default = a_day * whole(self.margin)
        if any(span.holds(day) for span in self.nonaccruals):
            return {CONTRACT: 0, DEFAULT: 0, NONACCRUAL: contract + default}
        return {CONTRACT: contract, DEFAULT: default, NONACCRUAL: 0}

    def walk(self, until: date) -> Walk:
        """Walk from closing to a day, whose movements count, but whose own interest does not."""
        months: dict[date, Month] = {}
        moves = self._moves_by_day()
        principal = 0
        sums = dict.fromkeys(KINDS, 0)
        day = self.closed_on
        while True:
            if day.day == 1 and day > self.closed_on:
                month = months[(day - DAY).replace(day=1)]
                month.accrued = {kind: self._cents(parts) for kind, parts in sums.items()}
                self._fall_due(month, day, months)
                principal += self.frozen.get(month.first, month.capitalised)
                sums = dict.fromkeys(KINDS, 0)
            principal += moves.get(day, 0)
            if day >= until:
                break
            months.setdefault(day.replace(day=1), Month(day.replace(day=1)))
            for kind, parts in self.of_a_day(day, principal).items():
                sums[kind] += parts
            day += DAY
        open_month = months.get(until.replace(day=1))
        if open_month:
            open_month.accrued = {kind: self._cents(parts) for kind, parts in sums.items()}
        return Walk(principal, months)

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

    def _fall_due(self, month: Month, on: date, months: dict[date, Month]) -> None:
        """On the 1st the reserve pays what it can of the month before.

        Once that is past, it pays what it could have paid then, and no more than it now can; what
        earlier months came to take less since is there for it.
        """
        month.due_on = on
        if month.first in self.frozen:
            return
        ahead = sum(
            part.cents
            for part in self.paid
            if part.what == ("month", month.first, CONTRACT) and part.on < on
        )
        earlier = [it for it in months.values() if it.first < month.first]
        month.room = self.room() - sum(it.capitalised for it in earlier)
        if month.first in self.room_then:
            then = self.capitalised_then[month.first]
            given_back = sum(
                then[it.first] - it.capitalised for it in earlier if it.first not in self.frozen
            )
            month.room = min(month.room, self.room_then[month.first] + given_back)
        month.capitalised = max(0, min(month.accrued[CONTRACT] - ahead, month.room))

    def room(self) -> int:
        """What may be capitalised in all: what the reserve holds and the commitment allows."""
        reserve = sum(line.budget for line in self.lines.values() if line.is_reserve)
        advanced = sum(move.cents for move in self.moved) + sum(self.frozen.values())
        return min(reserve, self.commitment - advanced - sum(self.reserved.values()))
