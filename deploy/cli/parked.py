"""``drawbridge parked``: events that a read model could not apply, and those that wait behind them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer

from deploy.cli.output import DryRun, Exit, Json, notes, print_json, print_rows
from deploy.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from psycopg import AsyncConnection

    from projectors.engine.projection import Projection
    from projectors.engine.retry import Blocker, Retried, Skip

app = typer.Typer(
    help="Show, retry and skip events that a read model could not apply.", no_args_is_help=True
)

Loan = Annotated[UUID | None, typer.Option("--loan", help="Only of this loan.")]
T = TypeVar("T")
REASON_CHARS_MAX = 500


@app.command("list")
def list_parked(
    projection: Annotated[str | None, typer.Option(help="Only beside this read model.")] = None,
    loan: Loan = None,
    skipped: Annotated[
        bool, typer.Option("--skipped", help="Show what was skipped, by whom and why.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what blocks which loan, why, since when, and how many events wait behind it."""
    from projectors.engine import retry

    name = _known(projection)

    async def find(connection: "AsyncConnection[Any]") -> "Sequence[Blocker | Skip]":
        if skipped:
            return await retry.skips(connection, name, loan)
        return await retry.blockers(connection, name, loan)

    rows = [asdict(each) for each in _connected(find)]
    if as_json:
        print_json(rows)
        return
    print_rows("Skipped events" if skipped else "Parked events", rows)
    if not rows:
        notes.print("nothing is skipped" if skipped else "nothing is parked")
    elif not skipped:
        notes.print("mend the cause, then `drawbridge parked retry`; --help shows how to skip one")


@app.command("retry")
def retry_parked(
    projection: Annotated[str | None, typer.Argument(help="Beside this read model.")] = None,
    loan: Loan = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Apply parked events, each loan's in order; exit code 1 where one still cannot be applied.

    Projectors may go on meanwhile. A dry run tries, takes back what it did, and looks no further
    than the first 200 events of a loan.
    """
    from projectors.engine import retry

    name = _known(projection)

    async def work(connection: "AsyncConnection[Any]") -> "list[Retried]":
        found = await retry.blockers(connection, name, loan)
        with _bar(sum(each.behind + 1 for each in found)) as progress:
            return await _retry(connection, found, progress, dry_run=dry_run)

    outcomes = _connected(work)
    _show(outcomes, as_json)
    applied = sum(each.applied for each in outcomes)
    notes.print(f"{'would apply' if dry_run else 'applied'} {applied:,} events")
    if any(each.blocked_at is not None for each in outcomes):
        notes.print("some still cannot be applied: mend the cause, or `drawbridge parked skip`")
        raise typer.Exit(Exit.WRONG)


@app.command("skip")
def skip_parked(
    projection: Annotated[str, typer.Argument(help="Name of the read model.")],
    position: Annotated[int, typer.Argument(help="Of the event that blocks.", min=1)],
    reason: Annotated[str, typer.Option(help="Why the read model can do without it.")],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Do without the one event that blocks a loan, on record, and apply what waited behind it.

    Its rows will differ from what the event says, also after a rebuild.
    """
    from projectors.engine import retry
    from projectors.engine.retry import SkipRefused

    name = _named(projection).name
    why = reason.strip()
    if not 0 < len(why) <= REASON_CHARS_MAX:
        raise typer.BadParameter(f"say why, in at most {REASON_CHARS_MAX} characters")

    async def work(connection: "AsyncConnection[Any]") -> "list[Retried]":
        blocker = await retry.skip(connection, name, position, why, _somebody(), dry_run=dry_run)
        if dry_run:
            return []
        with _bar(blocker.behind) as progress:
            return await _retry(connection, [blocker], progress)

    try:
        outcomes = _connected(work)
    except SkipRefused as refusal:
        raise RefusedError(str(refusal)) from None
    notes.print(f"{'would skip' if dry_run else 'skipped'} event {position} of {name}")
    _show(outcomes, as_json)
    if any(each.blocked_at is not None for each in outcomes):
        raise typer.Exit(Exit.WRONG)


def _show(outcomes: "Sequence[Retried]", as_json: bool) -> None:
    rows = [asdict(each) for each in outcomes]
    if as_json:
        print_json(rows)
    elif rows:
        print_rows("Retried", rows)


async def _retry(
    connection: "AsyncConnection[Any]",
    found: "Sequence[Blocker]",
    progress: Callable[[int], None],
    *,
    dry_run: bool = False,
) -> "list[Retried]":
    from projectors.engine import retry

    return [
        await retry.retry(connection, _named(each.projection), each, progress, dry_run=dry_run)
        for each in found
    ]


def _connected(work: "Callable[[AsyncConnection[Any]], Awaitable[T]]") -> "T":
    """What some work at the read models finds, as their projector."""
    from deploy.cli.place import load_settings
    from runtime.postgres import connect

    async def run() -> "T":
        async with await connect(load_settings(), "projector") as connection:
            return await work(connection)

    return asyncio.run(run())


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import Progress

    with Progress(console=notes, transient=True) as bar:
        task = bar.add_task("applying", total=total)
        yield lambda events: bar.update(task, advance=events)


def _known(name: str | None) -> str | None:
    return None if name is None else _named(name).name


def _named(name: str) -> "Projection":
    from projectors.registry import READ_MODELS

    by_name = {model.name: model for model in READ_MODELS}
    if name not in by_name:
        raise typer.BadParameter(f"{name} is none of {', '.join(by_name)}")
    return by_name[name]


def _somebody() -> str:
    """Who is at the shell: nobody signs in there."""
    import getpass
    import os

    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"os:{os.getuid()}"  # a container's user may have no name
