"""How old a pending draw is, in business days."""

from datetime import date

import pytest

from query_api.routes.portfolio import business_days


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 4, 4), date(2025, 4, 15), 7),
        (date(2025, 4, 4), date(2025, 4, 4), 0),
        (date(2025, 4, 4), date(2025, 4, 6), 0),
        (date(2025, 4, 4), date(2025, 4, 7), 1),
        (date(2025, 4, 8), date(2025, 4, 10), 2),
        (date(2025, 4, 10), date(2025, 4, 8), 0),
    ],
)
def test_weekends_do_not_count(start: date, end: date, expected: int) -> None:
    assert business_days(start, end) == expected
