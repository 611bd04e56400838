"""``drawbridge drill``: a database lost on purpose, and restored."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.output import Exit, Json, notes, print_json, print_lines

app = typer.Typer(add_completion=False)


@app.command()
def drill(
    place: Annotated[
        Path | None,
        typer.Option("--in", help="An empty folder to work in.", show_default="a new one"),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long clients write.", min=1.0)] = 6.0,
    archive_seconds: Annotated[
        int, typer.Option(help="How long a record waits at most to be archived.", min=1)
    ] = 1,
    as_json: Json = False,
) -> None:
    """Lose a database on purpose, restore it, and say what that cost: servers of its own, no others.

    Clients write through the API, a base backup is taken, and the database is killed and its files
    removed. It is restored elsewhere from the backups alone, and what was acknowledged is looked
    for; then once more, to a moment before a bad day. Exit code 1 when a promise did not hold.
    """
    from local.backup.drill import run
    from runtime import logs

    logs.configure(json=False, level="ERROR")
    found = run(place, seconds, archive_seconds, lambda what: notes.print(f"{what} …"))
    if as_json:
        print_json(asdict(found) | {"holds": found.holds})
    else:
        print_lines(f"the drill {'holds' if found.holds else 'FAILED'}", found.told())
    if not found.holds:
        raise typer.Exit(Exit.WRONG)
