"""A demonstration portfolio, made by the real commands through the real append.

Every command has an id that follows from the seed, so seeding twice changes nothing, and seeding
that was interrupted goes on where it stopped.
"""

import asyncio
from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid5

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from command_api.handle import Ledger
from command_api.idempotency import Order, own_order, today
from command_api.numbers import LoanNumbers
from deploy.seeding.draws import work_draw
from deploy.seeding.plan import LoanPlan, portfolio
from domain.kernel.actors import Actor, Role
from domain.loans import decide as loans
from domain.loans.commands import (
    ApproveLoan,
    CloseLoan,
    DeclineLoan,
    LoanCommand,
    OriginateLoan,
    SubmitLoan,
    WithdrawLoan,
)
from domain.loans.state import LoanState
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings
from runtime.users import create_demo_users, demo_user_id

LOANS_AT_ONCE = 64
SEED = 1

ADMIN = Actor(demo_user_id("admin"), Role.ADMIN)
ACQUISITIONS = Actor(demo_user_id("acquisitions"), Role.ACQUISITIONS)
SERVICING = Actor(demo_user_id("servicing"), Role.SERVICING)


async def seed(
    settings: Settings, *, loans: int, seed: int = SEED, as_of: date | None = None
) -> None:
    """Make demo users and a portfolio.

    Args:
        settings: name the database.
        loans: how many loans.
        seed: the same number and date make the same portfolio.
        as_of: the last date anything happens on; today if not given.
    """
    async with (
        pool(settings, "command") as database,
        Appender(settings, database) as appender,
    ):
        await create_demo_users(database, settings.environment)
        ledger = Ledger(appender, Reader(database), states_cached_max=settings.states_cached_max)
        plans = portfolio(loans, seed, as_of or today())
        with _progress() as progress:
            bar = progress.add_task("seeding", total=loans)
            numbers = LoanNumbers(database)

            async def work() -> None:
                for plan in plans:
                    await _work_loan(ledger, numbers, plan)
                    progress.advance(bar)

            async with asyncio.TaskGroup() as group:
                for _ in range(min(loans, LOANS_AT_ONCE)):
                    group.create_task(work())


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loans"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class Desk:
    """Gives the commands of one loan their ids, one after another."""

    def __init__(self, ledger: Ledger, loan_id: UUID) -> None:
        self._ledger = ledger
        self._loan_id = loan_id
        self._given = 0

    def order(self, actor: Actor, effective_on: date) -> Order:
        """The next order, with an id that follows from the loan and its place."""
        self._given += 1
        return own_order(actor, effective_on, uuid5(self._loan_id, f"command/{self._given}"))

    async def on_loan(self, actor: Actor, on: date, command: LoanCommand) -> None:
        """Carry out a command on the loan."""
        await self._ledger.on_loan(
            self._loan_id, self.order(actor, on), lambda loan: loans.decide(loan, command)
        )


async def _work_loan(ledger: Ledger, numbers: LoanNumbers, plan: LoanPlan) -> None:
    desk = Desk(ledger, plan.loan_id)
    originate = OriginateLoan(plan.loan_id, await numbers.take(), plan.terms)
    await ledger.originate(
        plan.loan_id,
        desk.order(ACQUISITIONS, plan.originated_on),
        lambda loan: loans.originate(loan, originate),
    )
    for actor, on, command in _life(plan):
        await desk.on_loan(actor, on, command)
    for draw in plan.draws:
        await work_draw(ledger, desk.order, plan, draw)


def _life(plan: LoanPlan) -> Iterator[tuple[Actor, date, LoanCommand]]:
    """The commands that lead a loan to its planned state."""
    if plan.state is LoanState.DRAFT:
        return
    yield ACQUISITIONS, plan.originated_on, SubmitLoan()
    if plan.state is LoanState.SUBMITTED:
        return
    if plan.state is LoanState.DECLINED:
        yield ADMIN, plan.originated_on, DeclineLoan("Debt yield below policy")
        return
    yield ADMIN, plan.originated_on, ApproveLoan()
    if plan.state is LoanState.WITHDRAWN:
        yield ACQUISITIONS, plan.originated_on, WithdrawLoan("Borrower went elsewhere")
    if plan.state is LoanState.ACTIVE:
        yield SERVICING, plan.closing_on, CloseLoan(plan.closing_on, plan.closing_advance)
