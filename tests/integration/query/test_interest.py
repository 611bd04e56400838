"""The months of a loan's interest, at the end of a past day and before they are capitalised."""

from datetime import date

import orjson
import pytest

from domain.fees.commands import AssessFee
from domain.payments.commands import RecordPayment
from domain.receivables.events import FeeKind
from runtime.ids import new_id
from tests.integration.query.conftest import MAY, Desk, balances


async def test_a_loan_reads_as_the_command_answered(desk: Desk) -> None:
    loan_id = await desk.closed_through(date(2025, 5, 20))
    for on, command in (
        (date(2025, 5, 20), AssessFee(new_id(), FeeKind.WIRE, 30_00, date(2025, 5, 20))),
        (date(2025, 5, 22), RecordPayment(new_id(), 100_00, date(2025, 5, 22), "WIRE")),
    ):
        answer = await desk.office.service(loan_id, command, on)
        loan = await desk.data(f"/loans/{loan_id}")
        assert loan == orjson.loads(answer.body)["data"]
    assert loan["accrued_through"] == "2025-05-21"
    assert await desk.data(f"/loans/{loan_id}", effective_on="2025-05-22") == loan


@pytest.mark.parametrize(
    ("on", "principal", "accrued", "reserve"),
    [
        ("2025-01-31", "35000.00", "161.15", "50000.00"),
        ("2025-02-01", "35161.15", "9.52", "49838.85"),
        ("2025-02-28", "182161.15", "1023.08", "49838.85"),
        ("2025-04-01", "414459.92", "112.25", "46040.08"),
        ("2025-05-19", "671923.74", "3457.61", "41576.26"),
    ],
)
async def test_interest_at_the_end_of_a_past_day(
    desk: Desk, on: str, principal: str, accrued: str, reserve: str
) -> None:
    loan_id = await desk.closed_through(date(2025, 5, 20))
    loan = await desk.data(f"/loans/{loan_id}", effective_on=on)
    assert (loan["principal"], loan["accrued_interest"]) == (principal, accrued)
    assert loan["interest_reserve_balance"] == reserve
    shown = balances(await desk.data("/trial-balance", loan_id=str(loan_id), effective_on=on))
    assert shown.get("interest_receivable", "0.00") == accrued
    assert shown["loan:principal"] == principal
    house = balances(await desk.data("/trial-balance", effective_on=on))
    assert house == {name: sum for name, sum in shown.items() if not name.startswith("memo:")}
    ledger = await desk.get(f"/loans/{loan_id}/ledger", effective_on=on, page_size=100)
    assert balances(ledger.json()["data"]) == shown
    assert len(ledger.json()["data"]["lines"]) == min(100, ledger.json()["meta"]["total"])


async def test_a_history_counts_the_entries_of_the_months(desk: Desk) -> None:
    loan_id = await desk.closed_through(date(2025, 2, 3))
    whole = (await desk.get(f"/loans/{loan_id}/history", page_size=100)).json()
    assert whole["meta"]["total"] == desk.office.position
    days = (await desk.get(f"/loans/{loan_id}/history", type="accrual.accrued")).json()
    assert days["meta"]["total"] == 17 + 2
    path = f"/loans/{loan_id}/history"
    assert (await desk.get(path, type="accrual accrued")).status_code == 400
    assert (await desk.get(path, kind="x")).status_code == 400


async def test_the_months_of_a_loans_interest(desk: Desk) -> None:
    loan_id = await desk.closed_through(date(2025, 5, 20))
    months = await desk.data(f"/loans/{loan_id}/interest")
    assert [(each["month"], each["accrued"], each["capitalized"]) for each in months] == [
        ("2025-01", "161.15", "161.15"),
        ("2025-02", "1023.08", "1023.08"),
        ("2025-03", "2775.69", "2775.69"),
        ("2025-04", "4463.82", "4463.82"),
        ("2025-05", "3457.61", "0.00"),
    ]
    assert {each["due"] for each in months} == {"0.00"}
    assert months[-1]["due_on"] is None
    (february,) = await desk.data(f"/loans/{loan_id}/interest", month="2025-02", days="true")
    first = [each["amount"] for each in february["entries"]][:5]
    assert first == ["9.52", "9.53", "9.52", "9.52", "9.52"]
    (past,) = await desk.data(
        f"/loans/{loan_id}/interest", month="2025-02", effective_on="2025-02-02"
    )
    assert (past["accrued"], past["due_on"]) == ("19.05", None)
    assert (await desk.get(f"/loans/{loan_id}/interest", month="2025-13")).status_code == 400


async def test_the_reserve_forecast_flat_and_with_draws_to_come(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    path = f"/loans/{loan_id}/reserve-forecast"
    flat = await desk.data(path)
    assert (flat["from_on"], flat["reserve"]) == ("2025-05-01", "41576.26")
    assert (flat["flat_days"], flat["exhausted_on"]) == ("228.47", "2025-12-09")
    assert flat["is_red"] is True
    assert flat["months"][0]["interest"] == "5641.36"
    drawn = await desk.data(path, draw=["2025-06-10:100000.00", "2025-07-10:50000.00"])
    assert drawn["exhausted_on"] < flat["exhausted_on"]
    (listed,) = (await desk.data("/dashboards/reserves", as_of="2025-05-01"))["loans"]
    assert (listed["exhausted_on"], listed["is_red"]) == ("2025-12-09", True)
    for draw in ("2025-04-30:1.00", "2025-02-30:1.00", "2025-06-01:0.00", "soon:1.00"):
        assert (await desk.get(path, draw=draw)).status_code == 400, draw
