"""A command API that keeps running while its database is restored decides on nothing that is gone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from command_api.idempotency import own_order
from command_api.numbers import LoanNumbers
from command_api.reading import Reading
from command_api.streams import loan_stream
from domain.events.catalogue import Event
from domain.kernel.errors import RuleBroken
from domain.loans import decide as loans
from domain.loans.commands import ApproveLoan, SubmitLoan, WithdrawLoan
from domain.loans.events import LoanSubmitted
from domain.loans.state import LoanState
from runtime.eventstore.appender import Appender, OutcomeUnknown
from runtime.eventstore.epoch import begin_epoch
from runtime.eventstore.records import Appended
from runtime.ids import new_id
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.eventstore.commands import command
from tests.office import CLERK, OPENED_ON, open_office


class Snapshot:
    """A database as it was, to be put in the place of what became of it."""

    def __init__(self, server_url: str, database_url: str) -> None:
        self._server_url = server_url
        self._name = database_url.rsplit("/", 1)[1]
        self._kept = f"kept_{uuid4().hex[:12]}"

    def take(self) -> None:
        """Keep the database as it is now; its connections are cut."""
        self._do("CREATE DATABASE {kept} TEMPLATE {name}")

    def restore(self) -> None:
        """What a restore comes to: the same address, an earlier state, another epoch."""
        kept_url = f"{self._server_url.rsplit('/', 1)[0]}/{self._kept}"
        with psycopg.connect(kept_url, autocommit=True) as owner:
            begin_epoch(owner, "restored")
        self._do("ALTER DATABASE {name} RENAME TO {lost}")
        self._do("ALTER DATABASE {kept} RENAME TO {name}")

    def drop(self) -> None:
        """Leave nothing behind."""
        for name in (self._kept, f"{self._kept}_lost"):
            with psycopg.connect(self._server_url, autocommit=True) as admin:
                statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                admin.execute(statement.format(sql.Identifier(name)))

    def _do(self, statement: Any) -> None:
        names = {"name": self._name, "kept": self._kept, "lost": f"{self._kept}_lost"}
        composed = sql.SQL(statement).format(**{k: sql.Identifier(v) for k, v in names.items()})
        with psycopg.connect(self._server_url, autocommit=True) as admin:
            for _ in range(20):
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = ANY (%s)",
                    [[self._name, self._kept]],
                )
                try:
                    admin.execute(composed)
                except psycopg.errors.ObjectInUse:
                    continue  # somebody came back in between
                return
        raise AssertionError("somebody always came back")


@pytest.fixture
def snapshot(postgres_url: str, database_url: str) -> Iterator[Snapshot]:
    kept = Snapshot(postgres_url, database_url)
    yield kept
    kept.drop()


Answer = TypeVar("Answer")


async def asked_again(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of an API whose connections were cut, to a caller who asks until it has one."""
    for _ in range(10):
        try:
            return await ask()
        except psycopg.OperationalError:
            continue
    return await ask()


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

        async def decide_on(reading: Reading) -> Sequence[Event]:
            (loan,) = await reading.read(loan_stream(loan_id))
            read.append(loan.state)
            has_read.set()
            await store_is_new.wait()
            return loans.decide(loan, ApproveLoan())

        order = own_order(CLERK, OPENED_ON)
        slow = asyncio.create_task(
            office.ledger.carry_out(new_id(), loan_stream(loan_id), order, decide_on)
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
