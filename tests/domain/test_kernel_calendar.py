"""Business days as the Federal Reserve keeps them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.calendar import (
    bank_holidays,
    business_day_after,
    business_days_between,
    is_business_day,
    next_business_day,
)

# Month and day, from the Federal Reserve's published schedules.
PUBLISHED = {
    2021: "0101 0118 0215 0531 0705 0906 1011 1111 1125",
    2022: "0117 0221 0530 0620 0704 0905 1010 1111 1124 1226",
    2023: "0102 0116 0220 0529 0619 0704 0904 1009 1123 1225",
    2024: "0101 0115 0219 0527 0619 0704 0902 1014 1111 1128 1225",
    2025: "0101 0120 0217 0526 0619 0704 0901 1013 1111 1127 1225",
    2026: "0101 0119 0216 0525 0619 0907 1012 1111 1126 1225",
    2027: "0101 0118 0215 0531 0705 0906 1011 1111 1125",
}


@pytest.mark.parametrize("year", sorted(PUBLISHED))
def test_the_holidays_of_a_year_are_those_that_the_federal_reserve_published(year: int) -> None:
    assert [f"{day:%m%d}" for day in sorted(bank_holidays(year))] == PUBLISHED[year].split()


def test_banks_are_open_on_the_friday_before_a_saturday_holiday() -> None:
    assert date(2026, 7, 4).strftime("%A") == "Saturday"
    assert is_business_day(date(2026, 7, 3))
    assert not is_business_day(date(2026, 7, 4))
    assert is_business_day(date(2026, 7, 6))


def test_a_sunday_holiday_is_kept_on_the_monday_after_it() -> None:
    assert not is_business_day(date(2023, 1, 2))
    assert not is_business_day(date(2022, 6, 20))
    assert is_business_day(date(2021, 6, 18))


def test_new_years_day_on_a_saturday_closes_nothing_in_the_old_year() -> None:
    assert is_business_day(date(2021, 12, 31))


def test_a_receipt_after_cut_off_before_memorial_day_counts_on_the_tuesday() -> None:
    assert next_business_day(date(2025, 5, 23)) == date(2025, 5, 23)
    assert business_day_after(date(2025, 5, 23)) == date(2025, 5, 27)
    assert next_business_day(date(2025, 5, 24)) == date(2025, 5, 27)


def test_example_e10_counts_seven_business_days_from_friday_to_the_second_tuesday() -> None:
    assert business_days_between(date(2025, 4, 4), date(2025, 4, 15)) == 7
    assert business_days_between(date(2025, 4, 8), date(2025, 4, 10)) == 2


def test_no_business_day_lies_between_a_day_and_itself_or_one_before() -> None:
    assert business_days_between(date(2025, 4, 4), date(2025, 4, 4)) == 0
    assert business_days_between(date(2025, 4, 15), date(2025, 4, 4)) == 0


@given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.integers(0, 800))
def test_business_days_counted_by_weeks_are_those_counted_one_by_one(start: date, n: int) -> None:
    days = (start + timedelta(days=i) for i in range(1, n + 1))

    assert business_days_between(start, start + timedelta(days=n)) == sum(
        is_business_day(day) for day in days
    )
