"""How commands speak: data on standard output, everything else on standard error."""

import json
import os
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.cli.place import WHERE_TO_LOOK
from deploy.errors import RefusedError

Json = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]


class Exit(IntEnum):
    """Exit codes that scripts can use."""

    DONE = 0
    WRONG = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4


# Rich honours NO_COLOR by itself.
notes = Console(stderr=True, highlight=False)
"""Progress and remarks."""


def print_json(data: Any) -> None:
    """Print data as JSON; dates, ids and decimals as strings."""
    print(json.dumps(data, indent=2, default=str, ensure_ascii=False))


def print_rows(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows of like keys as a table: framed for a person, tab-separated for a pipe."""
    if not os.isatty(1):
        for row in rows:
            print("\t".join(_cell(value) for value in row.values()))
        return
    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ():
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    Console().print(table)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def print_lines(headline: str, details: Sequence[str]) -> None:
    """Print a headline and its details: indented for a person, on one line for a pipe."""
    if not os.isatty(1):
        print("\t".join([headline, "; ".join(details)]) if details else headline)
        return
    console = Console(highlight=False)
    console.print(headline.replace("\t", "  "), style="bold", markup=False, soft_wrap=True)
    for detail in details:
        console.print(f"    {detail}", markup=False, soft_wrap=True)


def explain(error: Exception) -> tuple[str, Exit] | None:
    """What to tell a person about an error, and the exit code; `None` for our own defects."""
    import psycopg
    from psycopg_pool import PoolTimeout
    from pydantic import ValidationError
    from sqlalchemy.exc import OperationalError

    from domain.kernel.errors import Refusal
    from projectors.engine.models import OtherVersion
    from projectors.engine.rebuild import RebuildRefused

    match error:
        case RefusedError() | RebuildRefused() | OtherVersion():
            return str(error), Exit.REFUSED
        case Refusal():
            return f"{error.message} ({error.code})", Exit.REFUSED
        case psycopg.OperationalError() | OperationalError() | PoolTimeout():
            first_line = str(error).strip().splitlines()[0]
            return (
                f"the database cannot be reached: {first_line}\nTo mend it, {WHERE_TO_LOOK}.",
                Exit.UNREACHABLE,
            )
        case ValidationError():
            return f"the settings are not usable: {error}", Exit.USAGE
        case _:
            return None
