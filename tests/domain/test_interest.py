"""Interest over a timeline: exact, additive, rounded once, and the same however it is split."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.interest.timeline import (
    ExactInterest,
    InterestCents,
    Timeline,
    interest_between,
    month_of,
    next_month,
    per_diem,
    running_interest,
)
from domain.kernel.day_count import DayCount, day_weight
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding, to_cents
from runtime.values import json_reader, to_json

ONE_DAY = timedelta(days=1)
NEW_YEAR = date(2025, 1, 1)
FIGURES = {
    DayCount.ACT_360: (6_135_42, 5_541_67, 5_739_58),
    DayCount.ACT_365F: (6_051_37, 5_465_75, 5_660_96),
    DayCount.ACT_ACT: (6_051_37, 5_465_75, 5_645_49),
    DayCount.THIRTY_360: (5_937_50, 5_937_50, 5_937_50),
}


def timeline(
    principal_cents: int,
    rate: str,
    day_count: DayCount = DayCount.ACT_360,
    rounding: Rounding = Rounding.HALF_UP,
    from_on: date = date(2024, 1, 1),
) -> Timeline:
    """A principal from a day on, at one rate, with a default margin of five points."""
    movements = {from_on: principal_cents}
    return Timeline(Rate(rate), Rate("0.05"), day_count, rounding, movements)


def contract_cents(loan: Timeline, first_on: date, until_on: date) -> int:
    """Rounded contract interest, all that there is."""
    cents = interest_between(loan, first_on, until_on).rounded(loan.rounding)
    assert cents.default_cents == cents.nonaccrual_cents == 0
    return cents.interest_cents


@pytest.mark.parametrize("day_count", DayCount)
def test_example_e1_three_months_under_every_day_count(day_count: DayCount) -> None:
    loan = timeline(750_000_00, "0.095", day_count)
    months = (date(2025, 1, 1), date(2025, 2, 1), date(2024, 2, 1))

    found = tuple(contract_cents(loan, month, next_month(month)) for month in months)

    assert found == FIGURES[day_count]


def test_half_a_cent_of_a_days_interest_falls_as_the_loan_says() -> None:
    for rounding, cents in ((Rounding.HALF_UP, 201), (Rounding.HALF_EVEN, 200)):
        loan = timeline(7_218_00, "0.10", rounding=rounding)
        assert contract_cents(loan, NEW_YEAR, NEW_YEAR + ONE_DAY) == cents


def test_example_e2_published_vectors() -> None:
    february = date(2025, 2, 1)
    thirty = timeline(1_000_000_00, "0.05", DayCount.THIRTY_360)
    assert contract_cents(thirty, NEW_YEAR, february) == 4_166_67
    assert contract_cents(timeline(1_000_000_00, "0.05"), NEW_YEAR, february) == 4_305_56
    assert contract_cents(timeline(15_000_00, "0.08"), NEW_YEAR, date(2025, 1, 26)) == 83_33
    yearly = timeline(50_000_00, "0.045", DayCount.ACT_365F)
    assert to_cents(per_diem(yearly, NEW_YEAR)) == 6_16
    assert contract_cents(yearly, NEW_YEAR, date(2025, 1, 31)) == 184_93


def e3() -> Timeline:
    """The three-draw loan from raw movements, the capitalised interest given, not worked out."""
    loan = timeline(35_000_00, "0.0975", from_on=date(2025, 1, 15))
    for on, cents in (
        (date(2025, 4, 15), 253_000_00),
        (date(2025, 2, 10), 147_000_00),
        (date(2025, 3, 12), 228_500_00),
        (date(2025, 2, 1), 161_15),
        (date(2025, 3, 1), 1_023_08),
        (date(2025, 4, 1), 2_775_69),
        (date(2025, 5, 1), 4_463_82),
    ):
        loan = loan.moved(on, cents)
    return loan


@pytest.mark.parametrize(
    ("month", "cents", "principal_cents"),
    [(1, 161_15, 35_161_15), (2, 1_023_08, 183_184_23), (3, 2_775_69, 414_459_92),
     (4, 4_463_82, 671_923_74)],
)  # fmt: skip
def test_example_e3_every_month_of_the_three_draw_loan(
    month: int, cents: int, principal_cents: int
) -> None:
    first_on = date(2025, month, 1)

    assert contract_cents(e3(), first_on, next_month(first_on)) == cents
    assert e3().principal_on(next_month(first_on)) == principal_cents


def test_example_e3_posts_each_day_what_the_rounded_sum_grew_by() -> None:
    through = running_interest(e3(), date(2025, 2, 1), date(2025, 2, 6))
    before = [InterestCents(), *through]

    posted = [(day - last).interest_cents for day, last in zip(through, before, strict=False)]

    assert posted == [9_52, 9_53, 9_52, 9_52, 9_52]


def test_summing_rounded_days_would_be_six_cents_off_in_february() -> None:
    month, after = date(2025, 2, 1), date(2025, 3, 1)
    days = [month + n * ONE_DAY for n in range(28)]
    rounded_days = sum(contract_cents(e3(), day, day + ONE_DAY) for day in days)

    assert rounded_days == 1_023_14
    assert running_interest(e3(), month, after)[-1].interest_cents == 1_023_08


def test_the_day_of_an_advance_counts_and_the_day_of_a_repayment_does_not() -> None:
    loan = timeline(360_000_00, "0.10", from_on=NEW_YEAR).moved(date(2025, 1, 11), -360_000_00)

    assert contract_cents(loan, date(2024, 12, 1), date(2025, 3, 1)) == 10 * 100_00


def test_example_e8_default_interest_is_a_sum_of_its_own() -> None:
    loan = timeline(671_923_74, "0.0975").default_from(date(2025, 5, 1))
    loan = loan.default_until(date(2025, 5, 13))

    interest = interest_between(loan, date(2025, 5, 1), date(2025, 5, 13)).rounded(loan.rounding)

    assert interest == InterestCents(2_183_75, 1_119_87, 0)
    assert interest_between(loan, date(2025, 5, 13), date(2025, 6, 1)).default == 0


def test_interest_on_non_accrual_is_owed_but_neither_contract_nor_default_interest() -> None:
    day = date(2025, 5, 1)
    loan = timeline(671_923_74, "0.0975").default_from(day)
    stopped = loan.nonaccrual_from(day)

    owed, kept_apart = (interest_between(t, day, date(2025, 5, 13)) for t in (loan, stopped))

    assert kept_apart == ExactInterest(Fraction(0), Fraction(0), owed.total)
    resumed = stopped.nonaccrual_until(date(2025, 5, 13))
    assert interest_between(resumed, date(2025, 5, 13), date(2025, 6, 1)).nonaccrual == 0


def test_a_rate_change_bears_from_its_own_day() -> None:
    loan = timeline(360_000_00, "0.10").with_rate(date(2025, 1, 11), Rate("0.12"))

    assert contract_cents(loan, NEW_YEAR, date(2025, 1, 21)) == 10 * 100_00 + 10 * 120_00


def test_of_two_rate_changes_from_one_day_the_later_recorded_rules() -> None:
    day = date(2025, 1, 11)
    loan = timeline(1, "0.10").with_rate(day, Rate("0.12")).with_rate(day, Rate("0.11"))

    assert loan.with_rate(NEW_YEAR, Rate("0.2")).rate_on(day) == Rate("0.11")


def test_a_rate_change_undone_from_its_own_day_never_was_and_from_a_later_one_held_till_then() -> (
    None
):
    day, later = date(2025, 1, 11), date(2025, 1, 21)
    loan = timeline(1, "0.10")
    changed = loan.with_rate(day, Rate("0.12"))

    assert changed.without_rate(day, Rate("0.12"), day) == loan
    undone = changed.without_rate(day, Rate("0.12"), later)
    assert undone.rate_on(later - ONE_DAY) == Decimal("0.12")
    assert undone.rate_on(later) == Decimal("0.10")
    with pytest.raises(ValueError, match="no change of rate"):
        undone.without_rate(day, Rate("0.12"), later)


def test_a_movement_undone_on_its_own_day_leaves_no_trace() -> None:
    assert e3().moved(date(2025, 2, 10), 5).moved(date(2025, 2, 10), -5) == e3()
    assert date(2025, 2, 10) not in e3().moved(date(2025, 2, 10), -147_000_00).movements


def test_the_per_diem_of_the_payoff_letter_is_unrounded() -> None:
    assert per_diem(e3(), date(2025, 5, 20)) == Fraction("18197.934625")
    assert to_cents(per_diem(e3(), date(2025, 5, 20))) == 181_98


@pytest.mark.parametrize("month", range(1, 13))
def test_under_thirty_360_every_month_bears_thirty_days(month: int) -> None:
    first_on = date(2024, month, 1)
    loan = timeline(360_000_00, "0.10", DayCount.THIRTY_360)

    assert contract_cents(loan, first_on, next_month(first_on)) == 3_000_00
    assert per_diem(loan, date(2024, 1, 31)) == 100_00


DAYS = st.dates(date(2023, 12, 1), date(2025, 3, 31))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Any timeline: movements, rates, defaults and non-accruals in any order."""
    loan = Timeline(
        draw(st.decimals(0, 1, places=8).map(Rate)),
        draw(st.decimals(0, 1, places=4).map(Rate)),
        draw(st.sampled_from(DayCount)),
        draw(st.sampled_from(Rounding)),
        {},
    )
    for on, cents in draw(st.lists(st.tuples(DAYS, st.integers(-(10**9), 10**10)), max_size=6)):
        loan = loan.moved(on, cents)
    for on, rate in draw(
        st.lists(st.tuples(DAYS, st.decimals(0, 1, places=5).map(Rate)), max_size=3)
    ):
        loan = loan.with_rate(on, rate)
    for first, last in draw(st.lists(st.tuples(DAYS, DAYS), max_size=2)):
        loan = loan.default_from(first).default_until(last)
    for first, last in draw(st.lists(st.tuples(DAYS, DAYS), max_size=2)):
        loan = loan.nonaccrual_from(first).nonaccrual_until(last)
    return loan


