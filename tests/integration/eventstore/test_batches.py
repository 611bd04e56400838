"""Which commands share a flush, and reading many streams at once."""

import asyncio
from uuid import uuid4

import pytest
from psycopg_pool import AsyncConnectionPool

from domain.kernel.values import replace
from domain.loans.events import LoanApproved, LoanClosed, LoanSubmitted
from runtime.eventstore import appender as appending
from runtime.eventstore.appender import Appender, FlushFailed, OutcomeUnknown
from runtime.eventstore.batch import Prepared
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Appended, VersionConflict
from tests.integration.eventstore.commands import DAY, command


@pytest.fixture
def batches(appender: Appender, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands each flush took."""
    sizes: list[int] = []
    send = appender._send

    async def counted(batch: list[Prepared]) -> object:
        sizes.append(len(batch))
        return await send(batch)

    monkeypatch.setattr(appender, "_send", counted)
    return sizes


async def test_those_who_only_read_a_stream_share_a_flush(
    appender: Appender, batches: list[int]
) -> None:
    calendar = uuid4()
    await appender.append(command((LoanSubmitted(calendar), 1)))
    batches.clear()

    readers = [replace(command((LoanSubmitted(uuid4()), 1)), read={calendar: 1}) for _ in range(20)]
    found = await asyncio.gather(*(appender.append(one) for one in readers))

    assert {type(one) for one in found} == {Appended}
    assert batches == [20]


async def test_who_reads_a_stream_after_it_was_written_loses_and_before_it_wins(
    appender: Appender, batches: list[int]
) -> None:
    calendar = uuid4()
    before, after = (
        replace(command((LoanSubmitted(uuid4()), 1)), read={calendar: 0}) for _ in range(2)
    )
    closing = command((LoanSubmitted(calendar), 1))

    found = await asyncio.gather(*(appender.append(one) for one in (before, closing, after)))

    assert [type(one) for one in found] == [Appended, Appended, VersionConflict]
    assert batches == [1, 1, 1]


async def test_large_commands_go_few_at_a_time_and_one_alone_may_be_of_any_size(
    appender: Appender, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "BATCH_EVENTS_MAX", 100)

    def steps(number: int) -> tuple[tuple[LoanSubmitted, int], ...]:
        loan_id = uuid4()
        return tuple((LoanSubmitted(loan_id), version + 1) for version in range(number))

    commands = [command(*steps(number)) for number in (60, 40, 1, 500, 99)]
    found = await asyncio.gather(*(appender.append(one) for one in commands))

    assert {type(one) for one in found} == {Appended}
    assert batches == [2, 1, 1, 1]


async def test_many_streams_come_in_one_reading_each_in_its_order(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    loans = [uuid4() for _ in range(30)]
    for loan_id in loans:
        await appender.append(command((LoanSubmitted(loan_id), 1), (LoanApproved(loan_id), 2)))
    reader = Reader(database)

    found = await reader.streams([*loans[:20], uuid4()])

    assert found == {loan_id: await reader.stream(loan_id) for loan_id in loans[:20]}
    assert await reader.streams([]) == {}


async def test_closed_loans_are_listed_page_by_page(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    loans = [uuid4() for _ in range(5)]
    for loan_id in loans:
        await appender.append(
            command((LoanSubmitted(loan_id), 1), (LoanClosed(loan_id, DAY, ()), 2))
        )
    reader = Reader(database)

    first = await reader.loans_closed(0, 3)
    rest = await reader.loans_closed(first[-1][0], 3)

    assert [loan_id for _, loan_id in (*first, *rest)] == loans
    assert await reader.loans_closed(rest[-1][0], 3) == []


async def test_commands_that_fail_together_each_get_an_error_of_their_own(
    appender: Appender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: list[Prepared]) -> object:
        raise MemoryError("of all at once")

    monkeypatch.setattr(appender, "_send", fail)
    commands = [command((LoanSubmitted(uuid4()), 1)) for _ in range(3)]
    found = await asyncio.gather(
        *(appender.append(one) for one in commands), return_exceptions=True
    )

    assert {type(one) for one in found} == {FlushFailed}
    assert len({id(one) for one in found}) == len(commands)
    assert {str(one.__cause__) for one in found if isinstance(one, Exception)} == {"of all at once"}


async def test_commands_whose_outcome_is_unknown_each_get_an_error_of_their_own(
    appender: Appender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: list[Prepared]) -> object:
        raise OutcomeUnknown("the store does not answer")

    monkeypatch.setattr(appender, "_send", fail)
    commands = [command((LoanSubmitted(uuid4()), 1)) for _ in range(3)]
    found = await asyncio.gather(
        *(appender.append(one) for one in commands), return_exceptions=True
    )

    assert [str(one) for one in found] == ["the store does not answer"] * len(commands)
    assert {type(one) for one in found} == {OutcomeUnknown}
    assert len({id(one) for one in found}) == len(commands)
