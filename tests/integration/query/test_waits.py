"""A read waits for the read models that its route reads, and for nobody else's."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

import migrations
from projectors.engine import apply, run
from projectors.registry import READ_MODELS
from projectors.standing import ReadSide
from query_api import database, progress
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
    await apply(settings, OTHERS, drop=[NEW])
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


def told_to_wait(answer: httpx.Response) -> bool:
    """Whether an answer says that the read side is not there for a moment."""
    return (
        answer.status_code == 503
        and answer.json()["error"]["code"] == "UNAVAILABLE"
        and int(answer.headers["retry-after"]) >= 1
    )


async def test_a_read_model_that_is_removed_and_made_anew_under_a_read_is_not_its_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, broken = database._execute, []

    async def beneath(connection: Any, statement: str, parameters: Any) -> Any:
        if "read.payments" not in statement or broken:
            return await execute(connection, statement, parameters)
        broken.append(statement)
        await apply(desk.settings, OTHERS[:0], drop=["payments"])
        try:
            return await execute(connection, statement, parameters)
        finally:
            await apply(desk.settings, OTHERS)

    monkeypatch.setattr(database, "_execute", beneath)
    answer = await desk.get("/payments")
    assert broken
    assert told_to_wait(answer), answer.text
    assert (await desk.get("/payments")).status_code == 200


async def test_a_statement_that_is_wrong_by_itself_is_an_error_of_ours(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = database._execute

    async def wrong(connection: Any, statement: str, parameters: Any) -> Any:
        if "read.payments" in statement:
            statement = "SELECT no_such_column FROM read.payments"
        return await execute(connection, statement, parameters)

    monkeypatch.setattr(database, "_execute", wrong)
    assert (await desk.get("/payments")).status_code == 500


async def test_what_is_taken_away_between_two_looks_is_not_there_for_a_moment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuples, taken = database.Database.tuples, []

    async def taken_away(self: Any, statement: str, parameters: Any = ()) -> Any:
        if statement == "SELECT projection, definition FROM read.models" and not taken:
            taken.append(statement)
            raise psycopg.errors.UndefinedTable("as if it had been dropped since the last look")
        return await tuples(self, statement, parameters)

    monkeypatch.setattr(database.Database, "tuples", taken_away)
    assert told_to_wait(await desk.get("/payments"))
    assert (await desk.get("/payments")).status_code == 200


async def test_a_look_that_began_before_a_read_failed_is_not_taken_for_one_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[float] = []
    seen = progress.Progress(database.Database(None), 1.0)  # type: ignore[arg-type]  # it asks nobody

    async def slowly(_database: object) -> ReadSide:
        asked.append(time.monotonic())
        await asyncio.sleep(0.05)
        return ReadSide(0, {})

    monkeypatch.setattr(progress, "read_side", slowly)
    under_way = asyncio.create_task(seen._look_now())
    await asyncio.sleep(0.01)
    failed_at = time.monotonic()
    await seen._look_after(failed_at)
    await under_way
    assert len(asked) == 2
    assert asked[1] >= failed_at


@pytest.mark.parametrize("version", ["head", "0008"])
async def test_between_a_migration_and_the_first_apply_reads_are_told_what_is_missing(
    empty_database_url: str, version: str
) -> None:
    migrations.upgrade(empty_database_url, version)
    settings = Settings(database_url=empty_database_url, authenticated_requests_per_hour=0)
    async with open_office(settings) as office, serving(settings) as (api, client):
        await office.originate()
        desk = Desk(settings, office, api, client)
        for path in ("/projections", "/loans", "/dashboards/portfolio"):
            answer = await desk.get(path)
            assert told_to_wait(answer), answer.text
            assert "projections apply" in answer.json()["error"]["message"]
        events = await desk.get("/events")
        assert events.status_code == 200, events.text
        assert int(events.headers["x-ledger-position"]) == office.position
        metrics = (await client.get("/metrics")).text
        assert "drawbridge_lag_known 1.0" in metrics
