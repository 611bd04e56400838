"""Interest, payments, fees and corrections as the query API shows them, now and in the past."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pytest

from command_api.idempotency import own_order
from command_api.servicing import close_period, quote_payoff, reverse_event
from domain.draws.commands import (
    ApproveDraw,
    ConfirmFunding,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.kernel.actors import Role
from domain.loans.events import AdvanceRecorded
from domain.receivables.events import FeeKind
from domain.servicing.commands import AssessFee, RecordPayment
from projectors.engine import rebuild, verify
from projectors.registry import READ_MODELS
from runtime.ids import new_id
from tests.integration.query.conftest import Desk
from tests.office import CLERK, caught_up
from tests.scenario import BUILDER, OFFICER

MAY = date(2025, 5, 1)
STRANGER = UUID("01936f5e-0000-7000-8000-00000000beef")


async def closed_through(desk: Desk, on: date) -> UUID:
    """The worked example, its business closed through a date."""
    loan_id = await desk.office.three_draw_loan()
    await desk.office.close_business(loan_id, on)
    return loan_id


async def undo_advance(desk: Desk, loan_id: UUID, number: int, on: date) -> UUID:
    """A draw's advance reversed; the id of the event that was undone."""
    events = await desk.office.reader.stream(loan_id)
    advances = [each for each in events if isinstance(each.event, AdvanceRecorded)]
    original = advances[number - 1].event_id
    order = own_order(CLERK, on)
    decided = await reverse_event(desk.office.ledger, loan_id, order, original, "wrong date")
    desk.office.position = max(desk.office.position, decided.position or 0)
    return original


def balances(trial_balance: Any) -> dict[str, str]:
    """What accounts hold that hold anything."""
    held = {each["account"]: each["balance"] for each in trial_balance["accounts"]}
    return {account: balance for account, balance in held.items() if balance != "0.00"}


async def test_the_worked_examples_trial_balance_after_the_first_of_may(desk: Desk) -> None:
    loan_id = await closed_through(desk, MAY)
    loan = await desk.data(f"/loans/{loan_id}")
    assert (loan["principal"], loan["accrued_interest"]) == ("671923.74", "0.00")
    assert loan["interest_reserve_balance"] == "41576.26"
    shown = balances(await desk.data("/trial-balance", loan_id=str(loan_id)))
    assert shown == {
        "loan:principal": "671923.74",
        "cash:operating": "-653500.00",
        "deferred_fees": "10000.00",
        "interest_income": "8423.74",
        "memo:commitment": "960000.00",
        "memo:undisbursed_available": "288076.26",
        "memo:disbursed": "671923.74",
        "memo:retainage_withheld": "46500.00",
        "memo:retainage_obligation": "46500.00",
    }
    assert balances(await desk.data("/trial-balance")) == shown


async def test_a_loan_reads_as_the_command_answered(desk: Desk) -> None:
    loan_id = await closed_through(desk, date(2025, 5, 20))
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
    loan_id = await closed_through(desk, date(2025, 5, 20))
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


async def test_interest_as_it_was_known_before_a_correction(desk: Desk) -> None:
    loan_id = await closed_through(desk, MAY)
    (latest,) = await desk.data(f"/loans/{loan_id}/history", sort_order="desc", page_size=1)
    known = latest["recorded_at"]
    before = await desk.data(f"/loans/{loan_id}")
    original = await undo_advance(desk, loan_id, 2, date(2025, 3, 12))
    after = await desk.data(f"/loans/{loan_id}")
    assert await desk.data(f"/loans/{loan_id}", recorded_at=known) == before != after
    then = await desk.data(f"/loans/{loan_id}", recorded_at=known, effective_on="2025-04-01")
    now = await desk.data(f"/loans/{loan_id}", effective_on="2025-04-01")
    assert then["principal"] == "414459.92" != now["principal"]
    history = await desk.get(f"/loans/{loan_id}/history", type="accrual.adjusted")
    adjusted = history.json()["data"]
    assert [each["data"]["month"] for each in adjusted] == ["2025-03-01", "2025-04-01"]
    assert history.json()["meta"]["total"] == 2
    assert adjusted[0]["data"]["old"]["interest"] == "2775.69"
    (undone,) = await desk.data(f"/loans/{loan_id}/history", type="loan.advance_reversed")
    assert undone["reverses_event_id"] == str(original)
    assert latest["reverses_event_id"] is None


