"""How long interest reserves last."""

from datetime import date

from domain.defaults.commands import ChangeAccrualStatus
from domain.defaults.events import AccrualStatus
from tests.integration.query.conftest import Desk


async def test_a_reserve_lasts_flat_days(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    await desk.office.close_business(loan_id, date(2025, 5, 1))
    shown = await desk.figures("reserves", "2025-05-01")
    (listed,) = shown["loans"]
    assert shown["reserves"] == {"count": 1, "balance": "41576.26"}
    assert (listed["reserve"], listed["principal"]) == ("41576.26", "671923.74")
    assert (listed["flat_days"], listed["rate"]) == ("228.47", "0.0975")


async def test_on_non_accrual_no_day_takes_of_the_reserve(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    on = date(2025, 5, 1)
    await desk.office.close_business(loan_id, on)
    await desk.office.service(loan_id, ChangeAccrualStatus(AccrualStatus.NONACCRUAL, on), on)
    shown = await desk.figures("reserves", "2025-05-01")
    assert [loan["flat_days"] for loan in shown["loans"]] == [None]
