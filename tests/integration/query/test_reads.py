"""What the query API shows of the worked example, now and in the past."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.draws.commands import (
    ApproveDraw,
    ConfirmFunding,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.kernel.actors import Role
from runtime.ids import new_id
from tests.integration.query.conftest import Desk, serving
from tests.office import caught_up
from tests.scenario import BUILDER, E3_DRAWS, OFFICER


async def test_the_worked_example_reads_as_its_table_says(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    loan = await desk.data(f"/loans/{loan_id}")
    assert loan["principal"] == "663500.00"
    assert loan["available"] == "296500.00"
    assert loan["retainage_withheld"] == "46500.00"
    for shown, example in zip(await desk.data(f"/loans/{loan_id}/draws"), E3_DRAWS, strict=True):
        assert shown == await desk.data(f"/draws/{shown['id']}")
        expected = (example.l4, example.l5, example.l6, example.l7, example.l8, example.l9)
        assert tuple(shown[f"l{n}"] for n in range(4, 10)) == expected
        assert shown["net"] == example.l8
    budget = await desk.data(f"/loans/{loan_id}/budget")
    finishes = next(line for line in budget["lines"] if line["code"] == "FINISHES")
    figures = [finishes[name] for name in ("amount", "funded", "retainage", "unbilled")]
    assert figures == ["200000.00", "81000.00", "9000.00", "110000.00"]
    assert budget["lines"] == loan["lines"]


async def test_every_answer_says_what_it_has_seen(desk: Desk) -> None:
    await desk.office.active_loan()
    answer = await desk.get("/loans")
    assert int(answer.headers["x-ledger-position"]) == desk.office.position
    assert answer.headers["x-ledger-lag"] == "0"


async def test_a_position_that_is_not_reached_in_time_is_unavailable(desk: Desk) -> None:
    hasty = desk.settings.model_copy(update={"min_position_wait_seconds": 0.2})
    async with serving(hasty) as (api, client):
        answer = await replace(desk, api=api, client=client).get("/loans", min_position=10**9)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


async def test_journal_and_trial_balances_sum_to_nothing(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    await desk.office.active_loan()
    whole: dict[str, Any] = {}
    for of in (whole, {"loan_id": str(loan_id)}):
        balance = await desk.data("/trial-balance", **of)
        assert balance["difference"] == "0.00"
        assert balance["on_balance"]["difference"] == balance["memo"]["difference"] == "0.00"
    principal = next(a for a in balance["accounts"] if a["account"] == "loan:principal")
    assert principal["balance"] == "663500.00"
    ledger = await desk.data(f"/loans/{loan_id}/ledger", page_size=100)
    assert ledger["accounts"] == balance["accounts"]
    assert {line["loan_id"] for line in ledger["lines"]} == {str(loan_id)}
    journal = await desk.get("/journal", page_size=100, loan_id=str(loan_id))
    assert journal.json()["data"] == ledger["lines"]
    assert journal.json()["meta"]["total"] == len(ledger["lines"])


async def test_the_past_by_the_lenders_date(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    then = await desk.data(f"/loans/{loan_id}", effective_on="2025-03-12")
    assert (then["principal"], then["retainage_withheld"]) == ("410500.00", "39500.00")
    balance = await desk.data("/trial-balance", loan_id=str(loan_id), effective_on="2025-03-12")
    principal = next(a for a in balance["accounts"] if a["account"] == "loan:principal")
    assert principal["balance"] == "410500.00"
    ledger = await desk.data(f"/loans/{loan_id}/ledger", effective_on="2025-03-12")
    assert ledger["accounts"] == balance["accounts"]
    budget = await desk.data(f"/loans/{loan_id}/budget", effective_on="2025-03-12")
    assert budget["lines"] == then["lines"]
    assert (await desk.get(f"/loans/{loan_id}", effective_on="2024-12-31")).status_code == 404


TYPED_IN_ON = date(2025, 6, 30)
"""Later than all money of the worked example."""


async def typed_in_later(desk: Desk) -> UUID:
    """A loan whose money bears its own dates and whose draws' steps the day of typing them in.

    Two draws are paid, the third is approved.
    """
    loan_id = await desk.office.active_loan()
    for number, example in enumerate(E3_DRAWS, 1):
        draw_id, on = await desk.office.draft_draw(loan_id, number), example.funded_on
        for command in (SubmitDraw(BUILDER, on), StartReview(), ApproveDraw(OFFICER)):
            await desk.office.on_draw(draw_id, command, TYPED_IN_ON)
        if number < 3:
            await desk.office.on_draw(draw_id, InitiateFunding("wire"), TYPED_IN_ON)
            await desk.office.on_draw(draw_id, ConfirmFunding(on), on)
    return loan_id


@pytest.mark.parametrize(
    ("on", "principal", "reserved", "available", "retainage"),
    [
        ("2025-01-15", "35000.00", "0.00", "925000.00", "0.00"),
        ("2025-02-09", "35000.00", "0.00", "925000.00", "0.00"),
        ("2025-02-10", "182000.00", "0.00", "778000.00", "15000.00"),
        ("2025-03-12", "410500.00", "0.00", "549500.00", "39500.00"),
        ("2025-06-29", "410500.00", "0.00", "549500.00", "39500.00"),
        ("2025-06-30", "410500.00", "253000.00", "296500.00", "39500.00"),
    ],
)
async def test_every_account_of_the_past_is_the_past_loans(
    desk: Desk, on: str, principal: str, reserved: str, available: str, retainage: str
) -> None:
    loan_id = await typed_in_later(desk)
    loan = await desk.data(f"/loans/{loan_id}", effective_on=on)
    shown = [loan[name] for name in ("principal", "reserved", "available", "retainage_withheld")]
    assert shown == [principal, reserved, available, retainage]
    balance = await desk.data("/trial-balance", loan_id=str(loan_id), effective_on=on)
    accounts = balance["accounts"]
    held = {each["account"]: each["balance"] for each in accounts}
    assert held.pop("memo:retainage_obligation", "0.00") == retainage
    assert held.pop("memo:retainage_withheld", "0.00") == retainage
    assert held.pop("memo:undisbursed_reserved", "0.00") == reserved
    assert held == {
        "loan:principal": principal,
        "cash:operating": str(Decimal("10000.00") - Decimal(principal)),
        "deferred_fees": "10000.00",
        "memo:commitment": loan["commitment"],
        "memo:undisbursed_available": available,
        "memo:disbursed": principal,
    }
    ledger = await desk.get(f"/loans/{loan_id}/ledger", effective_on=on, page_size=100)
    lines = ledger.json()["data"]["lines"]
    assert ledger.json()["data"]["accounts"] == accounts
    assert ledger.json()["meta"]["total"] == len(lines)
    for side in ("debit", "credit"):
        for each in accounts:
            sums = [Decimal(line[side]) for line in lines if line["account"] == each["account"]]
            assert sum(sums) == Decimal(each[side])


async def test_the_past_house_shows_what_counts_by_its_own_date(desk: Desk) -> None:
    loan_id = str(await typed_in_later(desk))
    await desk.office.three_draw_loan()
    house = await desk.data("/trial-balance", effective_on="2025-03-12")
    assert {each["book"] for each in house["accounts"]} == {"on_balance"}
    assert house["accounts"][0]["balance"] == "821000.00"
    assert house["difference"] == house["on_balance"]["difference"] == "0.00"
    assert "memo" not in house
    (latest,) = await desk.data(f"/loans/{loan_id}/history", sort_order="desc", page_size=1)
    known = await desk.data("/trial-balance", recorded_at=latest["recorded_at"])
    assert known["memo"]["difference"] == "0.00"
    one = await desk.data("/trial-balance", loan_id=loan_id, recorded_at=latest["recorded_at"])
    assert one == await desk.data("/trial-balance", loan_id=loan_id)
    assert known["accounts"] == one["accounts"]


async def test_the_past_by_our_clock_is_what_we_had_recorded(desk: Desk) -> None:
    loan_id = await desk.office.active_loan()
    before = await desk.data(f"/loans/{loan_id}")
    (latest,) = await desk.data(f"/loans/{loan_id}/history", sort_order="desc", page_size=1)
    await desk.office.funded_draw(loan_id)
    now = await desk.data(f"/loans/{loan_id}")
    then = await desk.data(f"/loans/{loan_id}", recorded_at=latest["recorded_at"])
    assert then == before != now


async def test_history_names_who_did_what_and_when(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    history = await desk.data(f"/loans/{loan_id}/history", page_size=100)
    assert [event["position"] for event in history] == list(range(1, desk.office.position + 1))
    closed = next(event for event in history if event["type"] == "loan.closed")
    assert closed["effective_on"] == "2025-01-15"
    assert closed["actor"]["role"] == "admin"
    assert closed["data"]["postings"][0]["debit"] == "960000.00"
    feed = await desk.data("/events", after=0, limit=1000)
    assert feed == history
    assert (
        await desk.data(f"/streams/{loan_id}/events", after_version=1, limit=2)
        == [event for event in history if event["stream_id"] == str(loan_id)][1:3]
    )


async def test_histories_know_how_long_they_are(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    other = await desk.office.active_loan()
    draw_id = await desk.office.approved_draw(other)
    for path in (f"/loans/{loan_id}", f"/loans/{other}", f"/draws/{draw_id}"):
        history = (await desk.get(f"{path}/history", page_size=100)).json()
        assert history["meta"]["next_cursor"] is None
        assert history["meta"]["total"] == len(history["data"]) > 0


async def test_the_dashboard_ties_out_to_the_ledger(desk: Desk) -> None:
    await desk.office.three_draw_loan()
    loan_id = await desk.office.active_loan()
    await desk.office.approved_draw(loan_id)
    await desk.office.originate()
    figures = await desk.data("/dashboards/portfolio", as_of="2025-02-14")
    assert figures["loans"] == {"ACTIVE": 2, "DRAFT": 1}
    assert figures["commitments"] == "1920000.00"
    assert figures["outstanding"] == "698500.00"
    assert figures["reserved"] == "147000.00"
    assert figures["utilisation"] == "0.3638"
    assert figures["tie_out"]["difference"] == "0.00"
    assert figures["draws_pending"]["count"] == 1
    ages = {each["business_days"]: each["count"] for each in figures["draws_pending"]["by_age"]}
    assert ages == {"0-2": 0, "3-5": 1, "6-10": 0, ">10": 0}


async def test_an_unknown_loan_is_not_found(desk: Desk) -> None:
    for path in ("", "/budget", "/draws", "/ledger", "/history"):
        answer = await desk.get(f"/loans/{new_id()}{path}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NOT_FOUND"


async def test_a_builder_sees_nothing_of_anothers(desk: Desk) -> None:
    other = UUID("01936f5e-0000-7000-8000-00000000beef")
    theirs = await desk.office.active_loan(builder=other)
    draw_id = await desk.office.approved_draw(theirs)
    mine = await desk.office.active_loan()
    for path in (
        *(f"/loans/{theirs}{each}" for each in ("", "/budget", "/draws", "/ledger", "/history")),
        f"/draws/{draw_id}",
        f"/draws/{draw_id}/history",
        f"/loans/{theirs}?effective_on=2025-06-01",
        f"/draws/{draw_id}?effective_on=2025-06-01",
    ):
        assert (await desk.builder(path)).status_code == 404, path
        assert (await desk.builder(path, other)).status_code == 200, path
    listed = (await desk.builder("/loans")).json()
    assert [loan["id"] for loan in listed["data"]] == [str(mine)]
    assert listed["meta"]["total"] == 1
    assert (await desk.builder("/loans", builder_user_id=str(other))).json()["meta"]["total"] == 0
    assert (await desk.builder("/draws")).json()["meta"]["total"] == 0
    assert (await desk.builder("/draws", loan_id=str(theirs))).json()["data"] == []
    figures = (await desk.builder("/dashboards/portfolio")).json()["data"]
    assert figures["commitments"] == "960000.00"
    assert "tie_out" not in figures
    for path in (
        "/journal",
        "/trial-balance",
        "/events",
        f"/streams/{mine}/events",
        "/projections",
    ):
        assert (await desk.builder(path)).status_code == 403


async def test_projections_tell_how_far_they_are(desk: Desk) -> None:
    await desk.office.active_loan()
    await caught_up(desk.settings.database_url)
    shown = await desk.data("/projections", Role.AUDITOR)
    assert {each["name"]: each["lag_events"] for each in shown} == {
        "budget_lines": 0,
        "draw_register": 0,
        "history": 0,
        "journal": 0,
        "loan_summary": 0,
        "payments": 0,
        "payoff_quotes": 0,
        "portfolio": 0,
    }


async def test_a_builder_sees_nothing_of_anothers_payments_and_interest(desk: Desk) -> None:
    stranger = UUID("01936f5e-0000-7000-8000-00000000beef")
    loan_id = await desk.closed_through(date(2025, 2, 3))
    for path in ("payments", "fees", "interest", "reserve-forecast", "payoff-quotes"):
        assert (await desk.builder(f"/loans/{loan_id}/{path}", stranger)).status_code == 404
        assert (await desk.builder(f"/loans/{loan_id}/{path}", BUILDER)).status_code == 200
        assert (await desk.get(f"/loans/{new_id()}/{path}")).status_code == 404
        assert (await desk.get(f"/loans/{loan_id}/{path}", Role.DESIGN)).status_code == 403
