"""Going back to the version before a rebuild, and forth again; and why it may be refused."""

import psycopg
import pytest

from projectors.engine import rebuild, run, verify
from projectors.engine.rebuild import NoPrevious, Options, discard, kept_bytes, rollback
from projectors.registry import READ_MODELS, projections
from runtime.settings import Settings
from tests.integration.projectors.test_rebuild import filled
from tests.office import caught_up, open_office, read_rows, running


@pytest.fixture
async def settings(database_url: str) -> Settings:
    settings = Settings(database_url=database_url)
    await filled(settings)
    return settings


def execute(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(statement.encode())


def state_of_loans(settings: Settings) -> set[object]:
    with psycopg.connect(settings.database_url) as connection:
        found = connection.execute("SELECT DISTINCT project_name FROM read.loans").fetchall()
    return {name for (name,) in found}


async def test_a_rollback_brings_the_version_before_up_to_date_and_another_undoes_it(
    settings: Settings,
) -> None:
    execute(settings, "UPDATE read.loans SET project_name = 'as it was before'")
    done = await rebuild(settings, READ_MODELS, _silent)
    assert [each.table for each in done.tables if each.differs] == ["loans"]
    rebuilt = state_of_loans(settings)
    async with open_office(settings) as office, running(run, settings):
        await office.three_draw_loan()
        await caught_up(settings.database_url)
        await rollback(settings, READ_MODELS)
        assert state_of_loans(settings) == {"as it was before"} | rebuilt
        await office.three_draw_loan()
        await caught_up(settings.database_url)
        await rollback(settings, READ_MODELS)
    assert state_of_loans(settings) == rebuilt
    verdicts = await verify(settings, READ_MODELS, _silent)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []


async def test_what_was_parked_and_skipped_changes_places_with_the_rows(
    settings: Settings,
) -> None:
    """An event parked beside the version before, and one skipped for it, are so again."""
    execute(
        settings,
        "DELETE FROM read.history WHERE position IN (3, 4);"
        "INSERT INTO read.skipped SELECT 'history', position, partition, partition_key, stream_id,"
        " type, 'error', 'reason', 'somebody' FROM ledger.events WHERE position = 3;"
        "UPDATE read.history_counts SET events = events - 1;"
        "INSERT INTO read.parked SELECT 'history', position, partition, partition_key, stream_id,"
        " type, 'reason' FROM ledger.events WHERE position = 4;"
        "UPDATE read.checkpoints SET parked = 1 WHERE projection = 'history' AND partition ="
        " (SELECT partition FROM ledger.events WHERE position = 4)",
    )
    history = [model for model in READ_MODELS if model.name == "history"]
    await rebuild(settings, history, _silent)
    assert beside(settings) == ([], [3], 0)
    await rollback(settings, history)
    assert beside(settings) == ([4], [3], 1)
    await rollback(settings, history)
    assert beside(settings) == ([], [3], 0)


async def test_what_a_rebuild_applied_though_it_was_skipped_is_skipped_again_after_a_rollback(
    settings: Settings,
) -> None:
    """Back and forth, with events coming in between, and each version as it says it is."""
    execute(
        settings,
        "INSERT INTO read.skipped SELECT name, position, partition, partition_key, stream_id,"
        " type, 'error', 'reason', 'somebody' FROM ledger.events,"
        " unnest(ARRAY['history', 'journal']) AS name WHERE type = 'draw.funded'",
    )
    chosen = [model for model in READ_MODELS if model.name in ("history", "journal")]
    await rebuild(settings, chosen, _silent)
    skipped = set(beside(settings)[1])
    assert skipped

    async with open_office(settings) as office, running(run, settings):
        await rebuild(settings, chosen, _silent, Options(with_skipped=True))
        assert (shown(settings) >= skipped, beside(settings)) == (True, ([], [], 0))
        for skips in (skipped, set()):
            await office.three_draw_loan()
            await caught_up(settings.database_url)
            await rollback(settings, chosen)
            assert set(beside(settings)[1]) == skips
            assert shown(settings) & skipped == skipped - skips
            await office.three_draw_loan()
            await caught_up(settings.database_url)
            verdicts = await verify(settings, READ_MODELS, _silent)
            assert [verdict for verdict in verdicts if not verdict.agrees] == []
    assert len(shown(settings)) == recorded(settings)


async def test_an_event_skipped_since_stays_skipped_whichever_version_is_live(
    settings: Settings,
) -> None:
    history = [model for model in READ_MODELS if model.name == "history"]
    await rebuild(settings, history, _silent, Options(with_skipped=True))
    async with open_office(settings) as office:
        await office.originate()
        late = office.position
    execute(
        settings,
        "INSERT INTO read.skipped SELECT 'history', position, partition, partition_key, stream_id,"
        " type, 'error', 'reason', 'somebody' FROM ledger.events JOIN ledger.head USING (position);"
        "UPDATE read.checkpoints c SET position = e.position"
        " FROM ledger.events e JOIN ledger.head USING (position)"
        " WHERE c.partition = e.partition AND c.projection = 'history'",
    )
    for _ in range(2):
        await rollback(settings, history)
        assert beside(settings) == ([], [late], 0)
        assert late not in shown(settings)
    await rebuild(settings, history, _silent, Options(with_skipped=True))
    assert late in shown(settings)
    await rollback(settings, history)
    assert (late in shown(settings), beside(settings)) == (False, ([], [late], 0))


def shown(settings: Settings) -> set[int]:
    """The positions that the history shows."""
    with psycopg.connect(settings.database_url) as connection:
        found = connection.execute("SELECT position FROM read.history").fetchall()
    return {position for (position,) in found}


def recorded(settings: Settings) -> int:
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute("SELECT position FROM ledger.head").fetchone()
    assert row is not None
    return int(row[0])


def beside(settings: Settings) -> tuple[list[int], list[int], int]:
    with psycopg.connect(settings.database_url) as connection:
        parked = connection.execute("SELECT position FROM read.parked").fetchall()
        skipped = connection.execute("SELECT position FROM read.skipped").fetchall()
        counted = connection.execute("SELECT sum(parked) FROM read.checkpoints").fetchone()
    assert counted is not None
    return [row[0] for row in parked], [row[0] for row in skipped], int(counted[0])


async def test_without_a_version_before_a_rollback_is_refused(settings: Settings) -> None:
    with pytest.raises(NoPrevious, match=f"no previous version of {READ_MODELS[0].name}"):
        await rollback(settings, READ_MODELS)
    await rebuild(settings, projections(["loan_summary"]), _silent)
    with psycopg.connect(settings.database_url) as connection:
        assert list(kept_bytes(connection, READ_MODELS)) == ["loan_summary"]
    await discard(settings, projections(["loan_summary"]))
    with psycopg.connect(settings.database_url) as connection:
        assert kept_bytes(connection, READ_MODELS) == {}
    with pytest.raises(NoPrevious):
        await rollback(settings, projections(["loan_summary"]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER TABLE read_previous.loans DROP COLUMN body", "columns and indexes"),
        ("DROP INDEX read_previous.loans_by_state", "columns and indexes"),
        ("UPDATE ledger.store SET epoch = gen_random_uuid()", "another epoch"),
    ],
)
async def test_a_version_that_could_not_go_on_today_is_refused(
    settings: Settings, change: str, reason: str
) -> None:
    await rebuild(settings, projections(["loan_summary"]), _silent)
    before = read_rows(settings.database_url)
    execute(settings, change)
    with pytest.raises(NoPrevious, match=reason):
        await rollback(settings, projections(["loan_summary"]))
    assert read_rows(settings.database_url) == before


def _silent(_done: int, _total: int) -> None:
    pass
