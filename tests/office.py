"""A lender's office at work on a real ledger: the worked example's loans, as many as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from command_api.answers import Decided
from command_api.idempotency import own_order
from command_api.ledger import Ledger
from domain import decisions
from domain.close_of_business.commands import CloseBusiness
from domain.decisions import FileCommand
from domain.draws.commands import (
    ApproveDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.draws.events import DrawKind
from domain.draws.kind import DRAW
from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.kernel.actors import Actor, Role
from domain.kernel.values import replace
from domain.kinds import Stream
from domain.loans import decide as loans
from domain.loans.commands import ApproveLoan, LoanCommand, OriginateLoan, SubmitLoan
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from domain.loans.state import Loan
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.ids import new_id
from runtime.postgres import pool
from runtime.settings import Settings
from tests.scenario import BUILDER, CLOSING, E3_DRAWS, OFFICER, e3_terms, requested

CLERK = Actor(OFFICER, Role.ADMIN)
OPENED_ON = date(2025, 1, 2)
WAIT_SECONDS_MAX = 120.0
"""For what a test waits for: many times what it takes, so that none hangs on a busy machine."""


class Office:
    """Gives commands to a ledger and remembers how far it has come."""

    def __init__(self, ledger: Ledger, reader: Reader) -> None:
        self.ledger = ledger
        self.reader = reader
        self.loans: list[UUID] = []
        self.position = 0

    async def originate(self, builder: UUID | None = BUILDER) -> UUID:
        """A term sheet of the example's terms."""
        loan_id = new_id()
        number = f"L-{len(self.loans) + 1:06d}"
        terms = replace(e3_terms(), builder_user_id=builder)
        command = OriginateLoan(loan_id, number, terms)

        def decide(loan: Loan | None) -> Sequence[Event]:
            return loans.originate(loan, command)

        self.loans.append(loan_id)
        order = own_order(CLERK, OPENED_ON)
        self._seen(await self.ledger.begin(LOAN, loan_id, order, decide))
        return loan_id

    async def active_loan(self, builder: UUID | None = BUILDER) -> UUID:
        """A loan closed with its closing advance."""
        loan_id = await self.originate(builder)
        for command in (SubmitLoan(), ApproveLoan()):
            await self.on_loan(loan_id, command, OPENED_ON)
        await self.on_loan(loan_id, CLOSING, CLOSING.closing_on)
        return loan_id

    async def draft_draw(self, loan_id: UUID, number: int = 1) -> UUID:
        """A draw of the example, from 1, drafted."""
        example, draw_id = E3_DRAWS[number - 1], new_id()
        command = CreateDraw(
            draw_id, DrawKind.PROGRESS, example.funded_on, requested(example.asked)
        )

        def decide(file: LoanFile, draw: Draw | None) -> Sequence[Event]:
            return decisions.create_draw(file, draw, command)

        order = own_order(CLERK, example.funded_on)
        self._seen(await self.ledger.begin(DRAW, draw_id, order, decide, Stream(LOAN, loan_id)))
        return draw_id

    async def approved_draw(self, loan_id: UUID, number: int = 1) -> UUID:
        """A draw of the example, from 1, as far as its approval."""
        draw_id, on = await self.draft_draw(loan_id, number), E3_DRAWS[number - 1].funded_on
        for command in (SubmitDraw(BUILDER, on), StartReview(), ApproveDraw(OFFICER)):
            await self.on_draw(draw_id, command, on)
        return draw_id

    async def funded_draw(self, loan_id: UUID, number: int = 1) -> UUID:
        """A draw of the example, from 1, paid."""
        draw_id, on = await self.approved_draw(loan_id, number), E3_DRAWS[number - 1].funded_on
        await self.on_draw(draw_id, InitiateFunding("wire"), on)
        await self.on_draw(draw_id, ConfirmFunding(on), on)
        return draw_id

    async def three_draw_loan(self, builder: UUID | None = BUILDER) -> UUID:
        """The worked example, all three draws paid."""
        loan_id = await self.active_loan(builder)
        for number in (1, 2, 3):
            await self.funded_draw(loan_id, number)
        return loan_id

    async def on_loan(self, loan_id: UUID, command: LoanCommand, on: date = OPENED_ON) -> None:
        """A command on a loan."""
        await self.service(loan_id, command, on)

    async def on_draw(self, draw_id: UUID, command: DrawCommand, on: date = OPENED_ON) -> None:
        """A command on a draw."""

        def decide(file: LoanFile, draw: Draw) -> Sequence[Event]:
            return decisions.decide_draw(file, draw, command)

        self._seen(await self.ledger.on(DRAW, draw_id, own_order(CLERK, on), decide))

    async def service(self, loan_id: UUID, command: FileCommand, on: date) -> Decided:
        """A command on a loan and its months."""
        decide: Callable[[LoanFile], Sequence[Event]] = lambda file: decisions.decide(file, command)  # noqa: E731  # one line says it
        decided = await self.ledger.on(LOAN, loan_id, own_order(CLERK, on), decide)
        self._seen(decided)
        return decided

    async def close_business(self, loan_id: UUID, on: date) -> None:
        """A loan brought to the close of business on a date."""
        await self.service(loan_id, CloseBusiness(on), on)

    def _seen(self, decided: Decided) -> None:
        self.position = max(self.position, decided.position or 0)


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    """An office over a settings' database."""
    async with pool(settings, "command") as database, Appender(settings, database) as appender:
        reader = Reader(database)
        yield Office(Ledger(appender, reader, states_cached_max=1000), reader)


@asynccontextmanager
async def running(
    program: Callable[[Settings, asyncio.Event], Coroutine[Any, Any, None]], settings: Settings
) -> AsyncIterator[asyncio.Event]:
    """A relay or projector at work, stopped on the way out."""
    stop = asyncio.Event()
    task = asyncio.create_task(program(settings, stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, WAIT_SECONDS_MAX)


READ_TABLES = (
    "loans",
    "loan_totals",
    "loan_dues",
    "loan_exposures",
    "loan_staleness",
    "budgets",
    "budget_lines",
    "budget_totals",
    "budget_flags",
    "draws",
    "draw_totals",
    "draw_turnaround",
    "journal_lines",
    "loan_balances",
    "account_totals",
    "history",
    "history_counts",
    "payments",
    "payment_totals",
    "payoff_quotes",
)


def read_rows(database_url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every read table, in an order of their own."""
    with psycopg.connect(database_url, options="-c timezone=UTC") as connection:
        return {
            table: sorted(connection.execute(f"SELECT * FROM read.{table}").fetchall(), key=repr)  # noqa: S608  # names from the catalogue of tables
            for table in READ_TABLES
        }


def behind(database_url: str) -> int:
    """How many events some projection has yet to apply; all while no projector has begun."""
    with psycopg.connect(database_url) as connection:
        # In one statement: what it counts must not begin to be there in between.
        row = connection.execute(
            "SELECT count(*) FROM ledger.events e LEFT JOIN read.checkpoints c USING (partition)"
            " WHERE e.position > coalesce(c.position, 0)"
        ).fetchone()
    return int(row[0]) if row else 0


async def caught_up(database_url: str, seconds_max: float = WAIT_SECONDS_MAX) -> None:
    """Wait until every projection has applied everything."""
    async with asyncio.timeout(seconds_max):
        while await asyncio.to_thread(behind, database_url):
            await asyncio.sleep(0.05)
