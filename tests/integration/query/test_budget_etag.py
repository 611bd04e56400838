"""A budget changes with its loan, and shows the loan's version."""

from uuid import UUID

import psycopg

from tests.integration.query.conftest import Desk


async def _etags(desk: Desk, loan_id: UUID) -> tuple[str, str]:
    """Of a loan and of its budget, after everything the office did."""
    loan = await desk.get(f"/loans/{loan_id}")
    budget = await desk.get(f"/loans/{loan_id}/budget")
    return loan.headers["etag"], budget.headers["etag"]


async def test_a_budget_shows_the_version_of_its_loan_and_none_of_the_past(desk: Desk) -> None:
    loan_id = await desk.office.active_loan()
    loan_before, budget_before = await _etags(desk, loan_id)
    await desk.office.approved_draw(loan_id)
    loan_after, budget_after = await _etags(desk, loan_id)
    assert loan_before == budget_before != loan_after == budget_after
    past = await desk.get(f"/loans/{loan_id}/budget", effective_on="2025-01-15")
    assert past.status_code == 200
    assert "etag" not in past.headers


async def test_a_budget_that_was_taken_of_another_epoch_of_the_store_shows_no_version(
    desk: Desk,
) -> None:
    loan_id = await desk.office.active_loan()
    await _etags(desk, loan_id)
    with psycopg.connect(desk.settings.database_url) as connection:
        connection.execute(
            "UPDATE read.checkpoints SET store_epoch = gen_random_uuid(), position = 1000000"
            " WHERE projection = 'budget_lines'"
        )
    desk.office.position = 0  # Waits for nothing: who restored the store rebuilds it just now.
    shown = await desk.get(f"/loans/{loan_id}/budget")
    assert shown.status_code == 200
    assert "etag" not in shown.headers
