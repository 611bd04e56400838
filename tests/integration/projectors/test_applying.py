"""The read side is what the code declares: made from it, taken over as it is, and nobody else's."""

from collections.abc import Iterator

import psycopg
import pytest

import migrations
from deploy.preparing import prepare
from projectors.bookkeeping import SCHEMAS, every_table
from projectors.engine import applying, ddl, owner
from projectors.registry import READ_MODELS
from runtime.postgres import Process, connect
from runtime.settings import Settings
from tests.integration.eventstore.test_migrations import shape

NAMES = tuple(each.name for each in READ_MODELS)
TABLES = tuple(table.name for each in READ_MODELS for table in each.tables)
AS_HANDED_OVER = tuple(each for each in READ_MODELS if applying.holds_what_was_handed_over(each))
"""Those whose states and resources have been the same ever since."""

# A row wherever one may stand, of what every column takes, and where the server keeps it.
_FILL = """
DO $$
DECLARE
    filled text;
BEGIN
    FOR filled IN SELECT tablename FROM pg_tables WHERE schemaname = 'read' LOOP
        EXECUTE (
            SELECT format('INSERT INTO read.%I SELECT %s', filled, string_agg(
                CASE format_type(atttypid, atttypmod)
                    WHEN 'uuid' THEN 'gen_random_uuid()'
                    WHEN 'date' THEN 'DATE ''2025-01-02'''
                    WHEN 'timestamp with time zone' THEN 'now()'
                    WHEN 'text' THEN '''x'''
                    WHEN 'boolean' THEN 'false'
                    ELSE '1' END, ', ' ORDER BY attnum))
            FROM pg_attribute
            WHERE attrelid = ('read.' || filled)::regclass AND attnum > 0 AND NOT attisdropped);
    END LOOP;
END
$$
"""


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of schema read with the transaction and the place that it is of."""
    with psycopg.connect(url) as connection:
        return {
            name: connection.execute(
                f"SELECT xmin::text, ctid::text, tableoid::bigint, t.* FROM read.{name} t"  # noqa: S608  # names of this project
            ).fetchall()
            for name in (*TABLES, "checkpoints", "parked", "skipped")
        }


def columns_keys_and_indexes(url: str) -> list[tuple[str, ...]]:
    return [row for row in shape(url) if row[0] in ("column", "constraint", "index")]


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_what_stood_before_tables_were_the_codes_is_taken_over_without_touching_a_row(
    empty_database_url: str,
) -> None:
    migrations.upgrade(empty_database_url, "0008")
    execute(empty_database_url, _FILL)
    before = rows(empty_database_url)
    assert all(len(found) == 1 for found in before.values())

    first = prepare(empty_database_url)
    again = prepare(empty_database_url)

    # (The checkpoint and what stands beside it are of a projection x, which nobody knows.)
    after = rows(empty_database_url)
    tables = [table.name for each in AS_HANDED_OVER for table in each.tables]
    assert {name: after[name] for name in tables} == {name: before[name] for name in tables}
    assert first.taken_over == tuple(each.name for each in AS_HANDED_OVER)
    assert (first.made, first.removed) == ((), ("x",))
    assert {*first.taken_over, *first.changed} == set(NAMES)
    assert not any((again.made, again.taken_over, again.changed, again.removed))
    migrations.downgrade(empty_database_url, "0008")
    assert {name: rows(empty_database_url)[name] for name in tables} == {
        name: before[name] for name in tables
    }


def test_a_changed_read_model_is_made_anew_where_nothing_is_recorded(
    empty_database_url: str,
) -> None:
    prepare(empty_database_url)
    execute(
        empty_database_url,
        "UPDATE read.models SET definition = jsonb_set(definition, '{version}', '\"0.9\"')"
        " WHERE projection = 'payments';"
        "INSERT INTO read.checkpoints (projection, partition, position, kafka_offset, store_epoch)"
        " SELECT 'payments', 0, 5, 0, epoch FROM ledger.store",
    )

    assert prepare(empty_database_url).changed == ("payments",)

    with psycopg.connect(empty_database_url) as connection:
        for left in (
            "SELECT FROM read.checkpoints WHERE projection = 'payments'",
            "SELECT FROM pg_tables WHERE schemaname = 'read_previous' AND tablename = 'payments'",
        ):
            assert connection.execute(left.encode()).rowcount == 0
    assert prepare(empty_database_url).changed == ()


def test_what_was_handed_over_is_built_anew_where_its_rows_held_something_else(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.upgrade(empty_database_url, "0008")
    monkeypatch.setitem(applying.HANDED_OVER, "draw_register", "that of a draw of before")

    first = prepare(empty_database_url)
    again = prepare(empty_database_url)

    assert "draw_register" in first.changed
    assert {*first.taken_over, *first.changed} == set(NAMES)
    assert not any((again.made, again.taken_over, again.changed, again.removed))


def test_what_was_recorded_before_anybody_told_what_rows_hold_is_built_anew(
    empty_database_url: str,
) -> None:
    prepare(empty_database_url)
    execute(
        empty_database_url,
        "UPDATE read.models SET definition = definition - 'holds' WHERE projection = 'payments'",
    )

    assert prepare(empty_database_url).changed == ("payments",)
    assert prepare(empty_database_url).changed == ()


def test_a_new_database_and_one_that_the_code_alone_made_are_the_same(
    empty_database_url: str,
) -> None:
    prepare(empty_database_url)
    by_migrations = columns_keys_and_indexes(empty_database_url)

    execute(empty_database_url, f"DROP SCHEMA {', '.join(SCHEMAS)} CASCADE")
    made = prepare(empty_database_url)

    assert made.made == NAMES
    # Copies of a table name their indexes after it, those that were made like it after its columns.
    rename = "ALTER INDEX read_previous.parked_by_key RENAME TO parked_projection_partition_key_position_idx"
    execute(empty_database_url, rename)
    assert columns_keys_and_indexes(empty_database_url) == by_migrations


async def test_every_table_stands_as_it_is_declared(database_url: str) -> None:
    async with await owner.connect(Settings(database_url=database_url)) as connection:
        for each in READ_MODELS:
            assert await ddl.differing(connection, each.tables, "read") is None
        for table in every_table():
            found = await connection.execute(
                "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                [f"{table.schema}.{table.name}"],
            )
            assert await found.fetchone() == ([column.name for column in table.columns],)


@pytest.mark.parametrize("process", ["command", "projector", "query"])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE read.mine (a int)",
        "CREATE TABLE read_next.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE VIEW read.mine AS SELECT 1",
        "CREATE INDEX mine ON read.loans (state)",
        "CREATE SCHEMA mine",
        "ALTER TABLE read.loans ADD COLUMN mine int",
        "DROP TABLE read.loans",
        "TRUNCATE read.loans",
    ],
)
async def test_no_process_makes_changes_or_drops_a_table(
    prepared_url: str, process: Process, statement: str
) -> None:
    async with await connect(Settings(database_url=prepared_url), process) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


async def test_a_table_that_is_made_later_is_written_by_projectors_and_read_by_queries(
    prepared_url: str,
) -> None:
    settings = Settings(database_url=prepared_url)
    async with await owner.connect(settings) as connection:
        await connection.execute("CREATE TABLE read.later (a int)")
    async with await connect(settings, "projector") as connection:
        await connection.execute("INSERT INTO read.later VALUES (1)")
        await connection.execute("UPDATE read.later SET a = 2")
    async with await connect(settings, "query") as connection:
        assert await (await connection.execute("TABLE read.later")).fetchall() == [(2,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("DELETE FROM read.later")


@pytest.fixture(scope="module")
def prepared_url(postgres_url: str) -> Iterator[str]:
    """A database that was migrated itself: what stands on databases is not copied with them."""
    from tests.conftest import _database

    for url in _database(postgres_url, template="template0"):
        prepare(url)
        yield url
