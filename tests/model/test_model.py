"""The model itself against the worked examples, so that it may judge."""

import ast
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from tests.model import owed
from tests.model.applications import Billed, Line, application, certificate
from tests.model.arithmetic import DAY, counts_on, q, split, weight
from tests.model.loan import CONTRACT, DEFAULT, Fee, Model, Moved, Span

E3_LINES = {
    "LAND": ("LAND", 250_000, 250_000),
    "FEE": ("FEE", 10_000, 10_000),
    "SOFT": ("SOFT", 60_000, 15_000),
    "SITEWORK": ("HARD", 180_000, 0),
    "FRAMING": ("HARD", 240_000, 0),
    "MEP": ("HARD", 160_000, 0),
    "FINISHES": ("HARD", 200_000, 0),
    "CONTINGENCY": ("CONTINGENCY", 50_000, 0),
    "RESERVE": ("INTEREST_RESERVE", 50_000, 0),
}
DRAW_1 = {"SITEWORK": (120_000, 0, 0), "FRAMING": (0, 30_000, 0), "SOFT": (12_000, 0, 0)}
DRAW_2 = {
    "SITEWORK": (60_000, 0, 0),
    "FRAMING": (150_000, 0, 0),
    "MEP": (40_000, 25_000, 0),
    "SOFT": (8_000, 0, 0),
}
DRAW_3 = {
    "SITEWORK": (0, 0, 18_000),
    "FRAMING": (90_000, 0, 0),
    "MEP": (95_000, 0, 0),
    "FINISHES": (70_000, 20_000, 0),
    "SOFT": (10_000, 0, 0),
}
E3_DRAWS = (
    (date(2025, 2, 10), DRAW_1, (162_000, 15_000, 147_000, 0, 147_000, 678_000)),
    (date(2025, 3, 12), DRAW_2, (415_000, 39_500, 375_500, 147_000, 228_500, 449_500)),
    (date(2025, 4, 15), DRAW_3, (675_000, 46_500, 628_500, 375_500, 253_000, 196_500)),
)
RESERVE = 50_000_00


def dollars(asked: dict[str, tuple[int, int, int]]) -> dict[str, tuple[int, int, int]]:
    return {code: (e * 100, f * 100, r * 100) for code, (e, f, r) in asked.items()}


def e3_lines() -> dict[str, Line]:
    lines = {}
    for code, (category, budget, before) in E3_LINES.items():
        rate = Fraction(1, 10) if category == "HARD" else Fraction(0)
        lines[code] = Line(category, budget * 100, rate, rate, before * 100)
    return lines


def fund(lines: dict[str, Line], asked: dict[str, tuple[int, int, int]]) -> dict[str, Billed]:
    billed = application(lines, dollars(asked), "HALF_UP")
    for code, part in billed.items():
        lines[code].draws.append(part)
    return billed


def e3_loan() -> Model:
    """The loan closed and its three draws funded."""
    loan = Model(
        commitment=960_000_00,
        rate=Fraction("0.0975"),
        margin=Fraction("0.05"),
        day_count="ACT_360",
        rounding="HALF_UP",
        closed_on=date(2025, 1, 15),
        late_rate=Fraction("0.05"),
        grace_days=10,
        lines=e3_lines(),
        moved=[Moved(date(2025, 1, 15), 35_000_00)],
    )
    for on, _, figures in E3_DRAWS:
        loan.moved.append(Moved(on, figures[4] * 100))
    return loan


def interest(cents: int, rate: str, first: date, last: date, day_count: str) -> Fraction:
    days = range((last - first).days)
    of_year = sum((weight(first + n * DAY, day_count) for n in days), Fraction(0))
    return cents * Fraction(rate) * of_year


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2025, 1, 1), date(2025, 2, 1), (613542, 605137, 605137, 593750)),
        (date(2025, 2, 1), date(2025, 3, 1), (554167, 546575, 546575, 593750)),
        (date(2024, 2, 1), date(2024, 3, 1), (573958, 566096, 564549, 593750)),
    ],
)
def test_day_counts(first: date, last: date, expected: tuple[int, ...]) -> None:
    counts = ("ACT_360", "ACT_365F", "ACT_ACT", "THIRTY_360")
    sums = tuple(q(interest(750_000_00, "0.095", first, last, count)) for count in counts)
    assert sums == expected


