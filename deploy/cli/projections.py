"""``drawbridge projections``: the read models, how to make them anew, and how to go back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.output import DryRun, Exit, Json, notes, print_json, print_rows

if TYPE_CHECKING:
    from projectors.engine.rebuild import Rebuilt

app = typer.Typer(
    help="Show, apply, rebuild, verify and roll back the read models.", no_args_is_help=True
)

Names = Annotated[list[str] | None, typer.Argument(help="Names of read models.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes. [default: one a core]")]


@app.command("list")
def list_projections(as_json: Json = False) -> None:
    """Show every read model, its position, how far it is behind, and what is kept of it.

    One is `live` where its live tables are this release's, `other` where they are another's, in
    which case this release's projectors let it rest; `absent` ones nobody has applied yet, and
    `unknown` ones another release made, of which this one knows nothing.
    """
    import psycopg

    from deploy.cli.place import load_settings
    from projectors.engine.rebuild import kept_bytes
    from projectors.registry import READ_MODELS
    from projectors.standing import ReadSide

    declared = {model.name: model.definition.print for model in READ_MODELS}
    with psycopg.connect(load_settings().database_url) as connection:
        kept = kept_bytes(connection, READ_MODELS)
        side = ReadSide.read(connection)
    places = [
        {
            "name": name,
            "state": side.state(name, declared.get(name)),
            "position": side.position([name]),
            "behind": side.head - side.position([name]),
            "parked": side.models[name].parked_events if name in side.models else 0,
            "previous_bytes": kept.get(name),
        }
        for name in sorted(declared.keys() | side.models.keys())
    ]
    if as_json:
        print_json(places)
    else:
        print_rows("Read models", places)


@app.command()
def apply(
    workers: Workers = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(help="Drop a read model that this release does not know; may be repeated."),
    ] = None,
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Make the read side what this release declares, while queries go on.

    New read models are made, changed ones built beside the live version and put in its place, those
    that this release has retired are dropped. One that it does not know is another release's, which
    may come back: it stays, and is told, until it is named with --remove. Nothing happens where
    nothing differs.
    """
    import asyncio

    from deploy.cli.place import load_settings
    from projectors import engine
    from projectors.engine.rebuild import Options
    from projectors.registry import READ_MODELS, RETIRED

    drop = RETIRED.union(remove or ())
    if kept := drop & {model.name for model in READ_MODELS}:
        raise typer.BadParameter(f"this release has {', '.join(sorted(kept))}, and needs it")
    settings = load_settings()
    if remove:
        found = asyncio.run(engine.apply(settings, READ_MODELS, drop=drop, dry_run=True))
        if strangers := set(remove).difference(found.removed):
            raise typer.BadParameter(f"there is no read model {', '.join(sorted(strangers))}")
    with _bar() as bar:
        options = Options(workers, phase=bar.phase, say=notes.print)
        doing = engine.apply(settings, READ_MODELS, bar.steps, options, drop=drop, dry_run=dry_run)
        changes = asdict(asyncio.run(doing))
    if as_json:
        print_json(changes)
        return
    unknown = changes.pop("unknown")
    for name in unknown:
        notes.print(
            f"left as it is, another release's: {name}; nobody fills it until that release is back,"
            f" and `drawbridge projections apply --remove {name}` drops it"
        )
    for what, names in changes.items():
        if names:
            would = "would be " if dry_run else ""
            notes.print(f"{would}{what.replace('_', ' ')}: {', '.join(names)}")
    if not any(changes.values()):
        rest = "for the rest, " if unknown else ""
        notes.print(f"{rest}the read side is what this release declares")


