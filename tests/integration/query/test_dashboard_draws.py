"""How long draws wait and took, at the boundaries of each definition."""

from datetime import date
from uuid import UUID

import pytest

from command_api.corrections import reverse_event
from command_api.idempotency import own_order
from domain.draws.commands import (
    ApproveDraw,
    ConfirmFunding,
    InitiateFunding,
    ReturnDraw,
    StartReview,
    SubmitDraw,
)
from domain.loans.events import AdvanceRecorded
from query_api.routes.dashboard_draws import percentile
from runtime.ids import new_id
from tests.integration.query.conftest import Desk
from tests.office import CLERK
from tests.scenario import BUILDER, OFFICER

SUBMITTED, FUNDED = date(2025, 4, 4), date(2025, 4, 15)


async def clocked_draw(desk: Desk, *, returned: bool) -> UUID:
    """The draw of the clocks' example: submitted on a Friday, funded eleven days later."""
    loan_id = await desk.office.active_loan()
    draw_id = await desk.office.draft_draw(loan_id)
    await desk.office.on_draw(draw_id, SubmitDraw(BUILDER, SUBMITTED), SUBMITTED)
    await desk.office.on_draw(draw_id, StartReview(), SUBMITTED)
    if returned:
        back, again = date(2025, 4, 8), date(2025, 4, 10)
        await desk.office.on_draw(draw_id, ReturnDraw(("a waiver is missing",)), back)
        await desk.office.on_draw(draw_id, SubmitDraw(BUILDER, again), again)
        await desk.office.on_draw(draw_id, StartReview(), again)
    await desk.office.on_draw(draw_id, ApproveDraw(OFFICER), FUNDED)
    await desk.office.on_draw(draw_id, InitiateFunding("wire"), FUNDED)
    await desk.office.on_draw(draw_id, ConfirmFunding(FUNDED), FUNDED)
    return draw_id


async def test_the_lenders_clock_stands_still_while_a_draw_is_returned(desk: Desk) -> None:
    await clocked_draw(desk, returned=True)
    shown = (await desk.figures("draws", "2025-04-15"))["turnaround"]
    seven, eleven = ({"median": n, "p90": n} for n in ("7.0", "11.0"))
    five, nine = ({"median": n, "p90": n} for n in ("5.0", "9.0"))
    assert shown["draws"] == 1
    assert shown["borrower_clock"] == {"business_days": seven, "calendar_days": eleven}
    assert shown["lender_clock"] == {"business_days": five, "calendar_days": nine}
    assert shown["first_pass_rate"] == "0.0000"


async def test_median_and_ninetieth_percentile_lie_between_the_draws(desk: Desk) -> None:
    await clocked_draw(desk, returned=True)
    await clocked_draw(desk, returned=False)
    shown = await desk.figures("draws", "2025-04-15")
    lender = shown["turnaround"]["lender_clock"]["business_days"]
    assert lender == {"median": "6.0", "p90": "6.8"}
    assert shown["turnaround"]["first_pass_rate"] == "0.5000"
    assert shown["first_pass"] == {"funded": 2, "never_returned": 1, "rate": "0.5000"}


async def test_turnaround_looks_back_ninety_days_and_not_ahead(desk: Desk) -> None:
    await clocked_draw(desk, returned=False)
    days = {"2025-04-14": 0, "2025-04-15": 1, "2025-07-13": 1, "2025-07-14": 0}
    for on, draws in days.items():
        turnaround = (await desk.figures("draws", on))["turnaround"]
        assert turnaround["draws"] == draws, on
    assert turnaround["lender_clock"]["business_days"] == {"median": None, "p90": None}
    assert turnaround["first_pass_rate"] is None


