"""A read model that is no more leaves nothing behind, whoever still knows it."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from projectors import engine
from projectors.bookkeeping import KEPT
from projectors.engine.engine import SILENCE_SECONDS
from projectors.engine.rebuild.errors import RebuildRefused
from projectors.registry import READ_MODELS, RETIRED, projections
from projectors.standing import ReadSide
from runtime.settings import Settings
from tests.integration.projectors.test_rebuild import filled
from tests.office import open_office, running

OTHERS = tuple(each for each in READ_MODELS if each.name != "history")

# One event waits beside it and one was skipped for it, so that each of its places has a row.
_PARK_AND_SKIP = """
INSERT INTO read.parked
SELECT 'history', position, partition, partition_key, stream_id, type
FROM ledger.events WHERE position = 3;
INSERT INTO read.skipped
SELECT 'history', position, partition, partition_key, stream_id, type, 'error', 'reason', 'somebody'
FROM ledger.events WHERE position = 4;
"""
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname LIKE 'read%' AND c.relname LIKE '%history%'
"""


def left_behind(connection: "psycopg.Connection[tuple[object, ...]]") -> list[str]:
    """Tables, indexes and rows that are of the history."""
    found = [str(name) for (name,) in connection.execute(_TABLES).fetchall()]
    for schema in ("read", "read_previous"):
        for table in KEPT:
            rows = f"SELECT FROM {schema}.{table} WHERE projection = 'history'"  # names of this project
            found += [f"{schema}.{table}" for _ in connection.execute(rows.encode()).fetchall()]
    return found


async def test_a_read_model_that_is_no_more_leaves_nothing_behind(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    await filled(settings)
    await engine.rebuild(settings, projections(["history"]), lambda _done, _total: None)
    with psycopg.connect(database_url) as connection:
        connection.execute(_PARK_AND_SKIP.encode())
        assert len(left_behind(connection)) > len(KEPT)

    async with open_office(settings) as office, running(engine.run, settings):
        removed = await engine.apply(settings, OTHERS, drop=["history"])
        await office.active_loan()
        # A projector that still knows it lets it rest, looks again, and makes nothing anew.
        await asyncio.sleep(2.5 * SILENCE_SECONDS)
        with psycopg.connect(database_url) as connection:
            side, left = ReadSide.read(connection), left_behind(connection)

    assert removed.removed == ("history",)
    assert left == []
    assert side.models.keys() == {each.name for each in OTHERS}
    assert side.position(side.models) == side.head
    assert (await engine.apply(settings, READ_MODELS)).made == ("history",)


async def test_a_read_model_that_calls_itself_otherwise_takes_no_table_of_what_is_live(
    database_url: str,
) -> None:
    settings = Settings(database_url=database_url)
    await filled(settings)
    renamed = replace(projections(["history"])[0], name="past_events")

    with pytest.raises(RebuildRefused):
        await engine.apply(settings, (*OTHERS, renamed))

    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM read.history").fetchone() == (True,)


async def test_what_an_older_release_does_not_know_stays_until_it_is_told_to_drop_it(
    database_url: str,
) -> None:
    settings = Settings(database_url=database_url)
    await filled(settings)
    with psycopg.connect(database_url) as connection:
        before = left_behind(connection)

    older = await engine.apply(settings, OTHERS)

    with psycopg.connect(database_url) as connection:
        assert left_behind(connection) == before
    assert (older.unknown, older.removed) == (("history",), ())
    newer = await engine.apply(settings, READ_MODELS)
    assert not any((newer.made, newer.changed, newer.removed, newer.unknown))
    told = await engine.apply(settings, OTHERS, drop=["history"])
    assert (told.unknown, told.removed) == ((), ("history",))
    with psycopg.connect(database_url) as connection:
        assert left_behind(connection) == []


def test_the_name_of_what_was_retired_is_never_used_again() -> None:
    assert not RETIRED & {each.name for each in READ_MODELS}
