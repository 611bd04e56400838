"""A rebuild that is killed, stopped or poisoned loses nothing but what was in hand."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from typing import Any

import psycopg
import pytest

from deploy.cli.output import Exit
from projectors.engine import rebuild
from projectors.engine.rebuild import Options, Poison
from projectors.registry import READ_MODELS
from runtime.settings import Settings
from tests.integration.projectors.test_rebuild import filled
from tests.office import WAIT_SECONDS_MAX, read_rows
from tests.poison import mend, spoil

CHUNK_EVENTS = 5
"""Less than any loan has: each is a chunk of its own."""
NAMES = [model.name for model in READ_MODELS]
_GATE = 0x6761_7465

_COMMAND = f"""
from projectors.engine.rebuild import work
work.CHUNK_EVENTS = {CHUNK_EVENTS}
from deploy.cli import main
main()
"""
# Every chunk but the first, which is the largest, waits at the gate before it is done.
_TRIGGER = f"""
CREATE FUNCTION public.gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM read_next.chunks WHERE events_read IS NOT NULL) THEN
        PERFORM pg_advisory_xact_lock_shared({_GATE});
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER gate BEFORE UPDATE ON read_next.chunks FOR EACH ROW EXECUTE FUNCTION public.gate();
"""


@pytest.fixture
async def settings(database_url: str) -> Settings:
    settings = Settings(database_url=database_url)
    await filled(settings)
    return settings


@contextmanager
def closed_gate(url: str) -> Iterator[psycopg.Connection[Any]]:
    """One chunk is done, and no other while this lasts."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TRIGGER.encode())
        connection.execute("SELECT pg_advisory_lock(%s)", [_GATE])
        yield connection


def chunks_done(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM read_next.chunks WHERE events_read IS NOT NULL"
    ).fetchone()
    return int(row[0]) if row else 0


def command(url: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "projections", "rebuild", "--all", "--json", *words],
        env=os.environ | {"DRAWBRIDGE_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stopped_half_way(url: str, how: signal.Signals) -> tuple[int, str]:
    """A command that was stopped with one chunk done and others in hand: its exit and remarks."""
    with closed_gate(url) as connection:
        running = command(url, "--workers", "2")
        while chunks_done(connection) == 0 and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(how)
        running.wait(WAIT_SECONDS_MAX)  # or a worker would go on, once the gate is open
    # Workers that outlive their command hold its standard error open until they are let go.
    _, remarks = running.communicate(timeout=WAIT_SECONDS_MAX)
    return running.returncode, remarks


def finished(url: str, *words: str) -> tuple[Any, str]:
    out, remarks = command(url, *words).communicate(timeout=WAIT_SECONDS_MAX)
    return json.loads(out), remarks


async def test_a_killed_worker_is_replaced_and_its_chunk_done_again(settings: Settings) -> None:
    before = read_rows(settings.database_url)
    others = {child.pid for child in active_children()}
    killed: list[int] = []

    with closed_gate(settings.database_url) as connection:

        def kill(_done: int, _total: int) -> None:
            ours = [child for child in active_children() if child.pid not in others]
            if not killed and ours and chunks_done(connection):
                victim = ours[0].pid
                assert victim is not None
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
                connection.execute("SELECT pg_advisory_unlock(%s)", [_GATE])

        options = Options(workers=2, chunk_events=CHUNK_EVENTS)
        done = await rebuild(settings, READ_MODELS, kill, options)

    assert killed
    assert read_rows(settings.database_url) == before
    assert [each for each in done.tables if each.differs is not False] == []


async def test_a_killed_command_is_gone_on_with(settings: Settings) -> None:
    before = read_rows(settings.database_url)
    stopped_half_way(settings.database_url, signal.SIGKILL)
    done, remarks = finished(settings.database_url)
    assert done["resumed"], remarks
    assert "--restart begins anew" in remarks
    assert read_rows(settings.database_url) == before
    assert [each for each in done["tables"] if each["differs"] is not False] == []


async def test_ctrl_c_leaves_a_rebuild_that_goes_on_or_begins_anew_when_told(
    settings: Settings,
) -> None:
    before = read_rows(settings.database_url)
    code, remarks = stopped_half_way(settings.database_url, signal.SIGINT)
    assert code == Exit.WRONG
    assert "run it again to go on" in remarks
    with psycopg.connect(settings.database_url) as connection:
        assert chunks_done(connection) == 1
    done, remarks = finished(settings.database_url, "--restart")
    assert not done["resumed"]
    assert "so it was asked" in remarks
    assert read_rows(settings.database_url) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE read_next.work SET code = 'yesterday''s'", "the code has changed since"),
        ("UPDATE read_next.work SET tables = 'other'", "the tables have changed since"),
        ("UPDATE ledger.store SET epoch = gen_random_uuid()", "another epoch"),
    ],
)
async def test_a_rebuild_begins_anew_where_going_on_would_mix(
    settings: Settings, change: str, reason: str
) -> None:
    before = read_rows(settings.database_url)
    await abandoned(settings)
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(change.encode())
    said: list[str] = []
    done = await rebuild(settings, READ_MODELS, _silent, Options(say=said.append))
    assert not done.resumed
    assert reason in said[0]
    assert read_rows(settings.database_url) == before


