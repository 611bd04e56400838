"""Draws on the forms G702 and G703, line by line."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.model.arithmetic import q


@dataclass
class Line:
    """A budget line; amounts in cents.

    Attributes:
        before: what equity and the closing advance paid on it.
        draws: what each funded draw did: work, change in stored materials, retainage withheld,
            retainage released.
    """

    category: str
    budget: int
    retainage: Fraction = Fraction(0)
    stored_retainage: Fraction = Fraction(0)
    before: int = 0
    draws: list["Billed"] = field(default_factory=list)

    @property
    def is_reserve(self) -> bool:
        """Whether it pays interest."""
        return self.category == "INTEREST_RESERVE"

    @property
    def completed(self) -> int:
        """D: work of the draws that stand."""
        return sum(draw.completed for draw in self.draws)

    @property
    def stored(self) -> int:
        """Stored materials, below zero where the draw that brought them was undone."""
        return sum(draw.stored for draw in self.draws)

    @property
    def released(self) -> int:
        """All retainage paid back."""
        return sum(draw.released for draw in self.draws)

    @property
    def withheld(self) -> int:
        """I: the retainage held."""
        return sum(draw.withheld for draw in self.draws) - self.released

    @property
    def gross(self) -> int:
        """G, from every source."""
        return self.before + self.completed + self.stored

    def bill(self, completed: int, stored: int, release: int, rounding: str) -> "Billed":
        """What a draw does that asks for work, materials stored now, and retainage back."""
        added = stored - max(0, self.stored)
        held = (
            q(self.retainage * (self.completed + completed), rounding)
            + q(self.stored_retainage * (self.stored + added), rounding)
            - self.released
            - release
        )
        if completed == added == 0:
            held = self.withheld - release
        return Billed(completed, added, held - self.withheld + release, release)


@dataclass(frozen=True)
class Billed:
    """What one draw did to one line, in cents; what it withheld is before what it released."""

    completed: int
    stored: int
    withheld: int
    released: int

    @property
    def gross(self) -> int:
        """What it added to G."""
        return self.completed + self.stored

    @property
    def net(self) -> int:
        """What it paid."""
        return self.gross - self.withheld + self.released


@dataclass(frozen=True)
class Certificate:
    """The summary lines of a G702, in cents."""

    l4: int
    l5: int
    l6: int
    l7: int
    l8: int
    l9: int


Asked = dict[str, tuple[int, int, int]]


def application(lines: dict[str, Line], asked: Asked, rounding: str) -> dict[str, Billed]:
    """What a draw does to each line that it names."""
    return {code: lines[code].bill(*amounts, rounding) for code, amounts in asked.items()}


def certificate(lines: dict[str, Line], billed: dict[str, Billed]) -> Certificate:
    """The G702 of a draw, before it is funded."""
    drawn = {code: line for code, line in lines.items() if line.category in ("HARD", "SOFT")}
    none = Billed(0, 0, 0, 0)
    work = sum(
        line.completed + line.stored + billed.get(code, none).gross for code, line in drawn.items()
    )
    held = 0
    earlier = 0
    for code, line in drawn.items():
        draw = billed.get(code, none)
        held += line.withheld + draw.withheld - draw.released
        earlier += line.completed + line.stored - line.withheld
    scheduled = sum(line.budget - line.before for line in drawn.values())
    earned = work - held
    return Certificate(work, held, earned, earlier, earned - earlier, scheduled - earned)
