"""What an independent reckoning (`tests/model`) makes of the three-draw loan."""

from datetime import date, timedelta
from fractions import Fraction

from tests.model.applications import Line
from tests.model.arithmetic import q
from tests.model.loan import CONTRACT, Model, Moved

ADVANCES = (
    Moved(date(2025, 1, 15), 35_000_00),
    Moved(date(2025, 2, 10), 147_000_00),
    Moved(date(2025, 3, 12), 228_500_00),
    Moved(date(2025, 4, 15), 253_000_00),
)


def e3(day_count: str = "ACT_360") -> Model:
    """The three-draw loan by a day count."""
    return Model(
        commitment=960_000_00,
        rate=Fraction("0.0975"),
        margin=Fraction("0.05"),
        day_count=day_count,
        rounding="HALF_UP",
        closed_on=date(2025, 1, 15),
        late_rate=Fraction("0.05"),
        grace_days=10,
        lines={"RESERVE": Line("INTEREST_RESERVE", 50_000_00)},
        moved=list(ADVANCES),
    )


def months(loan: Model, through: date) -> dict[str, int]:
    """Contract interest by month, in cents, accrued to, excluding, a day."""
    return {
        f"{first:%Y-%m}": month.accrued[CONTRACT]
        for first, month in loan.walk(through).months.items()
    }


def exhausted_on(on: date, principal: int, reserve: int, draws: dict[date, int]) -> date:
    """The first day on which the interest since the last capitalisation exceeds the reserve.

    Args:
        on: a 1st, on which nothing has accrued; amounts are cents, at 9.75 % ACT/360.
    """
    accrued = Fraction(0)
    while True:
        principal += draws.get(on, 0)
        accrued += principal * Fraction("0.0975") / 360
        if accrued > reserve:
            return on
        on += timedelta(days=1)
        if on.day == 1:
            reserve, principal = reserve - q(accrued), principal + q(accrued)
            accrued = Fraction(0)