async def test_poison_stops_a_rebuild_by_name_and_leaves_the_live_tables(
    settings: Settings,
) -> None:
    before = read_rows(settings.database_url)
    broken = spoil(settings.database_url, [7])
    with pytest.raises(Poison) as raised:
        await rebuild(settings, READ_MODELS, _silent, Options(chunk_events=CHUNK_EVENTS))
    assert (raised.value.position, raised.value.projection) == (7, NAMES[0])
    assert f"parked skip {NAMES[0]} 7" in str(raised.value)
    assert "Jane Roe" not in str(raised.value)
    assert read_rows(settings.database_url) == before
    mend(settings.database_url, broken)
    assert (await rebuild(settings, READ_MODELS, _silent)).resumed
    assert read_rows(settings.database_url) == before


async def test_what_was_skipped_is_left_out_until_a_rebuild_applies_it(settings: Settings) -> None:
    before = read_rows(settings.database_url)
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(
            "INSERT INTO read.skipped (projection, position, partition, partition_key, stream_id,"
            " type, error, reason, skipped_by) SELECT 'history', position, partition,"
            " partition_key, stream_id, type, 'an error', 'a reason', 'somebody'"
            " FROM ledger.events WHERE position = 3"
        )
    history = [model for model in READ_MODELS if model.name == "history"]
    await rebuild(settings, history, _silent)
    without = read_rows(settings.database_url)
    assert len(without["history"]) == len(before["history"]) - 1

    await rebuild(settings, history, _silent, Options(with_skipped=True))
    assert read_rows(settings.database_url) == before
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT FROM read.skipped").fetchall() == []


async def test_an_empty_store_is_rebuilt_too(database_url: str) -> None:
    done = await rebuild(Settings(database_url=database_url), READ_MODELS, _silent)
    assert done.events == 0
    assert {each.rows_after for each in done.tables} == {0}


async def test_a_loan_larger_than_a_chunk_is_one_all_the_same(settings: Settings) -> None:
    before = read_rows(settings.database_url)
    done = await rebuild(settings, READ_MODELS, _silent, Options(chunk_events=1))
    assert done.events == done.events_read > 0
    assert read_rows(settings.database_url) == before


async def abandoned(settings: Settings) -> None:
    """A rebuild that ended with its first phase."""

    def give_up(phase: str) -> None:
        if phase == "replaying":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rebuild(settings, READ_MODELS, _silent, Options(phase=give_up))


def _silent(_done: int, _total: int) -> None:
    pass
