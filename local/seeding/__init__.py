"""A demonstration portfolio, made by the real commands through the real append.

Every command has an id that follows from the seed, so seeding twice changes nothing, and seeding
that was interrupted goes on where it stopped.
"""

import asyncio
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from command_api.ledger import Ledger
from command_api.numbers import LoanNumbers
from local.seeding.desk import SeedDesk
from local.seeding.drawing import draw_steps
from local.seeding.later_life import bills_paid, closings, troubles
from local.seeding.opening import opening
from local.seeding.plan import LoanPlan, portfolio
from local.seeding.steps import Deed, in_order
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings
from runtime.users import create_demo_users

LOANS_AT_ONCE = 64
SEED = 1


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
        plans = portfolio(loans, seed, as_of or settings.today)
        with _progress() as progress:
            bar = progress.add_task("seeding", total=loans)
            numbers, turn = LoanNumbers(database), asyncio.Lock()

            async def work() -> None:
                while True:
                    async with turn:  # so that numbers follow the plans' order
                        plan = next(plans, None)
                        if plan is None:
                            return
                        number = await numbers.take()
                    await SeedDesk(ledger, appender, plan.loan_id).work(history(plan, number))
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


def history(plan: LoanPlan, number: str) -> list[Deed]:
    """All that happens to one loan, in order."""
    if not plan.is_closed:
        return list(opening(plan, number))
    return [
        *opening(plan, number),
        *in_order(closings(plan), troubles(plan), draw_steps(plan), bills_paid(plan)),
    ]