def test_half_a_cent_falls_as_the_loan_says() -> None:
    exact = interest(7_218_00, "0.10", date(2025, 1, 1), date(2025, 1, 2), "ACT_360")
    assert (exact, q(exact), q(exact, "HALF_EVEN")) == (Fraction(401, 2), 201, 200)
    assert (q(-exact), q(-exact, "HALF_EVEN")) == (-201, -200)


def test_published_vectors() -> None:
    january = (date(2025, 1, 1), date(2025, 2, 1))
    assert q(interest(1_000_000_00, "0.05", *january, "THIRTY_360")) == 4_166_67
    assert q(interest(1_000_000_00, "0.05", *january, "ACT_360")) == 4_305_56
    days_25 = (date(2025, 1, 1), date(2025, 1, 26))
    assert q(interest(15_000_00, "0.08", *days_25, "ACT_360")) == 83_33
    days_30 = (date(2025, 4, 1), date(2025, 5, 1))
    assert q(interest(50_000_00, "0.045", *days_30, "ACT_365F")) == 184_93


def test_the_published_g702_sample_pays_less_than_it_prints() -> None:
    rate = Fraction(1, 10)
    before = [Billed(65_000_00, 0, 6_500_00, 0)]
    lines = {
        "WORK": Line("HARD", 250_000_00, rate, rate, draws=before),
        "CHANGES": Line("HARD", 15_000_00, rate, rate),
    }
    billed = application(lines, {"WORK": (67_500_00, 0, 0)}, "HALF_UP")
    form = certificate(lines, billed)
    assert (form.l4, form.l6, form.l7) == (132_500_00, 119_250_00, 58_500_00)
    assert (form.l8, form.l9) == (60_750_00, 145_750_00)


def test_three_draws() -> None:
    lines = e3_lines()
    for _, asked, expected in E3_DRAWS:
        form = certificate(lines, application(lines, dollars(asked), "HALF_UP"))
        l4, l5, l6, l7, l8, l9 = (figure * 100 for figure in expected)
        assert (form.l4, form.l5, form.l6) == (l4, l5, l6)
        assert (form.l7, form.l8, form.l9) == (l7, l8, l9)
        fund(lines, asked)
    assert {code: line.withheld for code, line in lines.items() if line.withheld} == {
        "FRAMING": 24_000_00,
        "MEP": 13_500_00,
        "FINISHES": 9_000_00,
    }
    unbilled = sum(line.budget - line.gross for line in lines.values()) - 8_423_74
    assert unbilled == 241_576_26


def test_a_draw_undone_and_recorded_again_comes_to_the_same() -> None:
    lines = e3_lines()
    fund(lines, DRAW_1)
    undone = fund(lines, DRAW_2)
    fund(lines, DRAW_3)
    for code, part in undone.items():
        lines[code].draws.remove(part)
    again = fund(lines, DRAW_2)
    assert sum(part.net for part in again.values()) == 228_500_00
    assert lines["MEP"].stored == 0
    assert sum(line.withheld for line in lines.values()) == 46_500_00


def test_interest_month_by_month() -> None:
    loan = e3_loan()
    months = loan.walk(date(2025, 5, 1)).months.values()
    assert [m.capitalised for m in months] == [16115, 102308, 277569, 446382]
    principals = [loan.walk(date(2025, month, 1)).principal for month in (2, 3, 4, 5)]
    assert principals == [35_161_15, 183_184_23, 414_459_92, 671_923_74]
    assert RESERVE - sum(m.capitalised for m in months) == 41_576_26


def test_daily_postings_are_differences_of_the_rounded_sum() -> None:
    loan = e3_loan()
    sums = [
        loan.walk(date(2025, 2, day)).months[date(2025, 2, 1)].accrued[CONTRACT]
        for day in range(2, 7)
    ]
    postings = [after - before for before, after in zip([0, *sums], sums, strict=False)]
    assert postings == [952, 953, 952, 952, 952]
    days = range(28)
    of_days = (
        loan.of_a_day(date(2025, 2, 1) + n * DAY, 35_161_15 + (147_000_00 if n >= 9 else 0))[
            CONTRACT
        ]
        for n in days
    )
    assert sum(loan._cents(parts) for parts in of_days) == 1_023_14


