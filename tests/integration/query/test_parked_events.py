"""Administrators see what is parked; everybody sees how much of it there is."""

import psycopg
import pytest

from domain.kernel.actors import Role
from tests.integration.query.conftest import Desk

_PARK = """
INSERT INTO read.parked (projection, position, partition, partition_key, stream_id, type, reason)
SELECT projection, position, partition, partition_key, stream_id, type,
       CASE WHEN row_number() OVER (PARTITION BY projection ORDER BY position) = 1
            THEN 'ZeroDivisionError' END
FROM ledger.events, unnest(ARRAY['history', 'loan_summary']) AS projection
WHERE partition_key = %s
"""
_COUNT = """
UPDATE read.checkpoints c SET parked = (
    SELECT count(*) FROM read.parked p
    WHERE p.projection = c.projection AND p.partition = c.partition
)
"""


async def park(desk: Desk) -> tuple[str, str]:
    """Two loans, all events of which wait beside two read models."""
    loans = [await desk.office.originate(), await desk.office.active_loan()]
    await desk.data("/loans")
    with psycopg.connect(desk.settings.database_url) as connection:
        for loan_id in loans:
            connection.execute(_PARK, [loan_id])
        connection.execute(_COUNT)
    return str(loans[0]), str(loans[1])


async def test_they_are_listed_with_their_reasons_and_filtered(desk: Desk) -> None:
    one, other = await park(desk)
    answer = (await desk.get("/parked-events", page_size=3)).json()
    assert answer["meta"]["total"] == desk.office.position * 2
    assert [row["position"] for row in answer["data"]] == [1, 1, 2]
    first = answer["data"][0]
    assert (first["projection"], first["loan_id"]) == ("history", one)
    assert (first["type"], first["reason"]) == ("loan.originated", "ZeroDivisionError")

    found = await desk.data("/parked-events", projection="loan_summary", loan_id=other)
    assert {(row["projection"], row["loan_id"]) for row in found} == {("loan_summary", other)}
    assert [row["position"] for row in found] == list(range(2, desk.office.position + 1))
    assert [row["reason"] is None for row in found] == [False] + [True] * (len(found) - 1)

    rest = await desk.get("/parked-events", page_size=3, cursor=answer["meta"]["next_cursor"])
    assert [row["position"] for row in rest.json()["data"]] == [2, 3, 3]


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMIN, Role.SYSTEM)])
async def test_nobody_else_sees_them(desk: Desk, role: Role) -> None:
    assert (await desk.get("/parked-events", role)).status_code == 403


async def test_projections_and_the_portfolio_say_how_many_there_are(desk: Desk) -> None:
    await park(desk)
    shown = {each["name"]: each for each in await desk.data("/projections")}
    assert shown["history"]["parked_events"] == desk.office.position
    assert shown["journal"]["parked_events"] == 0
    board = await desk.data("/dashboards/portfolio")
    assert board["tie_out"]["parked_events"] == desk.office.position * 2
