"""Lists: filters, order, pages and cursors."""

from base64 import urlsafe_b64encode
from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pytest

from runtime.ids import new_id
from tests.integration.query.conftest import Desk


async def walk(desk: Desk, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every row of a list, by its cursors."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = (await desk.get(path, **params, **cursor)).json()
        rows += answer["data"]
        if answer["meta"]["next_cursor"] is None:
            return rows
        cursor = {"cursor": answer["meta"]["next_cursor"]}


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    "sort_by", ["number", "project_name", "commitment", "principal", "maturity_date", "id"]
)
async def test_a_cursor_walks_every_row_once_in_order(desk: Desk, sort_by: str, order: str) -> None:
    for _ in range(3):
        await desk.office.originate()
    for _ in range(2):
        await desk.office.active_loan()
    whole = (await desk.get("/loans", sort_by=sort_by, sort_order=order)).json()["data"]
    assert await walk(desk, "/loans", sort_by=sort_by, order=order, page_size=2) == whole
    assert len({loan["id"] for loan in whole}) == 5
    paged = [
        loan
        for page in (1, 2, 3)
        for loan in await desk.data(
            "/loans", sort_by=sort_by, sort_order=order, page=page, page_size=2
        )
    ]
    assert paged == whole


async def test_meta_counts_what_the_filter_finds(desk: Desk) -> None:
    for _ in range(3):
        await desk.office.originate()
    await desk.office.active_loan()
    answer = (await desk.get("/loans", state="DRAFT", page_size=2)).json()
    assert {loan["state"] for loan in answer["data"]} == {"DRAFT"}
    meta = answer["meta"]
    assert (meta["page"], meta["page_size"], meta["total"], meta["total_pages"]) == (1, 2, 3, 2)
    both = (await desk.get("/loans?state=DRAFT&state=ACTIVE")).json()
    assert both["meta"]["total"] == 4
    one = (await desk.get("/loans", number="L-000002")).json()
    assert [loan["number"] for loan in one["data"]] == ["L-000002"]
    assert one["meta"]["total"] == 1


async def test_draws_are_found_by_state_and_loan(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    other = await desk.office.active_loan()
    await desk.office.approved_draw(other)
    assert (await desk.get("/draws")).json()["meta"]["total"] == 4
    funded = (await desk.get("/draws", state="FUNDED", sort_by="net", order="desc")).json()
    assert [draw["net"] for draw in funded["data"]] == ["253000.00", "228500.00", "147000.00"]
    assert (await desk.get("/draws", loan_id=str(other))).json()["meta"]["total"] == 1
    assert len(await walk(desk, f"/loans/{loan_id}/draws", page_size=1)) == 3
    lines = await walk(desk, "/journal", page_size=7, sort_by="effective_on", order="desc")
    total = (await desk.get("/journal")).json()["meta"]["total"]
    assert len(lines) == len({(each["position"], each["line_number"]) for each in lines}) == total


@pytest.mark.parametrize(
    "params",
    [
        {"page": 0},
        {"page_size": 101},
        {"page": 900_000, "page_size": 100},
        {"sort_by": "borrower"},
        {"sort_order": "up"},
        {"colour": "red"},
        {"state": "LOST"},
        {"cursor": "!"},
        {"cursor": "bnVsbA"},
        {"cursor": "WyJudW1iZXIiLGZhbHNlLDIsIngiXQ"},
        {"cursor": "WyJudW1iZXIiLGZhbHNlLDIsIngiLCJ5Il0"},
    ],
)
async def test_what_a_list_does_not_know_is_refused(desk: Desk, params: dict[str, Any]) -> None:
    answer = await desk.get("/loans", **params)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


async def test_a_cursor_of_another_order_is_refused(desk: Desk) -> None:
    for _ in range(2):
        await desk.office.originate()
    cursor = (await desk.get("/loans", page_size=1)).json()["meta"]["next_cursor"]
    assert (await desk.get("/loans", page_size=1, cursor=cursor)).status_code == 200
    assert (await desk.get("/loans", sort_by="principal", cursor=cursor)).status_code == 400


def forged(*content: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


async def test_a_forged_cursor_is_taken_to_the_limits_of_its_columns_and_refused_past_them(
    desk: Desk,
) -> None:
    loan_id = await desk.office.active_loan()
    draws, nobody = f"/loans/{loan_id}/draws", str(UUID(int=0))
    for path, sort_by, page, key, status in (
        ("/journal", "position", 2, (2**63 - 1, 2**15 - 1), 200),
        ("/journal", "position", 2, (2**63 - 1, 2**15), 400),
        ("/journal", "position", 2, (2**63, 1), 400),
        ("/journal", "position", 2, (1, -(2**15) - 1), 400),
        (draws, "number", 2, (2**31 - 1, nobody), 200),
        (draws, "number", 2, (2**31, nobody), 400),
        ("/journal", "position", 10**9, (0, 0), 200),
        ("/journal", "position", 10**9 + 1, (0, 0), 400),
        ("/journal", "position", 2**64 - 1, (0, 0), 400),
        ("/journal", "position", 0, (0, 0), 400),
    ):
        cursor = forged(sort_by, False, page, *map(str, key))
        answer = await desk.get(path, cursor=cursor, page_size=1)
        assert answer.status_code == status, (path, page, key, answer.text)


async def test_loans_are_found_by_what_is_due_and_short(desk: Desk) -> None:
    await desk.closed_through(date(2025, 2, 3))
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