def e3_payoff() -> Model:
    loan = e3_loan()
    for name, cents in (("exit", 9_600_00), ("reconveyance", 225_00), ("wire", 30_00)):
        loan.fees[name] = Fee(date(2025, 5, 1), cents)
    return loan


def test_payoff() -> None:
    loan = e3_payoff()
    first = owed.payoff(loan, date(2025, 5, 20))
    assert (first["interest"], first["total"]) == (3_457_61, 685_236_35)
    second = owed.payoff(loan, date(2025, 5, 21))
    assert (second["interest"], second["total"]) == (3_639_59, 685_418_33)
    assert owed.per_diem(loan, date(2025, 5, 20)) == Fraction("18197.934625")


def test_a_late_wire_before_a_bank_holiday_counts_on_the_next_business_day() -> None:
    friday = date(2025, 5, 23)
    assert counts_on(friday) == friday
    assert counts_on(friday, after_cut_off=True) == date(2025, 5, 27)
    late = owed.payoff(e3_payoff(), friday, after_cut_off=True)
    assert late == owed.payoff(e3_payoff(), date(2025, 5, 27))
    assert late["interest"] == q(26 * Fraction("18197.934625"))


def test_a_draw_funded_two_days_later_takes_123_77_from_march() -> None:
    loan = e3_loan()
    before = loan.walk(date(2025, 5, 20)).months
    loan.moved.append(Moved(date(2025, 3, 12), -228_500_00))
    loan.moved.append(Moved(date(2025, 3, 14), 228_500_00))
    after = loan.walk(date(2025, 5, 20)).months
    deltas = [after[first].accrued[CONTRACT] - before[first].accrued[CONTRACT] for first in before]
    assert deltas[:3] == [0, 0, -123_77]
    assert deltas[3] == -1_01
    assert deltas[4] < 0
    assert loan.walk(date(2025, 5, 1)).principal == 671_923_74 - 123_77 - 1_01


def test_participants_get_largest_remainders() -> None:
    shares = [Fraction("0.55"), Fraction("0.30"), Fraction("0.15")]
    assert split(4_463_82, shares) == [2_455_10, 1_339_15, 669_57]
    assert split(-4_463_82, shares) == [-2_455_10, -1_339_15, -669_57]
    assert split(1, [Fraction(1, 3)] * 3) == [1, 0, 0]


def test_default_interest_and_late_charge() -> None:
    loan = e3_loan()
    loan.defaults.append(Span(date(2025, 5, 1), date(2025, 5, 13)))
    month = loan.walk(date(2025, 5, 13)).months[date(2025, 5, 1)]
    assert month.accrued[DEFAULT] == 1_119_87
    # The day's contract interest is 181.97934625.
    assert month.accrued[CONTRACT] == q(12 * Fraction("18197.934625")) == 2_183_75
    assert owed.late_charge(loan, 4_321_09) == 216_05


def test_reserve_lasts_228_days_if_nothing_changes() -> None:
    loan = e3_loan()
    days = owed.flat_days_left(loan, date(2025, 5, 1), 41_576_26)
    assert round(float(days), 2) == 228.47
    # Capitalised interest bears interest, so it is less in fact.
    assert owed.exhausted_on(loan, date(2025, 5, 1), []) == date(2025, 12, 9)


def test_a_payment_pays_in_the_order_of_the_waterfall() -> None:
    loan = e3_payoff()
    loan.protective["taxes"] = (date(2025, 5, 2), 1_000_00)
    day = date(2025, 5, 20)
    met = owed.pay(loan, "p", day, 20_000_00)
    assert [what[0] for what, _ in met] == ["protective", "fee", "fee", "fee", "month", "principal"]
    assert [cents for _, cents in met][-2:] == [3_457_61, 20_000_00 - 14_312_61]
    assert loan.walk(date(2025, 5, 20)).principal == 671_923_74 - (20_000_00 - 14_312_61)
    owed.take_back(loan, "p", date(2025, 5, 20))
    assert owed.payoff(loan, date(2025, 5, 20))["total"] == 685_236_35 + 1_000_00


def test_the_model_shares_no_code_with_what_it_judges() -> None:
    root = Path(__file__).parents[2]
    ours = {path.parent.name for path in root.glob("*/__init__.py")} - {"tests"}
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            assert not ours & {name.split(".")[0] for name in names}
            assert all(
                not name.startswith("tests.") or name.startswith("tests.model") for name in names
            )