async def test_a_history_counts_the_entries_of_the_months(desk: Desk) -> None:
    loan_id = await closed_through(desk, date(2025, 2, 3))
    whole = (await desk.get(f"/loans/{loan_id}/history", page_size=100)).json()
    assert whole["meta"]["total"] == desk.office.position
    days = (await desk.get(f"/loans/{loan_id}/history", type="accrual.accrued")).json()
    assert days["meta"]["total"] == 17 + 2
    path = f"/loans/{loan_id}/history"
    assert (await desk.get(path, type="accrual accrued")).status_code == 400
    assert (await desk.get(path, kind="x")).status_code == 400


async def test_the_months_of_a_loans_interest(desk: Desk) -> None:
    loan_id = await closed_through(desk, date(2025, 5, 20))
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


async def test_a_correction_shows_in_its_month(desk: Desk) -> None:
    loan_id = await closed_through(desk, MAY)
    await undo_advance(desk, loan_id, 2, date(2025, 3, 14))
    march = next(
        each for each in await desk.data(f"/loans/{loan_id}/interest") if each["month"] == "2025-03"
    )
    assert march["accrued_daily"] == "2775.69"
    assert march["adjusted"].startswith("-")
    assert march["accrued"] == march["capitalized"]


async def test_the_reserve_forecast_flat_and_with_draws_to_come(desk: Desk) -> None:
    loan_id = await closed_through(desk, MAY)
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


async def test_payments_and_fees_are_listed(desk: Desk) -> None:
    loan_id = await closed_through(desk, MAY)
    other = await desk.office.active_loan(builder=STRANGER)
    fee = AssessFee(new_id(), FeeKind.INSPECTION, 500_00, MAY)
    await desk.office.service(loan_id, fee, MAY)
    for day in (5, 6, 7):
        on = date(2025, 5, day)
        payment = RecordPayment(new_id(), 200_00, on, "WIRE", f"ref-{day}")
        await desk.office.service(loan_id, payment, on)
    await desk.office.service(
        other, RecordPayment(new_id(), 10_00, date(2025, 5, 6), "ACH"), date(2025, 5, 6)
    )
    (shown,) = await desk.data(f"/loans/{loan_id}/fees")
    assert (shown["kind"], shown["paid"], shown["due"]) == ("INSPECTION", "500.00", "0.00")
    payments = await desk.data(f"/loans/{loan_id}/payments")
    assert [each["received_on"][-2:] for each in payments] == ["05", "06", "07"]
    assert payments[0]["allocations"][0]["due"] == "FEE"
    loan = await desk.data(f"/loans/{loan_id}")
    assert [{**each, "loan_id": str(loan_id)} for each in loan["payments"]] == payments
    everybody = (await desk.get("/payments", page_size=2, sort_by="position")).json()
    assert everybody["meta"]["total"] == 4
    assert len(everybody["data"]) == 2
    on_the_sixth = await desk.get("/payments", received_from="2025-05-06", received_to="2025-05-06")
    assert on_the_sixth.json()["meta"]["total"] == 2
    mine = (await desk.builder("/payments")).json()
    assert mine["meta"]["total"] == 3
    assert (await desk.builder("/payments", loan_id=str(other))).json()["data"] == []
    assert (await desk.get("/payments", colour="red")).status_code == 400


async def test_a_payoff_quote_stays_as_it_was_issued(desk: Desk) -> None:
    loan_id = await closed_through(desk, MAY)
    on = date(2025, 5, 20)
    order = own_order(CLERK, on)
    for _ in range(2):
        decided = await quote_payoff(desk.office.ledger, loan_id, order, on, date(2025, 5, 21))
        desk.office.position = max(desk.office.position, decided.position or 0)
    quotes = (await desk.get(f"/loans/{loan_id}/payoff-quotes")).json()
    assert quotes["meta"]["total"] == 1
    (quote,) = quotes["data"]
    assert (quote["payoff_date"], quote["interest"]) == ("2025-05-20", "3457.61")
    assert [each["date"] for each in quote["totals_by_date"]] == ["2025-05-20", "2025-05-21"]


async def test_closed_months_are_listed_latest_first(desk: Desk) -> None:
    assert await desk.data("/accounting-periods") == []
    for month in (1, 2):
        order = own_order(CLERK, MAY)
        decided = await close_period(desk.office.ledger, order, date(2025, month, 1))
        desk.office.position = max(desk.office.position, decided.position or 0)
    shown = await desk.data("/accounting-periods", Role.AUDITOR)
    assert [each["month"] for each in shown] == ["2025-02", "2025-01"]
    assert (await desk.builder("/accounting-periods")).status_code == 403


