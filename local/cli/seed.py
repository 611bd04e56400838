"""``drawbridge seed``: a demonstration portfolio, made by the real commands."""

from datetime import datetime
from typing import Annotated

import typer

from deploy.cli.output import DryRun, notes

app = typer.Typer(add_completion=False)

LOANS = 80
CONNECT_SECONDS_MAX = 10
Loans = Annotated[int, typer.Option(help="How many loans to make.", min=1)]


Die = Annotated[int, typer.Option("--seed", help="The same number makes the same portfolio.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The last date anything happens on. [default: today]"),
]


@app.command()
def seed(loans: Loans = LOANS, die: Die = 1, as_of: AsOf = None, dry_run: DryRun = False) -> None:
    """Fill the ledger with demo users, loans and draws (development only)."""
    import asyncio

    import psycopg

    from deploy.cli.place import load_settings
    from deploy.errors import RefusedError
    from local import seeding
    from runtime.settings import Environment

    settings = load_settings()
    if settings.environment is not Environment.DEVELOPMENT:
        raise RefusedError("Demonstration data belongs in development only.")
    if dry_run:
        notes.print(f"would make demo users and {loans} loans with their draws")
        return
    # The office it is made by waits for a database for ever, as an API does.
    psycopg.connect(settings.database_url, connect_timeout=CONNECT_SECONDS_MAX).close()
    last_on = None if as_of is None else as_of.date()
    asyncio.run(seeding.seed(settings, loans=loans, seed=die, as_of=last_on))