async def test_pending_draws_age_in_business_days_with_whoever_holds_them(desk: Desk) -> None:
    submitted: list[UUID] = []
    for _ in range(4):
        loan_id = await desk.office.active_loan()
        draw_id = await desk.office.draft_draw(loan_id)
        await desk.office.on_draw(draw_id, SubmitDraw(BUILDER, SUBMITTED), SUBMITTED)
        submitted.append(draw_id)
    await desk.office.on_draw(submitted[1], StartReview(), SUBMITTED)
    await desk.office.on_draw(submitted[1], ReturnDraw(("later",)), date(2025, 4, 7))
    for draw_id in submitted[2:]:
        await desk.office.on_draw(draw_id, StartReview(), SUBMITTED)
        await desk.office.on_draw(draw_id, ApproveDraw(OFFICER), SUBMITTED)
    await desk.office.on_draw(submitted[3], InitiateFunding("wire"), SUBMITTED)
    # Good Friday is no bank holiday, so the boundaries lie on plain weekdays.
    for on, label in (
        ("2025-04-04", "0-2"),
        ("2025-04-08", "0-2"),
        ("2025-04-09", "3-5"),
        ("2025-04-11", "3-5"),
        ("2025-04-14", "6-10"),
        ("2025-04-18", "6-10"),
        ("2025-04-21", ">10"),
    ):
        shown = await desk.figures("draws", on)
        pending = shown["pending"]
        assert (pending["count"], pending["net"]) == (3, "441000.00")
        ages = {each["business_days"]: each["count"] for each in pending["by_age"]}
        assert ages == {"0-2": 0, "3-5": 0, "6-10": 0, ">10": 0} | {label: 3}, on
    holders = {each["holder"]: each["count"] for each in pending["by_holder"]}
    assert holders == {"builder": 1, "inspector": 0, "lender": 2, "bank": 1}
    assert [draw["age_business_days"] for draw in shown["draws"]] == [11] * 4
    assert (await desk.figures("draws", "2025-04-03"))["pending"]["count"] == 0


async def test_the_draws_that_wait_are_paged(desk: Desk) -> None:
    for _ in range(3):
        await desk.office.approved_draw(await desk.office.active_loan())
    first = (await desk.get("/dashboards/draws", as_of="2025-02-12", page_size=2)).json()
    assert len(first["data"]["draws"]) == 2
    assert first["meta"]["total"] == 3
    second = (
        await desk.get(
            "/dashboards/draws",
            as_of="2025-02-12",
            page_size=2,
            cursor=first["meta"]["next_cursor"],
        )
    ).json()
    ids = [draw["draw_id"] for page in (first, second) for draw in page["data"]["draws"]]
    assert len(set(ids)) == 3
    assert second["meta"]["next_cursor"] is None


@pytest.mark.parametrize(
    ("took", "median", "p90"),
    [
        ([], None, None),
        ([(7, 1)], "7.0", "7.0"),
        ([(5, 1), (7, 1)], "6.0", "6.8"),
        ([(1, 9), (11, 1)], "1.0", "2.0"),
        ([(1, 9), (11, 2)], "1.0", "11.0"),
    ],
)
def test_a_percentile_lies_between_two_draws_in_proportion(
    took: list[tuple[int, int]], median: str | None, p90: str | None
) -> None:
    assert (percentile(took, 50), percentile(took, 90)) == (median, p90)


async def test_a_reversed_draw_is_no_longer_funded(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    before = await desk.figures("draws", "2025-04-15")
    events = await desk.office.reader.stream(loan_id)
    advance = next(each for each in events if isinstance(each.event, AdvanceRecorded))
    order = own_order(CLERK, date(2025, 4, 15))
    decided = await reverse_event(
        desk.office.ledger, loan_id, order, advance.event_id, "wired twice"
    )
    desk.office.position = max(desk.office.position, decided.position or 0)
    after = await desk.figures("draws", "2025-04-15")
    assert [each["turnaround"]["draws"] for each in (before, after)] == [3, 2]
    assert [each["first_pass"]["funded"] for each in (before, after)] == [3, 2]


async def test_a_builders_clocks_are_those_of_their_own_draws(desk: Desk) -> None:
    await clocked_draw(desk, returned=True)
    path, on = "/dashboards/draws", "2025-04-15"
    everybody = await desk.figures("draws", on)
    mine = (await desk.builder(path, as_of=on)).json()["data"]
    theirs = (await desk.builder(path, new_id(), as_of=on)).json()["data"]
    assert mine["turnaround"] == everybody["turnaround"]
    assert theirs["turnaround"]["draws"] == 0