@app.command()
def rebuild(
    names: Names = None,
    every: Every = False,
    workers: Workers = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew, whatever is unfinished.")
    ] = False,
    with_skipped: Annotated[
        bool, typer.Option("--with-skipped", help="Apply skipped events too; skip them no more.")
    ] = False,
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Make read models anew from the event store, while queries go on.

    Stop it with Ctrl-C and run it again: it goes on where it was. The version before is kept until
    the next rebuild, for `rollback`.
    """
    import asyncio

    from deploy.cli.place import load_settings
    from projectors import engine
    from projectors.engine.rebuild import Options
    from projectors.registry import projections

    chosen = projections(_chosen(names, every=every))
    told = ", ".join(model.name for model in chosen)
    if dry_run:
        notes.print(f"would rebuild {told}")
        return
    with _bar() as bar:
        options = Options(workers, restart, with_skipped, bar.phase, notes.print)
        try:
            done = asyncio.run(engine.rebuild(load_settings(), chosen, bar.steps, options))
        except KeyboardInterrupt:
            notes.print("stopped; run it again to go on")
            raise typer.Exit(Exit.WRONG) from None
    _report(done, as_json=as_json)
    notes.print(f"rebuilt {told}; the version before is kept for `drawbridge projections rollback`")


@app.command()
def verify(names: Names = None, workers: Workers = None, as_json: Json = False) -> None:
    """Compare read models with a fresh replay; exit code 1 when a row differs."""
    import asyncio

    from deploy.cli.place import load_settings
    from projectors import engine
    from projectors.engine.rebuild import Options
    from projectors.registry import projections

    chosen = projections(_known(names))
    with _bar() as bar:
        options = Options(workers, phase=bar.phase)
        found = asyncio.run(engine.verify(load_settings(), chosen, bar.steps, options))
    rows = [asdict(each) for each in found]
    if as_json:
        print_json(rows)
    else:
        print_rows("Differences from a fresh replay", rows)
    if not all(each.agrees for each in found):
        raise typer.Exit(Exit.WRONG)


@app.command()
def rollback(names: Names = None, every: Every = False, dry_run: DryRun = False) -> None:
    """Go back to the version from before the last rebuild, brought up to date.

    What was live becomes the previous version, so that a second rollback undoes the first.
    """
    import asyncio

    from deploy.cli.place import load_settings
    from projectors.engine.rebuild import rollback as go_back
    from projectors.registry import projections

    chosen = projections(_chosen(names, every=every))
    told = ", ".join(model.name for model in chosen)
    if dry_run:
        notes.print(f"would go back with {told}")
        return
    asyncio.run(go_back(load_settings(), chosen))
    notes.print(f"went back with {told}; another rollback undoes it")


@app.command()
def discard(names: Names = None, every: Every = False, dry_run: DryRun = False) -> None:
    """Drop the versions from before the last rebuild, which frees their room."""
    import asyncio

    from deploy.cli.place import load_settings
    from projectors.engine.rebuild import discard as drop
    from projectors.registry import projections

    chosen = projections(_chosen(names, every=every))
    told = ", ".join(model.name for model in chosen)
    if dry_run:
        notes.print(f"would drop the previous versions of {told}")
        return
    asyncio.run(drop(load_settings(), chosen))
    notes.print(f"dropped the previous versions of {told}")


def _report(done: "Rebuilt", *, as_json: bool) -> None:
    seconds = done.seconds
    rows = [{**asdict(each), "differs": each.differs} for each in done.tables]
    summary = {
        "events": done.events,
        "events_read": done.events_read,
        "seconds": round(seconds, 1),
        "events_per_second": round(done.events_read / max(seconds, 0.001)),
        "workers": done.workers,
        "resumed": done.resumed,
        "phases": {name: round(spent, 2) for name, spent in done.phases.items()},
    }
    if as_json:
        print_json(summary | {"tables": rows})
        return
    reasons = {each.projection: each.not_compared for each in done.tables if each.not_compared}
    print_rows("Read models before and after", [_shown(row) for row in rows])
    for name, reason in reasons.items():
        notes.print(f"{name} was not compared with the one before it: {reason}")
    notes.print(
        f"{done.events_read:,} of {done.events:,} events in {seconds:,.1f} s,"
        f" {summary['events_per_second']:,} events/s"
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row for people; why it was not compared is told below, once a read model."""
    if row["not_compared"]:
        row = row | {"rows_before": "", "checksum_before": "", "differs": "not compared"}
    return {name: value for name, value in row.items() if name != "not_compared"}


class _Bar:
    """A progress bar on standard error, with steps a second and the time left."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task: Any = None

    def phase(self, name: str) -> None:
        """Begin a phase."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=None, unit=_UNITS.get(name, ""))

    def steps(self, done: int, total: int) -> None:
        """Say how much of it is done."""
        self._bar.update(self._task, completed=done, total=total)


_UNITS = {"replaying": "events/s", "indexing": "indexes/s"}


@contextmanager
def _bar() -> Iterator[_Bar]:
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
            unit = task.fields["unit"]
            return Text(f"{task.speed or 0:,.0f} {unit}" if unit else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes) as bar:
        yield _Bar(bar)


def _chosen(names: list[str] | None, *, every: bool) -> list[str] | None:
    """The names given, or none for all of them, as was asked expressly."""
    if bool(names) == every:
        raise typer.BadParameter("name read models, or give --all")
    return _known(names)


def _known(names: list[str] | None) -> list[str] | None:
    """The names given, if there are such read models."""
    from projectors.registry import READ_MODELS

    known = [model.name for model in READ_MODELS]
    for name in names or ():
        if name not in known:
            raise typer.BadParameter(f"{name} is none of {', '.join(known)}")
    return names or None
