"""A command API that keeps running while its database is restored decides on nothing that is gone."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from command_api.close_of_business import close_loans
from command_api.idempotency import own_order
from command_api.numbers import LoanNumbers
from command_api.unit_of_work import Folded, UnitOfWork
from domain.decisions import decide_draw
from domain.draws.commands import WithdrawDraw
from domain.draws.kind import DRAW
from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.kernel.errors import NotFound, RuleBroken
from domain.kinds import Stream
from domain.loans import decide as loans
from domain.loans.commands import ApproveLoan, SubmitLoan, WithdrawLoan
from domain.loans.events import LoanSubmitted
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from domain.loans.state import LoanState
from runtime.eventstore.appender import Appender, OutcomeUnknown
from runtime.eventstore.records import Appended
from runtime.ids import new_id
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.eventstore.commands import command
from tests.office import CLERK, OPENED_ON, open_office
from tests.snapshot import Snapshot, asked_again


@pytest.fixture
def snapshot(postgres_url: str, database_url: str) -> Iterator[Snapshot]:
    kept = Snapshot(postgres_url, database_url)
    yield kept
    kept.drop()


async def test_what_was_decided_before_the_restore_is_not_appended_after_it(
    database_url: str, snapshot: Snapshot
) -> None:
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        loan_id = await office.originate()
        snapshot.take()
        await asked_again(lambda: office.on_loan(loan_id, SubmitLoan()))
        snapshot.restore()
        async with open_office(settings) as other:
            await other.on_loan(loan_id, WithdrawLoan("changed their mind"))
        # What the office keeps is a submitted loan, of the very version that it has as withdrawn.
        with pytest.raises(OutcomeUnknown):
            await asked_again(office.originate)  # the first to find out
        with pytest.raises(RuleBroken):
            await asked_again(lambda: office.on_loan(loan_id, ApproveLoan()))


async def test_a_command_under_way_across_the_restore_is_decided_again(
    database_url: str, snapshot: Snapshot
) -> None:
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        loan_id = await office.originate()
        snapshot.take()
        await asked_again(lambda: office.on_loan(loan_id, SubmitLoan()))
        read: list[str] = []
        store_is_new, has_read = asyncio.Event(), asyncio.Event()

        async def decide_on(work: UnitOfWork) -> Sequence[Event]:
            (loan,) = await work.read(Stream(LOAN, loan_id))
            read.append(loan.state)
            has_read.set()
            await store_is_new.wait()
            return loans.decide(loan, ApproveLoan())

        order = own_order(CLERK, OPENED_ON)
        slow = asyncio.create_task(
            office.ledger.carry_out(new_id(), Stream(LOAN, loan_id), order, decide_on)
        )
        await has_read.wait()
        snapshot.restore()
        async with open_office(settings) as other:
            await other.on_loan(loan_id, WithdrawLoan("changed their mind"))
        with pytest.raises(OutcomeUnknown):
            await asked_again(office.originate)  # the first to find out
        for _ in range(settings.database_pool_max):
            await asked_again(office.reader.head)  # until no connection is left that was cut
        store_is_new.set()
        with pytest.raises(RuleBroken):
            await slow
        assert read[0] == LoanState.SUBMITTED
        assert read[-1] == LoanState.WITHDRAWN


async def test_the_appender_goes_on_with_the_restored_store(
    database_url: str, snapshot: Snapshot
) -> None:
    settings = Settings(database_url=database_url)
    async with pool(settings, "command") as database, Appender(settings, database) as appender:
        numbers = LoanNumbers(database)
        appender.on_another_store(numbers.begin_anew)
        snapshot.take()
        assert await asked_again(numbers.take) == "L-000001"
        assert await numbers.take() == "L-000002"
        lost = await appender.append(command((LoanSubmitted(new_id()), 1)))
        snapshot.restore()
        with pytest.raises(OutcomeUnknown):
            await appender.append(command((LoanSubmitted(new_id()), 1)))
        again = await appender.append(command((LoanSubmitted(new_id()), 1)))
        assert isinstance(lost, Appended)
        assert isinstance(again, Appended)
        assert again.first_position == lost.first_position == 1
        # The store gives out the same fifty again, to whoever asks first.
        async with pool(settings, "command") as another:
            assert await LoanNumbers(another).take() == "L-000001"
        assert await asked_again(numbers.take) == "L-000051"


async def test_a_draw_that_the_restore_took_back_is_not_there_for_a_command_under_way(
    database_url: str, snapshot: Snapshot
) -> None:
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        loan_id = await office.active_loan()
        snapshot.take()
        draw_id = await asked_again(lambda: office.draft_draw(loan_id))
        snapshot.restore()
        for _ in range(settings.database_pool_max):
            await asked_again(office.reader.head)  # until no connection is left that was cut
        seen: list[Draw] = []

        def decide(file: LoanFile, draw: Draw) -> Sequence[Event]:
            seen.append(draw)
            office.ledger.states.begin_anew()  # as when somebody else is the first to find out
            return decide_draw(file, draw, WithdrawDraw())

        order = own_order(CLERK, OPENED_ON)
        with pytest.raises(NotFound):
            await office.ledger.on(DRAW, draw_id, order, decide)
        assert [draw.draw_id for draw in seen] == [draw_id]


async def test_close_of_business_reads_again_what_it_had_read_before_a_restore(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_office(Settings(database_url=database_url)) as office:
        loan_id = await office.active_loan()
        states, read = office.ledger.states, list[UUID]()
        load = states.load

        async def load_before_a_restore(streams: Sequence[Stream]) -> list[Folded]:
            found = await load(streams)
            if not read:
                states.begin_anew()  # as when somebody else is the first to find out
            read.extend(stream.id for stream in streams)
            return found

        monkeypatch.setattr(states, "load", load_before_a_restore)
        on = OPENED_ON + timedelta(days=40)
        closed = await close_loans(office.ledger, [loan_id], on, lambda: own_order(CLERK, on))

        assert (closed.changed, closed.failed) == (1, [])
        assert read.count(loan_id) == 2
