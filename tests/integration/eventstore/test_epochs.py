"""A restored store takes another identity, and keeps of what was made from it what is still true."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from deploy.cli import app
from deploy.cli.output import Exit
from projectors.engine import checkpoints
from projectors.engine.checkpoints import ForeignCheckpoint
from relay import checkpoint as relay
from runtime.eventstore.epoch import begin_epoch, epochs, unnoticed_timeline
from runtime.settings import Settings
from tests.office import Office, open_office

TOPIC = "drawbridge.events.v1"


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The owner of the tables."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


async def _some_events(database_url: str) -> Office:
    async with open_office(Settings(database_url=database_url)) as office:
        await office.active_loan()
        return office


def _relay_at(owner: psycopg.Connection[Any], position: int, topic: str = TOPIC) -> None:
    owner.execute(
        "INSERT INTO ledger.relay_checkpoint (topic, epoch, position)"
        " SELECT %s, epoch, %s FROM ledger.store",
        [topic, position],
    )


def _read_at(owner: psycopg.Connection[Any], name: str, *, ahead: int = 0) -> None:
    """A read model that is level with the store in every partition, or ahead of it in some."""
    owner.execute(
        "INSERT INTO read.checkpoints (projection, partition, position, kafka_offset, store_epoch)"
        " SELECT %s, p, at + CASE WHEN at > 0 THEN %s ELSE 0 END, 7, epoch FROM ledger.store,"
        " generate_series(0, partition_count - 1) AS p, LATERAL (SELECT coalesce(max(position), 0)"
        " AS at FROM ledger.events WHERE partition = p) AS head",
        [name, ahead],
    )


def _rows(owner: psycopg.Connection[Any], question: str) -> list[Any]:
    return owner.execute(question.encode()).fetchall()


async def test_a_new_store_has_one_epoch_which_began_with_it(
    owner: psycopg.Connection[Any],
) -> None:
    (made,) = epochs(owner)
    assert (made.began_after, made.reason, made.present) == (0, "made", True)
    assert made.timeline is not None
    assert unnoticed_timeline(owner) is None


async def test_an_epoch_begins_after_the_head_and_is_the_stores_identity(
    database_url: str, owner: psycopg.Connection[Any]
) -> None:
    office = await _some_events(database_url)
    before = epochs(owner)[0]
    begun = begin_epoch(owner, "restored")
    assert (begun.epoch.began_after, begun.epoch.reason) == (office.position, "restored")
    assert [each.present for each in epochs(owner)] == [False, True]
    assert begun.epoch.epoch != before.epoch
    assert _rows(owner, "SELECT epoch FROM ledger.store") == [(begun.epoch.epoch,)]


@pytest.mark.parametrize(("had", "carried"), [(3, 3), (10**6, None)])
async def test_the_relay_goes_on_from_what_it_had_but_not_past_the_head(
    database_url: str, owner: psycopg.Connection[Any], had: int, carried: int | None
) -> None:
    office = await _some_events(database_url)
    _relay_at(owner, had)
    begun = begin_epoch(owner, "restored")
    assert _rows(owner, "SELECT topic, epoch, position FROM ledger.relay_checkpoint") == [
        (TOPIC, begun.epoch.epoch, carried or office.position)
    ]


async def test_a_relay_that_has_not_noticed_finds_no_checkpoint_to_move(
    database_url: str, owner: psycopg.Connection[Any]
) -> None:
    await _some_events(database_url)
    _relay_at(owner, 2)
    old = epochs(owner)[0].epoch
    begin_epoch(owner, "restored")
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        with pytest.raises(relay.CheckpointMoved):
            await relay.move(connection, old, TOPIC, from_position=2, to=3)


async def test_read_models_that_are_a_prefix_go_on_where_they_were(
    database_url: str, owner: psycopg.Connection[Any]
) -> None:
    await _some_events(database_url)
    _read_at(owner, "loans")
    held = _rows(owner, "SELECT partition, position, kafka_offset FROM read.checkpoints ORDER BY 1")
    begun = begin_epoch(owner, "restored")
    assert (begun.adopted, begun.to_rebuild) == (("loans",), ())
    after = _rows(
        owner, "SELECT partition, position, kafka_offset FROM read.checkpoints ORDER BY 1"
    )
    assert after == held
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        assert await checkpoints.load(connection, ["loans"], 16, begun.epoch.epoch)


async def test_a_read_model_that_is_ahead_of_the_store_is_named_and_not_followed(
    database_url: str, owner: psycopg.Connection[Any]
) -> None:
    await _some_events(database_url)
    _read_at(owner, "loans")
    _read_at(owner, "draws", ahead=1)
    begun = begin_epoch(owner, "restored")
    assert (begun.adopted, begun.to_rebuild) == (("loans",), ("draws",))
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        with pytest.raises(ForeignCheckpoint):
            await checkpoints.load(connection, ["draws"], 16, begun.epoch.epoch)


async def test_a_read_model_of_an_epoch_before_the_last_is_not_adopted(
    database_url: str, owner: psycopg.Connection[Any]
) -> None:
    await _some_events(database_url)
    _read_at(owner, "loans")
    begin_epoch(owner, "restored")
    owner.execute("UPDATE read.checkpoints SET store_epoch = gen_random_uuid()")
    assert begin_epoch(owner, "restored again").to_rebuild == ("loans",)


async def test_a_timeline_that_nobody_began_an_epoch_on_is_noticed(
    owner: psycopg.Connection[Any],
) -> None:
    timeline = epochs(owner)[0].timeline
    owner.execute("UPDATE ledger.epochs SET timeline = 41")
    assert unnoticed_timeline(owner) == (41, timeline)
    begin_epoch(owner, "restored")
    assert unnoticed_timeline(owner) is None


def _run(database_url: str, *words: str) -> Result:
    environment = {"DRAWBRIDGE_DATABASE_URL": database_url}
    return CliRunner().invoke(app, ["db", "epoch", *words], env=environment)


async def test_the_command_line_shows_and_begins_epochs(
    database_url: str, owner: psycopg.Connection[Any]
) -> None:
    assert _run(database_url, "--begin").exit_code == Exit.USAGE
    dry = _run(database_url, "--begin", "--reason", "restored", "--dry-run", "--json")
    assert len(json.loads(dry.stdout)["epochs"]) == 1
    begun = _run(database_url, "--begin", "--reason", "restored", "--json")
    assert begun.exit_code == Exit.DONE
    assert [each["reason"] for each in json.loads(begun.stdout)["epochs"]] == ["made", "restored"]
    await _some_events(database_url)
    _read_at(owner, "draws", ahead=1)
    wrong = _run(database_url, "--begin", "--reason", "again", "--json")
    assert wrong.exit_code == Exit.WRONG
    assert json.loads(wrong.stdout)["to_rebuild"] == ["draws"]
