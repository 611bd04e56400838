"""A read waits for the read models that its route reads, and for nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import psycopg
import pytest

from projectors.engine import apply, run
from projectors.registry import READ_MODELS
from runtime.settings import Settings
from tests.integration.query.conftest import Desk, serving
from tests.office import open_office, running

NEW = "payoff_quotes"
OTHERS = tuple(each for each in READ_MODELS if each.name != NEW)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """As another release left it: without a read model of ours, and a projector that knows it not."""
    settings = Settings(
        database_url=database_url, authenticated_requests_per_hour=0, min_position_wait_seconds=2.0
    )
    await apply(settings, OTHERS)
    async with (
        open_office(settings) as office,
        running(partial(run, projections=OTHERS), settings),
        serving(settings) as (api, client),
    ):
        yield Desk(settings, office, api, client)


async def test_one_that_is_new_and_has_taken_nothing_yet_holds_up_no_read_of_others(
    desk: Desk,
) -> None:
    loan_id = await desk.office.active_loan()
    absent = await desk.get(f"/loans/{loan_id}/payoff-quotes")
    made = await apply(desk.settings, READ_MODELS)
    for path in (f"/loans/{loan_id}", f"/loans/{loan_id}/history", "/journal", "/payments"):
        answer = await desk.get(path)
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["x-ledger-position"]) == desk.office.position
        assert answer.headers["x-ledger-lag"] == "0"
    behind = await desk.get(f"/loans/{loan_id}/payoff-quotes")
    assert made.made == (NEW,)
    assert (absent.status_code, behind.status_code) == (503, 503)
    async with running(partial(run, projections=READ_MODELS), desk.settings):
        caught_up = await desk.get(f"/loans/{loan_id}/payoff-quotes")
    assert caught_up.status_code == 200, caught_up.text
    assert int(caught_up.headers["x-ledger-position"]) == desk.office.position


async def test_who_waited_is_not_let_in_where_another_version_is_coming_meanwhile(
    desk: Desk,
) -> None:
    await desk.office.originate()
    wanted = desk.office.position + 1
    waiting = asyncio.create_task(desk.get("/payments", min_position=wanted))
    await asyncio.sleep(0.2)
    async with await psycopg.AsyncConnection.connect(desk.settings.database_url) as connection:
        await connection.execute(
            "UPDATE read.models SET closed_until = clock_timestamp() + interval '20 s'"
            " WHERE projection = 'payments'"
        )
    await desk.office.originate()
    answer = await waiting

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")


async def test_what_reads_the_log_alone_waits_for_no_read_model(desk: Desk) -> None:
    await desk.office.originate()
    for path in ("/events", "/projections", "/accounting-periods"):
        answer = await desk.get(path)
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["x-ledger-position"]) == desk.office.position
