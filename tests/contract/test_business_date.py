"""Which day it is for the lender, when the instants are in UTC."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from domain.access import Right
from runtime.business_date import business_date, time_zone
from runtime.http import Answer, Api, Call, Router
from runtime.http import call as calls
from runtime.settings import Settings
from tests.contract.edge import bearer, client_of, settings_of, tokens_of

SEVEN_IN_TEXAS = datetime(2025, 3, 1, 1, 0, tzinfo=UTC)
"""Seven in the evening of 28 February in Texas, where it is not yet March."""


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2025, 3, 1)),
        ("America/Chicago", date(2025, 2, 28)),
        ("Asia/Tokyo", date(2025, 3, 1)),
    ],
)
def test_a_step_at_seven_in_the_evening_in_texas_counts_from_the_day_it_is_there(
    zone: str, day: date
) -> None:
    assert business_date(time_zone(zone), SEVEN_IN_TEXAS) == day


@pytest.mark.parametrize("name", ["America/Houston", "CST6", "", "../../etc/passwd", "UTC "])
def test_a_time_zone_that_the_database_does_not_hold_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_BUSINESS_TIME_ZONE", name)
    with pytest.raises(ValidationError, match="there is no time zone"):
        Settings()


def test_unless_set_the_business_date_is_that_of_utc() -> None:
    assert Settings().business_zone is UTC


async def test_every_call_is_told_the_day_it_is_where_business_is_done_and_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    days = iter([date(2025, 2, 28), date(2025, 3, 1)])

    def next_day(zone: object) -> date:
        asked.append(zone)
        return next(days)  # As if midnight passed while the call is carried out.

    monkeypatch.setattr(calls, "business_date", next_day)
    router = Router("days")

    @router.get("/day", "get_day", right=Right.LOANS_READ, example={})
    async def get_day(call: Call) -> Answer:
        """Which day it is."""
        return Answer([call.today, call.today])

    settings = settings_of(business_time_zone="America/Chicago")
    api = Api(settings, tokens_of(settings), [router], title="t", version="1")
    async with client_of(api) as client:
        told = await client.get("/api/v1/day", headers=bearer())
    assert told.json()["data"] == ["2025-02-28", "2025-02-28"]
    assert asked == [time_zone("America/Chicago")]