async def test_a_builder_sees_nothing_of_anothers_servicing(desk: Desk) -> None:
    loan_id = await closed_through(desk, date(2025, 2, 3))
    for path in ("payments", "fees", "interest", "reserve-forecast", "payoff-quotes"):
        assert (await desk.builder(f"/loans/{loan_id}/{path}", STRANGER)).status_code == 404
        assert (await desk.builder(f"/loans/{loan_id}/{path}", BUILDER)).status_code == 200
        assert (await desk.get(f"/loans/{new_id()}/{path}")).status_code == 404
        assert (await desk.get(f"/loans/{loan_id}/{path}", Role.DESIGN)).status_code == 403


async def test_loans_are_found_by_what_is_due_and_short(desk: Desk) -> None:
    await closed_through(desk, date(2025, 2, 3))
    await desk.office.originate()
    for params, total in (
        ({"days_past_due_min": 1}, 1),
        ({"days_past_due_min": 36_500}, 0),
        ({"deficient": "false"}, 2),
        ({"deficient": "true"}, 0),
        ({"maturity_from": "2026-01-15", "maturity_to": "2026-01-15"}, 2),
        ({"maturity_to": "2026-01-14"}, 0),
        ({"accrual_status": "NONACCRUAL"}, 0),
        ({"borrower_id": str(new_id())}, 0),
    ):
        answer = (await desk.get("/loans", **params)).json()
        assert (len(answer["data"]), answer["meta"]["total"]) == (total, total), params
    oldest = await desk.data("/loans", sort_by="days_past_due", sort_order="desc")
    assert [loan["state"] for loan in oldest] == ["ACTIVE", "DRAFT"]


async def test_rebuilt_read_models_are_the_same_with_interest_and_corrections(desk: Desk) -> None:
    loan_id = await closed_through(desk, date(2025, 5, 20))
    await undo_advance(desk, loan_id, 2, date(2025, 3, 12))
    payment = RecordPayment(new_id(), 200_00, date(2025, 5, 22), "WIRE")
    await desk.office.service(loan_id, payment, date(2025, 5, 22))
    for day in range(23, 27):
        await desk.office.close_business(loan_id, date(2025, 5, day))
        await desk.get("/loans")
    await caught_up(desk.settings.database_url)

    async def differing() -> list[str]:
        verdicts = await verify(desk.settings, READ_MODELS, lambda _done, _total: None)
        return [verdict.table for verdict in verdicts if not verdict.agrees]

    assert await differing() == []
    await rebuild(desk.settings, READ_MODELS, lambda _done, _total: None)
    await desk.office.close_business(loan_id, date(2025, 6, 2))
    await desk.get("/loans")
    await caught_up(desk.settings.database_url)
    assert await differing() == []
    loan = await desk.data(f"/loans/{loan_id}")
    assert loan["accrued_through"] == "2025-06-01"


async def test_a_draw_corrected_by_two_days_shows_in_march_and_after(desk: Desk) -> None:
    loan_id = await closed_through(desk, MAY)
    await undo_advance(desk, loan_id, 2, date(2025, 3, 12))
    on = date(2025, 3, 14)
    draw_id = await desk.office.draft_draw(loan_id, 2)
    for command in (
        SubmitDraw(BUILDER, on),
        StartReview(),
        ApproveDraw(OFFICER),
        InitiateFunding("wire"),
        ConfirmFunding(on),
    ):
        await desk.office.on_draw(draw_id, command, on)
    assert (await desk.data(f"/draws/{draw_id}"))["net"] == "228500.00"
    months = {each["month"]: each for each in await desk.data(f"/loans/{loan_id}/interest")}
    assert months["2025-03"]["accrued"] == "2651.92"
    assert months["2025-03"]["adjusted"] == "-123.77"
    loan = await desk.data(f"/loans/{loan_id}")
    assert loan["principal"] == "671798.96"
    figures = await desk.data("/dashboards/portfolio", as_of="2025-05-01")
    assert figures["tie_out"]["difference"] == "0.00"
    balance = await desk.data("/trial-balance", loan_id=str(loan_id))
    assert balance["difference"] == "0.00"
    adjusted = (await desk.get(f"/loans/{loan_id}/history", type="accrual.adjusted")).json()
    assert adjusted["meta"]["total"] >= 4
