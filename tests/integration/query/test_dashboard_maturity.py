"""What matures, on the days before and after each boundary."""

from datetime import date, timedelta

from tests.integration.query.conftest import Desk


async def test_a_loan_matures_within_days_from_tomorrow_to_the_last_of_them(desk: Desk) -> None:
    await desk.office.active_loan()
    matures_on = date(2026, 1, 15)
    for days in (30, 60, 90, 180):
        for ahead, counts in ((days, 1), (days + 1, 0), (1, 1)):
            on = (matures_on - timedelta(days=ahead)).isoformat()
            shown = await desk.figures("maturities", on)
            bucket = next(one for one in shown["maturing"] if one["within_days"] == days)
            assert bucket["count"] == counts, (days, ahead)
            assert shown["matured_unpaid"]["count"] == 0
    (listed,) = shown["loans"]
    assert listed["days_to_maturity"] == 1
    assert listed["percent_complete"] == "0.0000"
    matured = await desk.figures("maturities", "2026-01-15")
    assert [one["count"] for one in matured["maturing"]] == [0, 0, 0, 0]
    assert matured["matured_unpaid"] == {
        "count": 1,
        "principal": "35000.00",
        "commitment": "960000.00",
    }
    assert matured["loans"][0]["is_matured"] is True
    assert (await desk.figures("maturities", "2025-11-16", within_days=30))["loans"] == []
    assert len((await desk.figures("maturities", "2025-11-16", within_days=60))["loans"]) == 1
