"""The ``drawbridge`` command: one file a group of commands.

Data goes to standard output (``--json`` for machines), progress and logs to standard error.
Everything slow to import is imported inside the commands, so that ``--help`` answers at once.
"""

import logging
import sys
from typing import Annotated

import typer

from deploy.cli import (
    cob,
    db,
    doctor,
    export,
    parked,
    projections,
    replay,
    serve,
    users,
)
from deploy.cli.extras import Commands
from deploy.cli.output import explain

app = typer.Typer(
    name="drawbridge",
    cls=Commands,
    epilog=(
        "Exit codes: 0 done · 1 something is wrong, and was named · 2 wrong usage · "
        "3 a server cannot be reached · 4 refused."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(serve.app, name="serve")
app.command("relay")(serve.relay)
app.command("project")(serve.project)
app.add_typer(projections.app, name="projections")
app.add_typer(parked.app, name="parked")
app.command("replay")(replay.replay)
app.add_typer(db.app, name="db")
app.add_typer(users.app, name="users")
app.add_typer(cob.app, name="cob")
app.command("doctor")(doctor.doctor)
app.add_typer(export.app, name="export")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("drawbridge"))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """System of record for construction and development lending."""


def main() -> None:
    """Run the command line; what users can mend is told in a sentence, the rest is a traceback."""
    # A library's warnings are for logs; a command that keeps none says itself what failed.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app()
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        message, code = explained
        print(f"drawbridge: {message}", file=sys.stderr)
        sys.exit(code)
