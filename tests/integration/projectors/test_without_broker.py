"""The read side follows the store by itself where there is no broker."""

import psycopg

from projectors.engine import run
from runtime.settings import Settings
from tests.office import caught_up, open_office, read_rows, running


async def test_the_read_side_follows_without_any_broker(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office, running(run, settings):
        await office.three_draw_loan()
        await caught_up(database_url)
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT state, principal_cents, reserved_cents, available_cents, retainage_cents"
            " FROM read.loans"
        ).fetchone()
    assert row == ("ACTIVE", 663_500_00, 0, 296_500_00, 46_500_00)
    rows = read_rows(database_url)
    assert [len(rows[table]) for table in ("loans", "draws", "budget_lines")] == [1, 3, 9]
    assert len(rows["history"]) == office.position
