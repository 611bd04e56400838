"""What holds of the store besides the outcomes of appends: its clock, its leaves, its roles."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from domain.kernel.values import replace
from domain.loans.events import LoanApproved, LoanDeclined, LoanSubmitted
from runtime.eventstore.appender import (
    ANSWER_DAYS,
    OUTCOME_SECONDS_MAX,
    Appender,
    OutcomeUnknown,
    QueueFull,
)
from runtime.eventstore.batch import APPEND, parameters
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Appended, Replayed, StoredEvent
from runtime.postgres import UnsafeDatabase, pool
from runtime.settings import Settings
from tests.integration.eventstore.commands import command


def as_owner(url: str, statement: str, *arguments: object) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(statement.encode(), arguments)


async def test_a_clock_that_jumps_back_does_not_turn_the_log_around(
    appender: Appender, database_url: str
) -> None:
    as_owner(database_url, "UPDATE ledger.head SET recorded_at = now() + interval '1 hour'")

    found = [await appender.append(command((LoanSubmitted(uuid4()), 1))) for _ in range(2)]

    first, second = (one.recorded_at for one in found if isinstance(one, Appended))
    assert datetime.now(UTC) + timedelta(minutes=59) < first <= second


async def test_the_leaf_covers_what_was_said_by_whom_and_as_of_when(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    await appender.append(command((LoanDeclined(uuid4(), "no equity"), 1)))
    (stored,) = await Reader(database).since(0, 10)

    def leaf(event: StoredEvent) -> bytes:
        # Written out once more, as an auditor would from the description alone.
        parts = [
            event.stream_id.bytes,
            str(event.stream_version).encode(),
            event.type.encode(),
            str(event.schema_version).encode(),
            event.command_id.bytes,
            event.actor.encode(),
            event.effective_on.isoformat().encode(),
            event.payload,
        ]
        digest = sha256()
        for part in parts:
            digest.update(len(part).to_bytes(4, "big"))
            digest.update(part)
        return digest.digest()

    assert leaf(stored) == stored.leaf_hash
    assert leaf(replace(stored, actor="admin:" + stored.actor[-36:])) != stored.leaf_hash
    assert (
        leaf(replace(stored, effective_on=stored.effective_on + timedelta(1))) != stored.leaf_hash
    )
    assert leaf(replace(stored, payload=stored.payload + b" ")) != stored.leaf_hash


async def somebody_waits(database_url: str) -> None:
    """Return once a session waits for a lock."""
    question = (
        "SELECT FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        while not (await connection.execute(question)).rowcount:
            await asyncio.sleep(0.02)


async def test_one_who_hangs_on_the_head_holds_everybody_up_but_breaks_nothing(
    appender: Appender, database: AsyncConnectionPool, database_url: str
) -> None:
    stuck, behind = (command((LoanSubmitted(uuid4()), 1)) for _ in range(2))
    async with await psycopg.AsyncConnection.connect(database_url) as hanging:
        await hanging.execute("SELECT 1 FROM ledger.head FOR UPDATE")
        waiting = asyncio.create_task(appender.append(stuck))
        await somebody_waits(database_url)
        queued = asyncio.create_task(appender.append(behind))
        async with asyncio.timeout(OUTCOME_SECONDS_MAX + 60):
            with pytest.raises(OutcomeUnknown):
                await waiting
            with pytest.raises(QueueFull):
                await queued
        await hanging.rollback()

    again = [await appender.append(one) for one in (stuck, behind, stuck)]

    assert [type(one) for one in again[1:]] == [Appended, Replayed]
    assert isinstance(again[0], Appended | Replayed)
    assert await Reader(database).head() == 2


async def test_an_answer_is_forgotten_after_its_days_and_not_before(
    appender: Appender, database_url: str
) -> None:
    old, young = (command((LoanSubmitted(uuid4()), 1)) for _ in range(2))
    for one in (old, young):
        await appender.append(one)
    for one, days in ((old, ANSWER_DAYS + 1), (young, ANSWER_DAYS - 1)):
        as_owner(
            database_url,
            "UPDATE ledger.command_log SET recorded_at = now() - make_interval(days => %s)"
            " WHERE command_id = %s",
            days,
            one.command_id,
        )

    assert await appender.forget() == 1
    assert await appender.recall(old.command_id, old.payload_hash) is None
    assert isinstance(await appender.recall(young.command_id, young.payload_hash), Replayed)


async def test_a_server_that_may_forget_what_it_confirmed_is_refused(
    settings: Settings, database_url: str
) -> None:
    name = database_url.rpartition("/")[2]
    as_owner(database_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')

    async with pool(settings, "command") as database:
        with pytest.raises(UnsafeDatabase, match="synchronous_commit"):
            async with Appender(settings, database):
                pass


@pytest.mark.parametrize("process", ["projector", "query"])
async def test_only_commands_may_call_the_function(settings: Settings, process: str) -> None:
    async with (
        pool(settings, process) as connections,  # type: ignore[arg-type]  # each of the two
        connections.connection() as connection,
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="function append"):
            await connection.execute(APPEND, parameters([]))


async def test_reading_by_stream_by_loan_by_partition_and_from_a_position(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    loans = [uuid4() for _ in range(20)]
    for loan_id in loans:
        await appender.append(command((LoanSubmitted(loan_id), 1), (LoanApproved(loan_id), 2)))
    reader = Reader(database)

    everything = await reader.since(0, 100)
    assert [event.position for event in everything] == list(range(1, 41))
    assert await reader.since(38, 1) == everything[38:39]
    assert await reader.head() == 40

    partition = everything[0].partition
    mine = [event for event in everything if event.partition == partition]
    assert await reader.partition_since(partition, 0, 100) == mine
    assert await reader.partition_since(partition, 1, 100, up_to=mine[-2].position) == mine[1:-1]
    heads = await reader.heads()
    assert len(heads) == (await reader.store()).partition_count
    assert max(heads.values()) == 40
    assert heads[partition] == mine[-1].position

    one = await reader.stream(loans[3])
    assert [recorded.stream_version for recorded in one] == [1, 2]
    assert await reader.stream(loans[3], after_version=1) == one[1:]
    assert await reader.stream(loans[3], to_version=1) == one[:1]
    assert await reader.stream(loans[3], to_version=0) == []
    assert await reader.stream(loans[3], recorded_at=one[0].recorded_at) == one
    before = one[0].recorded_at - timedelta(microseconds=1)
    assert await reader.stream(loans[3], recorded_at=before) == []


async def test_what_is_read_in_one_snapshot_has_no_append_in_between(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    loan_id, other = uuid4(), uuid4()
    await appender.append(command((LoanSubmitted(loan_id), 1)))
    reader = Reader(database)

    async with reader.snapshot() as snapshot:
        before = await snapshot.stream(loan_id)
        await appender.append(command((LoanApproved(loan_id), 2), (LoanSubmitted(other), 1)))
        assert await snapshot.streams([loan_id, other]) == {loan_id: before}
        assert await snapshot.head() == 1

    assert set(await reader.streams([loan_id, other])) == {loan_id, other}
