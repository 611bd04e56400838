"""``drawbridge projections``: the read models, and how to make them anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from deploy.cli.output import DryRun, Exit, Json, notes, print_json, print_rows

app = typer.Typer(help="Show, rebuild and verify the read models.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="Names of read models.")]


@app.command("list")
def list_projections(as_json: Json = False) -> None:
    """Show every read model, its position and how far it is behind."""
    import psycopg

    from deploy.cli.place import load_settings
    from deploy.cli.progress import progress

    with psycopg.connect(load_settings().database_url) as connection:
        places = [asdict(place) for place in progress(connection)]
    if as_json:
        print_json(places)
    else:
        print_rows("Read models", places)


@app.command()
def rebuild(
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Make read models anew from the event store, while queries go on."""
    import asyncio

    from deploy.cli.place import load_settings
    from projectors import engine
    from projectors.registry import projections

    if bool(names) == every:
        raise typer.BadParameter("name read models, or give --all")
    chosen = projections(_known(names))
    if dry_run:
        notes.print("would rebuild " + ", ".join(model.name for model in chosen))
        return
    with _bar("rebuilding") as progress:
        asyncio.run(engine.rebuild(load_settings(), chosen, progress))
    notes.print("rebuilt " + ", ".join(model.name for model in chosen))


@app.command()
def verify(names: Names = None, as_json: Json = False) -> None:
    """Compare read models with a fresh replay; exit code 1 when a row differs."""
    import asyncio

    from deploy.cli.place import load_settings
    from projectors import engine
    from projectors.registry import projections

    with _bar("replaying") as progress:
        found = asyncio.run(engine.verify(load_settings(), projections(_known(names)), progress))
    rows = [asdict(each) for each in found]
    if as_json:
        print_json(rows)
    else:
        print_rows("Differences from a fresh replay", rows)
    if not all(each.agrees for each in found):
        raise typer.Exit(Exit.WRONG)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, with events a second and the time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0:,.0f} events/s")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _known(names: list[str] | None) -> list[str] | None:
    """The names given, if there are such read models."""
    from projectors.registry import READ_MODELS

    known = [model.name for model in READ_MODELS]
    for name in names or ():
        if name not in known:
            raise typer.BadParameter(f"{name} is none of {', '.join(known)}")
    return names or None
