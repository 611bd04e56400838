"""``drawbridge backup``: base backups of the database that ``drawbridge up --backups`` runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli.output import Json, notes, print_json, print_rows
from deploy.cli.place import default_data_dir, folder_is_held, running_system
from deploy.errors import RefusedError

if TYPE_CHECKING:
    from local.backup import Server

app = typer.Typer(add_completion=False, help="Back the running database up, or list its backups.")

DataDir = Annotated[
    Path | None, typer.Option(help="Folder of the running system.", show_default=".data")
]
Keep = Annotated[
    int | None, typer.Option(help="Forget all but this many, with the log only they need.", min=1)
]


@app.callback(invoke_without_command=True)
def backup(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option(help="Folder of the backups.", show_default="where the log goes")
    ] = None,
    keep: Keep = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Take a base backup of the running database, and verify it.

    It and the log that is archived from then on restore the database to any later moment.
    """
    if context.invoked_subcommand is not None:
        return
    from local.backup import Backups, prune, take

    folder = data_dir or default_data_dir()
    server = _running_server(folder)
    if to is not None and Backups(to).path != server.backups.path:
        raise RefusedError(
            f"The log is archived in {server.backups.path}, and a backup is no good without it: "
            "leave --to out, or start `drawbridge up` with --backups of that folder."
        )
    with _bytes_bar() as progress:
        base = take(server, folder.resolve() / "logs", progress)
    gone = [] if keep is None else prune(server.backups, keep)
    if as_json:
        print_json(asdict(base) | {"path": server.backups.path / base.name, "pruned": gone})
    else:
        print_rows("Backup", [_shown(asdict(base))])
        notes.print(f"in {server.backups.path}" + (f"; {len(gone)} older removed" if gone else ""))


@app.command("list")
def list_backups(
    backups: Annotated[
        Path | None,
        typer.Option(help="Folder of the backups.", show_default="that of the running system"),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Show the base backups in a folder, and how far the log leads from each."""
    from local.backup import Backups
    from local.backup.log import Log

    if backups is not None:
        folder = Backups(backups)
    else:
        folder = _running_server(data_dir or default_data_dir(), "--backups DIR").backups
    log = Log(folder.wal)
    rows: list[dict[str, Any]] = []
    for base in folder.demand_bases():
        reach = log.reach(base.start_lsn)
        rows.append(asdict(base) | {"log_until": reach.until, "log_missing": reach.missing})
    if as_json:
        print_json(rows)
    else:
        print_rows("Backups", [_shown(row) for row in rows])


def _running_server(data_dir: Path, otherwise: str = "--data-dir") -> "Server":
    """The database of the `drawbridge up` that runs on a folder.

    Raises:
        RefusedError: none does.
    """
    from local.backup import server_at

    running = running_system(data_dir)
    if running is not None:
        return server_at(running.database_url, data_dir)
    if folder_is_held(data_dir):
        raise RefusedError(f"What uses {data_dir} is not ready yet: wait for `drawbridge up`.")
    raise RefusedError(
        f"Nothing runs on {data_dir}: start `drawbridge up --backups DIR`, or give {otherwise}. "
        "A database that runs elsewhere is backed up there; see deploy/backup/README.md."
    )


def _shown(base: dict[str, Any]) -> dict[str, Any]:
    left_out = ("start_lsn", "end_lsn", "timeline", "system", "epoch", "revision", "server")
    return {name: value for name, value in base.items() if name not in left_out}


@contextmanager
def _bytes_bar() -> Iterator[Callable[[int, int], None]]:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("backing up"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes) as bar:
        task = bar.add_task("backing up", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
