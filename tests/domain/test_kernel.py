"""Money, rates, rounding and days: exact at their boundaries."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.resource import instant_text
from domain.kernel.day_count import DayCount, units_a_year, units_between
from domain.kernel.money import MONEY_CENTS_MAX, format_money, parse_money
from domain.kernel.rates import format_rate, parse_rate
from domain.kernel.rounding import Rounding, share_of, to_cents

CENTS = st.integers(-MONEY_CENTS_MAX, MONEY_CENTS_MAX)


@given(CENTS)
def test_money_survives_being_written_and_read(cents: int) -> None:
    text = format_money(cents)
    if text != "-0.00":
        assert parse_money(text) == cents


@pytest.mark.parametrize(
    "text",
    ["1", "1.0", "1.000", "01.00", "+1.00", " 1.00", "1.00\n", "1e3", "NaN", "Infinity", "", ".50",
     "1,000.00", "100000000000.01", "999999999999.00", "٣.٠٠"],
)  # fmt: skip
def test_what_is_not_money_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|larger"):
        parse_money(text)


@pytest.mark.parametrize("text", ["1.01", "0.123456789", "-0.1", "1e-2", "NaN", "", "9.75", ".1"])
def test_what_is_not_a_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="fraction"):
        parse_rate(text)


def test_a_rate_is_written_without_trailing_zeros() -> None:
    assert format_rate(parse_rate("0.09750000")) == "0.0975"
    assert format_rate(Decimal("0E-8")) == "0"


def test_a_rate_is_read_without_trailing_zeros() -> None:
    assert [str(parse_rate(text)) for text in ("0.10", "0.0", "1.00000000")] == ["0.1", "0", "1"]


def year_fraction(first_on: date, until_on: date, day_count: DayCount) -> Fraction:
    """The fraction of a year from a first day to, excluding, a last one."""
    return Fraction(units_between(first_on, until_on, day_count), units_a_year(day_count))


@pytest.mark.parametrize(
    ("day_count", "cents"),
    [(DayCount.ACT_360, (613542, 554167, 573958)), (DayCount.ACT_365F, (605137, 546575, 566096)),
     (DayCount.ACT_ACT, (605137, 546575, 564549)), (DayCount.THIRTY_360, (593750, 593750, 593750))],
)  # fmt: skip
def test_example_e1_interest_on_750000_at_nine_and_a_half_per_cent(
    day_count: DayCount, cents: tuple[int, ...]
) -> None:
    periods = [
        (date(2025, 1, 1), date(2025, 2, 1)),
        (date(2025, 2, 1), date(2025, 3, 1)),
        (date(2024, 2, 1), date(2024, 3, 1)),
    ]
    yearly = 75_000_000 * Fraction("0.095")

    assert cents == tuple(to_cents(yearly * year_fraction(*p, day_count)) for p in periods)


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.integers(0, 400),
    st.integers(0, 400),
    st.sampled_from(DayCount),
)
def test_every_day_count_is_additive(
    first: date, days: int, more: int, day_count: DayCount
) -> None:
    middle = date.fromordinal(first.toordinal() + days)
    last = date.fromordinal(middle.toordinal() + more)

    assert year_fraction(first, last, day_count) == year_fraction(
        first, middle, day_count
    ) + year_fraction(middle, last, day_count)


@given(st.integers(1990, 2100), st.integers(1, 12))
def test_thirty_360_months_all_have_thirty_days(year: int, month: int) -> None:
    after = date(year + month // 12, month % 12 + 1, 1)

    assert year_fraction(date(year, month, 1), after, DayCount.THIRTY_360) == Fraction(30, 360)


@pytest.mark.parametrize(
    ("exact", "half_up", "half_even"),
    [("200.5", 201, 200), ("201.5", 202, 202), ("-200.5", -201, -200), ("200.49", 200, 200)],
)
def test_half_a_cent_falls_as_the_loan_says(exact: str, half_up: int, half_even: int) -> None:
    assert to_cents(Fraction(exact), Rounding.HALF_UP) == half_up
    assert to_cents(Fraction(exact), Rounding.HALF_EVEN) == half_even


@given(CENTS, st.decimals(0, 1, places=8))
def test_a_share_is_never_off_by_more_than_half_a_cent(cents: int, rate: Decimal) -> None:
    assert abs(share_of(cents, rate) - cents * Fraction(rate)) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2025, 1, 15, 17, 3, 11, 512004, UTC), "2025-01-15T17:03:11.512004Z"),
        (datetime(2025, 1, 15, 17, 3, 11, 500000, UTC), "2025-01-15T17:03:11.500000Z"),
        (datetime(2025, 1, 15, 17, 3, 11, 0, UTC), "2025-01-15T17:03:11.000000Z"),
        (
            datetime(2025, 1, 15, 19, 3, 11, 4, timezone(timedelta(hours=2))),
            "2025-01-15T17:03:11.000004Z",
        ),
    ],
)
def test_an_instant_is_shown_in_utc_with_six_places_whatever_they_are(
    instant: datetime, shown: str
) -> None:
    assert instant_text(instant) == shown
