"""Appending: what each command is told, and what is on disk then."""

import asyncio
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from domain.kernel.values import replace
from domain.loans.events import LoanApproved, LoanSubmitted
from runtime.eventstore.appender import Appender, QueueFull
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import (
    Appended,
    KeyMismatch,
    Replayed,
    VersionConflict,
)
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.eventstore.commands import DAY, OFFICER, command


async def test_positions_follow_one_another_and_events_come_back_as_they_were(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    loan_id = uuid4()
    first = await appender.append(command((LoanSubmitted(loan_id), 1), (LoanApproved(loan_id), 2)))
    second = await appender.append(command((LoanSubmitted(uuid4()), 1)))

    assert isinstance(first, Appended)
    assert isinstance(second, Appended)
    assert (first.first_position, first.last_position, second.first_position) == (1, 2, 3)
    stored = await Reader(database).stream(loan_id)
    assert [r.event for r in stored] == [LoanSubmitted(loan_id), LoanApproved(loan_id)]
    assert {(r.actor, r.effective_on, r.recorded_at) for r in stored} == {
        (OFFICER, DAY, first.recorded_at)
    }


async def test_a_stale_version_conflicts_and_stores_nothing(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    loan_id, other_id = uuid4(), uuid4()
    await appender.append(command((LoanSubmitted(loan_id), 1)))

    both = command((LoanSubmitted(other_id), 1), (LoanApproved(loan_id), 1))
    assert await appender.append(both) == VersionConflict()
    assert await appender.append(command((LoanApproved(loan_id), 3))) == VersionConflict()
    assert await Reader(database).head() == 1
    assert await appender.recall(both.command_id, both.payload_hash) is None


async def test_the_same_command_again_gets_its_stored_answer(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    once = command((LoanSubmitted(uuid4()), 1))
    done = await appender.append(once)
    assert isinstance(done, Appended)

    again = await appender.append(replace(once, body=b"another answer"))

    assert again == Replayed(200, once.body, 1, done.last_position)
    assert await appender.append(replace(once, payload_hash=sha256(b"x").digest())) == KeyMismatch()
    assert await appender.recall(once.command_id, once.payload_hash) == again
    assert await Reader(database).head() == 1


async def test_a_command_that_decides_nothing_is_remembered_all_the_same(
    appender: Appender,
) -> None:
    nothing = command()

    first = await appender.append(nothing)

    assert isinstance(first, Appended)
    assert (first.first_position, first.last_position) == (None, None)
    assert isinstance(await appender.append(nothing), Replayed)


async def test_many_at_once_each_get_their_own_outcome(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    hot = uuid4()
    racing = [command((LoanSubmitted(hot), 1)) for _ in range(50)]
    alone = [command((LoanSubmitted(uuid4()), 1)) for _ in range(200)]
    repeated = [racing[0]] * 20

    found = await asyncio.gather(*(appender.append(one) for one in racing + alone + repeated))

    assert sum(isinstance(one, Appended) for one in found[:50]) == 1
    assert all(one == VersionConflict() for one in found[1:50])
    assert all(isinstance(one, Appended) for one in found[50:250])
    assert all(isinstance(one, Replayed) for one in found[250:])
    events = await Reader(database).since(0, 1000)
    assert [event.position for event in events] == list(range(1, 202))


async def test_versions_that_skip_one_are_a_mistake_of_the_caller(appender: Appender) -> None:
    loan_id = uuid4()

    with pytest.raises(ValueError, match="not consecutive"):
        await appender.append(command((LoanSubmitted(loan_id), 1), (LoanApproved(loan_id), 3)))


async def test_a_bad_command_does_not_take_its_batch_along(appender: Appender) -> None:
    good = [command((LoanSubmitted(uuid4()), 1)) for _ in range(10)]
    bad = replace(command((LoanSubmitted(uuid4()), 1)), status=10**6)

    found = await asyncio.gather(
        *(appender.append(one) for one in [*good[:5], bad, *good[5:]]), return_exceptions=True
    )

    assert isinstance(found.pop(5), psycopg.Error)
    assert all(isinstance(one, Appended) for one in found)


async def test_losing_the_connection_in_the_middle_loses_and_doubles_nothing(
    appender: Appender, database: AsyncConnectionPool, database_url: str
) -> None:
    enough = 10
    struck = 0

    async def cut() -> None:
        nonlocal struck
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as admin:
            while struck < enough:
                cursor = await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active'"
                    " AND datname = current_database() AND query LIKE %s"
                    " AND pid <> pg_backend_pid()",
                    ["%ledger.append%"],
                )
                hit = len(await cursor.fetchall())
                struck += hit
                await asyncio.sleep(0.1 if hit else 0.002)

    cutting = asyncio.create_task(cut())
    commands, found = [], []
    while struck < enough:
        some = [command((LoanSubmitted(uuid4()), 1)) for _ in range(8)]
        found += await asyncio.gather(*(appender.append(one) for one in some))
        commands += some
    await cutting

    assert all(isinstance(one, Appended | Replayed) for one in found)
    events = await Reader(database).since(0, len(commands) + 1)
    assert [event.position for event in events] == list(range(1, len(commands) + 1))
    assert {event.command_id for event in events} == {one.command_id for one in commands}


async def test_a_full_queue_says_so_at_once(
    settings: Settings, database: AsyncConnectionPool
) -> None:
    small = settings.model_copy(update={"append_queue_max": 2})
    async with Appender(small, database) as appender:
        found = await asyncio.gather(
            *(appender.append(command((LoanSubmitted(uuid4()), 1))) for _ in range(5)),
            return_exceptions=True,
        )

    assert sum(isinstance(one, QueueFull) for one in found) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.events SET actor = 'x'",
        "DELETE FROM ledger.events",
        "TRUNCATE ledger.events",
    ],
)
async def test_not_even_the_owner_edits_the_log(
    appender: Appender, database_url: str, statement: str
) -> None:
    await appender.append(command((LoanSubmitted(uuid4()), 1)))

    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            await owner.execute(statement)


@pytest.mark.parametrize("process", ["command", "projector", "query"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.events SET actor = 'x'",
        "DELETE FROM ledger.events",
        "INSERT INTO ledger.events DEFAULT VALUES",
        "UPDATE ledger.head SET position = 0",
    ],
)
async def test_no_process_may_write_the_log_past_the_function(
    settings: Settings, process: str, statement: str
) -> None:
    async with (
        pool(settings, process) as connections,  # type: ignore[arg-type]  # each of the three
        connections.connection() as connection,
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            await connection.execute(statement)
