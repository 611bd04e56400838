"""The database's history: every step up and down, once, whoever comes at the same time."""

import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import psycopg

import migrations
from domain.loans.events import LoanSubmitted
from local.embedded import DataFolder, Postgres
from projectors import engine
from projectors.registry import READ_MODELS
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Appended
from runtime.ids import new_id
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.eventstore.commands import command

# Everything a schema is made of, in words; oids, the order of creation and the numbers of columns
# that were dropped left out.
_SHAPE = """
SELECT 'column', format('%%s.%%s.%%s', table_schema, table_name, column_name),
    concat_ws(' ', row_number() OVER (
        PARTITION BY table_schema, table_name ORDER BY ordinal_position),
        data_type, is_nullable, column_default, collation_name)
FROM information_schema.columns WHERE table_schema = ANY (%(schemas)s)
UNION ALL SELECT 'index', format('%%s.%%s', schemaname, indexname), indexdef
FROM pg_indexes WHERE schemaname = ANY (%(schemas)s)
UNION ALL SELECT 'constraint', format('%%s.%%s', conrelid::regclass, conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace::regnamespace::text = ANY (%(schemas)s)
UNION ALL SELECT 'trigger', tgname::text, pg_get_triggerdef(t.oid) || t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE c.relnamespace::regnamespace::text = ANY (%(schemas)s) AND NOT tgisinternal
UNION ALL SELECT 'function', p.oid::regprocedure::text, concat_ws(' ', pg_get_functiondef(p.oid), proacl)
FROM pg_proc p WHERE pronamespace::regnamespace::text = ANY (%(schemas)s)
UNION ALL SELECT 'relation', c.oid::regclass::text, concat_ws(' ', relkind, relacl, reloptions)
FROM pg_class c WHERE relnamespace::regnamespace::text = ANY (%(schemas)s)
UNION ALL SELECT 'view', format('%%s.%%s', schemaname, viewname), definition
FROM pg_views WHERE schemaname = ANY (%(schemas)s)
UNION ALL SELECT 'schema', nspname::text, nspacl::text FROM pg_namespace WHERE nspname = ANY (%(schemas)s)
ORDER BY 1, 2, 3
"""
_SCHEMAS = (
    "SELECT array_agg(nspname::text) FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'"
)


def shape_hash(url: str) -> str:
    return sha256(repr(shape(url)).encode()).hexdigest()


def shape(url: str) -> list[tuple[str, ...]]:
    """What a database is made of, but for the note of its revision."""
    with psycopg.connect(url) as connection:
        schemas = (connection.execute(_SCHEMAS).fetchone() or ([],))[0]
        rows = connection.execute(_SHAPE, {"schemas": schemas}).fetchall()
    return [row for row in rows if "alembic_version" not in row[1]]


def test_up_down_and_up_again_gives_the_same_schema(empty_database_url: str) -> None:
    bare = shape_hash(empty_database_url)
    assert migrations.current(empty_database_url) is None

    migrations.upgrade(empty_database_url)
    full = shape_hash(empty_database_url)
    migrations.downgrade(empty_database_url, "base")
    assert shape_hash(empty_database_url) == bare
    assert migrations.current(empty_database_url) is None

    migrations.upgrade(empty_database_url)
    assert shape_hash(empty_database_url) == full != bare
    assert migrations.current(empty_database_url) == migrations.head()


def test_every_single_step_goes_up_down_and_up(empty_database_url: str) -> None:
    for revision in migrations.pending(empty_database_url):
        before = shape_hash(empty_database_url)
        migrations.upgrade(empty_database_url, revision)
        after = shape_hash(empty_database_url)
        migrations.downgrade(empty_database_url, "-1")
        assert shape_hash(empty_database_url) == before, revision
        migrations.upgrade(empty_database_url, revision)
        assert shape_hash(empty_database_url) == after, revision
        assert migrations.current(empty_database_url) == revision


def test_what_is_pending_is_named_in_order_and_then_nothing(empty_database_url: str) -> None:
    waiting = migrations.pending(empty_database_url)

    assert waiting[0] == "0001"
    assert waiting[-1] == migrations.head()
    migrations.upgrade(empty_database_url, waiting[0])
    assert migrations.pending(empty_database_url) == waiting[1:]
    migrations.upgrade(empty_database_url)
    assert migrations.pending(empty_database_url) == ()


def test_four_that_migrate_at_once_take_turns(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as starters:
        for done in [starters.submit(migrations.upgrade, empty_database_url) for _ in range(4)]:
            done.result()

    assert migrations.current(empty_database_url) == migrations.head()


def test_the_revisions_are_one_chain_and_their_files_say_so(project_root: Path) -> None:
    files = sorted((project_root / "migrations" / "versions").glob("*.py"))

    assert [file.name[:4] for file in files] == [f"{n:04}" for n in range(1, len(files) + 1)]
    for previous, file in zip([None, *files], files, strict=False):
        follows = re.search(r'^down_revision = (?:"(\d+)"|None)$', file.read_text(), re.MULTILINE)
        assert follows is not None, file.name
        assert follows[1] == (previous.name[:4] if previous else None), file.name


async def test_an_owner_who_is_no_superuser_migrates_and_serves(tmp_path: Path) -> None:
    """As on a managed server, where nobody is given a superuser."""
    with DataFolder(tmp_path) as folder, Postgres(folder) as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute("CREATE ROLE lender LOGIN CREATEROLE PASSWORD 'lender'")
            admin.execute("CREATE DATABASE lender OWNER lender")
        url = f"postgresql://lender:lender@{server.url('lender').partition('@')[2]}"

        migrations.upgrade(url)
        settings = Settings(database_url=url)
        await engine.apply(settings, READ_MODELS)
        await engine.rebuild(settings, READ_MODELS, lambda _done, _total: None)

        async with pool(settings, "command") as database, Appender(settings, database) as appender:
            done = await appender.append(command((LoanSubmitted(new_id()), 1)))
        async with pool(settings, "query") as database:
            assert await Reader(database).head() == 1
        assert isinstance(done, Appended)
        migrations.downgrade(url, "base")