def day_by_day(loan: Timeline, first_on: date, until_on: date) -> ExactInterest:
    """The definition itself: end-of-day principal times rate times weight, one day at a time."""
    total = ExactInterest()
    for n in range((until_on - first_on).days):
        day = first_on + n * ONE_DAY
        weighed = loan.principal_on(day) * day_weight(day, loan.day_count)
        contract = weighed * Fraction(loan.rate_on(day))
        default = weighed * Fraction(loan.default_margin) * loan.is_default_on(day)
        if loan.is_nonaccrual_on(day):
            total += ExactInterest(nonaccrual=contract + default)
        else:
            total += ExactInterest(contract, default)
    return total


@given(timelines(), st.lists(DAYS, min_size=2, max_size=6))
def test_interest_is_the_sum_of_its_days_over_any_split(loan: Timeline, days: list[date]) -> None:
    days.sort()

    whole = interest_between(loan, days[0], days[-1])

    assert whole == day_by_day(loan, days[0], days[-1])
    parts = (interest_between(loan, *pair) for pair in pairwise(days))
    assert whole == sum(parts, ExactInterest())


@given(timelines(), DAYS)
def test_every_running_figure_is_the_rounded_sum_so_far(loan: Timeline, day: date) -> None:
    first_on = month_of(day)

    for n, through in enumerate(running_interest(loan, first_on, next_month(day)), 1):
        exact = interest_between(loan, first_on, first_on + n * ONE_DAY)
        assert through == exact.rounded(loan.rounding)


@given(timelines())
def test_a_timeline_survives_being_written_and_read(loan: Timeline) -> None:
    assert json_reader(Timeline)(to_json(loan)) == loan


@given(st.permutations([(date(2025, 1, n), n * 100) for n in (3, 9, 9, 20)]))
def test_the_order_in_which_movements_become_known_plays_no_part(
    movements: list[tuple[date, int]],
) -> None:
    loan = timeline(1, "0.10")
    for on, cents in movements:
        loan = loan.moved(on, cents)

    assert list(loan.movements.items()) == [
        (date(2024, 1, 1), 1),
        (date(2025, 1, 3), 300),
        (date(2025, 1, 9), 1800),
        (date(2025, 1, 20), 2000),
    ]


def test_an_empty_period_bears_nothing() -> None:
    assert interest_between(e3(), NEW_YEAR, NEW_YEAR) == ExactInterest()
    assert running_interest(e3(), NEW_YEAR, NEW_YEAR) == []
    assert next_month(date(2025, 12, 31)) == date(2026, 1, 1)
