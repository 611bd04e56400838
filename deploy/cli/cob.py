"""``drawbridge cob run``: close of business for every live loan, on every core."""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from os import cpu_count
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from deploy.cli.output import DryRun, Exit, Json, notes, print_json, print_lines
from deploy.errors import RefusedError

if TYPE_CHECKING:
    from datetime import date

    from command_api.close_of_business import Closed
    from command_api.ledger import Ledger
    from runtime.settings import Settings

LOANS_A_TASK = 200
STATES_CACHED_MAX = 2_000
"""Each loan is visited once, so only what one task works on is kept."""
_WAIT_SECONDS = 0.2

app = typer.Typer(help="Close the business of a day.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``run`` a command of its own."""


@app.command()
def run(
    business_date: Annotated[
        datetime,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], metavar="DATE", help="Accrue to, excluding, this date."
        ),
    ],
    loan: Annotated[UUID | None, typer.Option(help="Only this loan.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes. [default: one a core]")
    ] = None,
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Bring every live loan to the close of business on a date.

    Days that were missed are caught up in order, and what is done already is left alone: stop it
    with Ctrl-C and run it again. Exit code 1 if a loan failed, or it was stopped.
    """
    from deploy.cli.place import load_settings

    settings = load_settings().model_copy(update={"states_cached_max": STATES_CACHED_MAX})
    loan_ids = [loan] if loan is not None else asyncio.run(_all_closed(settings))
    task = Task(settings, business_date.date(), dry_run)
    count = min(workers or cpu_count() or 1, -(-len(loan_ids) // LOANS_A_TASK) or 1)
    began = time.monotonic()
    with _progress(len(loan_ids)) as advance, _first_interrupt() as interrupted:
        closed, seen = _close(task, loan_ids, count, advance, interrupted)
    if loan is not None and not closed.loans:
        raise RefusedError(f"There is no live loan {loan}.")
    _report(task, closed, len(loan_ids) - seen, time.monotonic() - began, as_json=as_json)
    if closed.failed or seen < len(loan_ids):
        raise typer.Exit(Exit.WRONG)


@dataclass(frozen=True, slots=True)
class Task:
    """What every worker is told: where, for which date, and whether to record anything."""

    settings: "Settings"
    business_on: "date"
    dry_run: bool


async def _all_closed(settings: "Settings") -> list[UUID]:
    from command_api.close_of_business import loans_ever_closed
    from runtime.eventstore.reader import Reader
    from runtime.postgres import pool

    async with pool(settings, "query", max_size=1) as database:
        pages = loans_ever_closed(Reader(database), page=10_000)
        return [loan_id async for page in pages for loan_id in page]


class _Worker:
    """A ledger with a loop of its own, open for as long as its process lives."""

    def __init__(self, task: Task) -> None:
        from runtime import logs

        logs.configure(json=task.settings.log_json, level="ERROR")
        self.task = task
        self.loop = asyncio.new_event_loop()
        self.open = AsyncExitStack()
        self.ledger: Ledger = self.loop.run_until_complete(self._opened())

    async def _opened(self) -> "Ledger":
        from command_api.ledger import Ledger
        from runtime.eventstore.appender import Appender
        from runtime.eventstore.reader import Reader
        from runtime.postgres import pool

        settings = self.task.settings
        database = await self.open.enter_async_context(pool(settings, "command", max_size=2))
        appender = await self.open.enter_async_context(Appender(settings, database))
        reader = Reader(database)
        return Ledger(appender, reader, states_cached_max=settings.states_cached_max)

    def close(self, loan_ids: list[UUID]) -> "Closed":
        """Bring some loans to the date."""
        from command_api.close_of_business import close_loans
        from command_api.idempotency import own_order
        from domain.kernel.actors import SYSTEM

        business_on = self.task.business_on
        return self.loop.run_until_complete(
            close_loans(
                self.ledger,
                loan_ids,
                business_on,
                lambda: own_order(SYSTEM, business_on),
                dry_run=self.task.dry_run,
            )
        )


_worker: _Worker | None = None


def _begin(task: Task) -> None:
    """Start a worker process; Ctrl-C is its parent's to hear."""
    global _worker  # a pool's tasks find their process's worker nowhere else
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = _Worker(task)


def _close_some(loan_ids: list[UUID]) -> "Closed":
    if _worker is None:
        raise LookupError("this process was not begun")
    return _worker.close(loan_ids)


def _close(
    task: Task, loan_ids: list[UUID], workers: int, advance: Any, interrupted: "_Interrupted"
) -> "tuple[Closed, int]":
    """Close them all, or, once interrupted, what is in flight; and how many of them were seen."""
    from command_api.close_of_business import Closed

    closed, seen = Closed(), 0
    waiting = _in_tasks(loan_ids)
    # Spawned: a forked child would share the parent's connections and its event loop.
    spawned = get_context("spawn")
    with ProcessPoolExecutor(workers, spawned, _begin, (task,)) as processes:
        running: dict[Future[Closed], int] = {}
        while True:
            room = 0 if interrupted.told else 2 * workers - len(running)
            for some in islice(waiting, room):
                running[processes.submit(_close_some, some)] = len(some)
            if not running:
                return closed, seen
            for future in wait(running, _WAIT_SECONDS, FIRST_COMPLETED).done:
                number = running.pop(future)
                closed.add(future.result())
                seen += number
                advance(number)


def _in_tasks(loan_ids: list[UUID]) -> Iterator[list[UUID]]:
    for at in range(0, len(loan_ids), LOANS_A_TASK):
        yield loan_ids[at : at + LOANS_A_TASK]


@dataclass(slots=True)
class _Interrupted:
    told: bool = False


@contextmanager
def _first_interrupt() -> Iterator[_Interrupted]:
    """Hear the first Ctrl-C as a wish to end; the second one ends at once, as ever."""
    interrupted = _Interrupted()

    def hear(_: int, __: FrameType | None) -> None:
        interrupted.told = True
        signal.signal(signal.SIGINT, before)
        notes.print("finishing what is in flight; Ctrl-C again to stop at once")

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A progress bar on standard error, with loans a second and the time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Task as Bar
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Bar) -> Text:
            return Text(f"{task.completed / max(task.elapsed or 0, 0.001):,.0f} loans/s")

    title = TextColumn("{task.description}")
    columns = (title, BarColumn(), MofNCompleteColumn(), Speed(), TimeRemainingColumn())
    with Progress(*columns, console=notes) as bar:
        task = bar.add_task("closing business", total=total)
        yield lambda number: bar.advance(task, number)


def _report(task: Task, closed: "Closed", left: int, seconds: float, *, as_json: bool) -> None:
    summary = {
        "business_date": task.business_on,
        "loans": closed.loans,
        "changed": closed.changed,
        "unchanged": closed.unchanged,
        "events": closed.events,
    }
    if as_json:
        failed = [asdict(each) for each in closed.failed]
        dry_run = {"dry_run": task.dry_run, "left": left, "seconds": round(seconds, 1)}
        print_json(summary | {"failed": failed} | dry_run)
    else:
        _print(summary, closed)
    if left:
        notes.print(f"stopped with {left} loans left; run it again to go on")
    if task.dry_run:
        notes.print("nothing was recorded")


def _print(summary: dict[str, Any], closed: "Closed") -> None:
    """What was done in a line, and a line for each loan that failed."""
    counted = [f"{name} {value}" for name, value in summary.items() if name != "business_date"]
    print_lines(f"close of business {summary['business_date']}", counted)
    for each in closed.failed:
        print_lines(f"failed\t{each.number or each.loan_id}\t{each.code}\t{each.message}", [])
