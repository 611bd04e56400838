"""A filled store is one that the service itself could have written, and can go on with."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest

from bench.deck import AS_OF
from bench.store import fill
from command_api.close_of_business import Closed, close_all
from command_api.idempotency import own_order
from command_api.ledger import Ledger
from deploy.errors import RefusedError
from domain.events.catalogue import CATALOGUE, stream_of
from domain.interest.events import InterestAccrued, period_id
from domain.kernel.actors import SYSTEM
from domain.loans.events import LoanOriginated
from projectors.engine import run, verify
from projectors.registry import READ_MODELS
from runtime.eventstore.appender import Appender
from runtime.eventstore.codec import encode
from runtime.eventstore.hashing import leaf_hash
from runtime.eventstore.partitions import partition_of
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import EVENT_COLUMNS, StoredEvent
from runtime.postgres import pool
from runtime.settings import Settings
from tests.office import caught_up, running

pytestmark = pytest.mark.slow

DECK_LOANS = 50  # the fiftieth has something undone
EVENTS = 14_000
PROJECTED_LOANS, PROJECTED_EVENTS = 10, 3_000


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    """A store with copies of a small deck."""
    fill(module_database_url, EVENTS, processes=2, loans=DECK_LOANS)
    return module_database_url


@pytest.fixture(scope="module")
def log(url: str) -> list[StoredEvent]:
    """Everything that it holds, in order."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(f"SELECT {EVENT_COLUMNS} FROM ledger.events ORDER BY position")  # noqa: S608  # constant columns
        return [StoredEvent(*row) for row in rows]


def _row(url: str, query: str) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()


def test_it_holds_as_many_events_as_asked_for_but_for_a_last_command(
    log: list[StoredEvent],
) -> None:
    assert EVENTS * 0.9 < len(log) <= EVENTS


def test_positions_and_versions_have_no_holes_and_the_clock_never_runs_back(
    log: list[StoredEvent],
) -> None:
    streams: dict[UUID, list[int]] = defaultdict(list)
    for event in log:
        streams[event.stream_id].append(event.stream_version)

    assert [event.position for event in log] == list(range(1, len(log) + 1))
    assert all(found == list(range(1, len(found) + 1)) for found in streams.values())
    assert all(one.recorded_at <= next_.recorded_at for one, next_ in pairwise(log))


def test_every_event_says_of_itself_what_its_columns_say_and_is_hashed_right(
    log: list[StoredEvent],
) -> None:
    for event in log:
        fact = event.decode().event
        assert encode(fact) == event.payload
        assert stream_of(fact) == event.stream_id
        assert getattr(fact, CATALOGUE.of(fact).partition_key) == event.partition_key
        assert event.partition == partition_of(event.partition_key, 16)
        assert event.leaf_hash == leaf_hash(
            stream_id=event.stream_id,
            stream_version=event.stream_version,
            type=event.type,
            schema_version=event.schema_version,
            command_id=event.command_id,
            actor=event.actor,
            effective_on=event.effective_on,
            payload=event.payload,
        )


def test_a_command_is_whole_and_belongs_to_one_loan(log: list[StoredEvent]) -> None:
    positions: dict[UUID, list[StoredEvent]] = defaultdict(list)
    for event in log:
        positions[event.command_id].append(event)

    for together in positions.values():
        assert together[-1].position - together[0].position == len(together) - 1
        assert len({event.partition_key for event in together}) == 1
        assert len({event.recorded_at for event in together}) == 1


def test_the_commands_of_many_loans_are_interleaved(log: list[StoredEvent]) -> None:
    commands = [
        (one.partition_key, two.partition_key)
        for one, two in pairwise(log)
        if one.command_id != two.command_id
    ]

    changes = sum(one != two for one, two in commands)
    assert changes > 0.8 * len(commands)


def test_loans_have_numbers_of_their_own_and_new_ones_get_others(
    url: str, log: list[StoredEvent]
) -> None:
    facts = [event.decode().event for event in log]
    numbers = [fact.number for fact in facts if isinstance(fact, LoanOriginated)]

    assert len(set(numbers)) == len(numbers) > DECK_LOANS
    (taken,) = _row(url, "SELECT nextval('ledger.loan_number')")
    assert f"L-{taken:06d}" > max(numbers)


def test_ids_that_follow_from_others_follow_from_the_clones(log: list[StoredEvent]) -> None:
    facts = [event.decode() for event in log]
    months = {
        (fact.event.period_id, fact.event.loan_id, fact.event.month)
        for fact in facts
        if isinstance(fact.event, InterestAccrued)
    }
    ids = {fact.event_id for fact in facts}
    undone = [found for fact in facts if (found := getattr(fact.event, "reverses_event_id", None))]

    assert all(identity == period_id(loan_id, month) for identity, loan_id, month in months)
    assert len(undone) > 1
    assert ids.issuperset(undone)


def test_the_store_knows_where_it_stands(url: str, log: list[StoredEvent]) -> None:
    assert _row(url, "SELECT position, recorded_at FROM ledger.head") == (
        len(log),
        log[-1].recorded_at,
    )
    answers = _row(
        url,
        "SELECT count(*), sum(last_position - first_position + 1), max(last_position)"
        " FROM ledger.command_log",
    )
    assert answers == (len({event.command_id for event in log}), len(log), len(log))


def test_it_has_the_indexes_of_a_migrated_store(url: str, database_url: str) -> None:
    indexes = (
        "SELECT array_agg(indexdef ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'ledger'"
    )

    assert _row(url, indexes) == _row(database_url, indexes)


def test_a_store_with_events_is_left_alone(url: str) -> None:
    with pytest.raises(RefusedError):
        fill(url, 10)


async def test_it_is_projected_without_a_difference_and_its_loans_go_on_living(
    database_url: str,
) -> None:
    await asyncio.to_thread(fill, database_url, PROJECTED_EVENTS, loans=PROJECTED_LOANS)
    settings = Settings(database_url=database_url)
    async with running(run, settings):
        await caught_up(database_url)
        closed = await _next_day(settings)
        await caught_up(database_url)
    verdicts = await verify(settings, READ_MODELS, lambda _done, _total: None)

    assert all(verdict.agrees for verdict in verdicts)
    assert closed.failed == []
    assert closed.changed > PROJECTED_LOANS


async def _next_day(settings: Settings) -> Closed:
    async with pool(settings, "command") as database, Appender(settings, database) as appender:
        ledger = Ledger(appender, Reader(database), states_cached_max=1_000)
        on = AS_OF + timedelta(days=1)
        return await close_all(ledger, on, lambda: own_order(SYSTEM, on))
