"""``drawbridge restore``: back to an earlier moment, in earnest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.output import DryRun, Json, notes, print_json, print_lines
from deploy.cli.place import default_data_dir

if TYPE_CHECKING:
    from local.backup import Restored, RestorePlan

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    backups: Annotated[Path, typer.Option("--from", help="Folder of the backups.")],
    to_time: Annotated[
        str | None,
        typer.Option(help="Last moment to restore, as 2026-01-31T17:00:00Z; UTC unless it says."),
    ] = None,
    to_position: Annotated[
        int | None, typer.Option(help="Last event to restore, instead.", min=0)
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder to restore into.", show_default=".data")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare the read models with a replay, too.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Restore the database of a stopped ``drawbridge up``, to the end of its log unless told.

    What was there is moved aside and kept. The store begins an epoch, so that what Kafka has of the
    events that are gone is not taken for what is to come.
    """
    from local.backup import Backups, Wanted, plan
    from local.backup import restore as carry_out
    from local.embedded import DataFolder
    from runtime.settings import Settings

    if to_time is not None and to_position is not None:
        raise typer.BadParameter("give --to-time or --to-position")
    place = data_dir or default_data_dir()
    folder = DataFolder(place, environment=Settings().environment)
    asked = Wanted(Backups(backups), folder.path, _moment(to_time), to_position, verify)
    if dry_run:
        _tell_plan(plan(asked), as_json=as_json)
        return
    with folder:
        chosen = plan(asked)
        with _bar() as step:
            done = carry_out(chosen, folder, step)
    if as_json:
        print_json(asdict(done))
    else:
        _tell(done, folder.path, backups)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text} is no time such as 2026-01-31T17:00:00Z", param_hint="--to-time"
        ) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _tell_plan(chosen: "RestorePlan", *, as_json: bool) -> None:
    reach, base = chosen.reach, chosen.base
    if as_json:
        print_json(
            {
                "base": asdict(base),
                "target": chosen.target,
                "log": asdict(reach),
                "sources": chosen.sources,
                "into": chosen.wanted.data_dir,
            }
        )
        return
    until = "no further" if reach.until is None else f"until {reach.until:%Y-%m-%d %H:%M:%S} UTC"
    details = [
        f"from {base.name}, which ends at position {base.position}",
        f"the archived log leads {until}",
        f"to {chosen.target}, in {chosen.wanted.data_dir}",
    ]
    print_lines("would restore", details)


def _tell(done: "Restored", data_dir: Path, backups: Path) -> None:
    # Beside the original, which goes on archiving, a copy must not archive to the same folder.
    goes_on = f" --backups {backups}" if done.aside else ""
    lost = f"at least {done.lost_events}" if done.lost_events else "none that is known of"
    details = [
        f"up to position {done.position}, recorded at {done.recorded_at}",
        f"the last commit replayed is of {done.last_commit_at}"
        if done.last_commit_at
        else "no commit after the base backup was there to replay",
        f"events recorded after that, and lost: {lost}",
        f"read models that went on: {len(done.adopted)}, made anew: {len(done.rebuilt)}",
        f"the store's epoch is {done.epoch} from now on",
        f"the cluster that was there: {done.aside or 'none'}",
        f"it took {done.seconds:.1f} s",
        f"start it: drawbridge up --data-dir {data_dir}{goes_on}",
    ]
    print_lines("restored", details)


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, gone at the end: what it is about changes on the way."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=notes, transient=True) as bar:
        task = bar.add_task("restoring", total=None)

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield step
