"""``drawbridge db``: the schema of the database."""

from dataclasses import asdict
from typing import Annotated

import typer

from deploy.cli.output import DryRun, Exit, Json, notes, print_json, print_rows

app = typer.Typer(help="Migrate the database, and tell a restored one apart.", no_args_is_help=True)


@app.command()
def upgrade(revision: str = "head", dry_run: DryRun = False) -> None:
    """Apply migrations up to REVISION."""
    import migrations
    from deploy.cli.place import load_settings

    url = load_settings().database_url
    before = migrations.current(url)
    if dry_run:
        notes.print(f"would migrate from {before or 'nothing'} to {revision}")
        return
    migrations.upgrade(url, revision)
    notes.print(f"migrated from {before or 'nothing'} to {migrations.current(url)}")


@app.command()
def downgrade(revision: str, dry_run: DryRun = False) -> None:
    """Take migrations back down to REVISION, with the data they hold."""
    import migrations
    from deploy.cli.place import load_settings

    url = load_settings().database_url
    before = migrations.current(url)
    if dry_run:
        notes.print(f"would migrate down from {before or 'nothing'} to {revision}")
        return
    migrations.downgrade(url, revision)
    notes.print(f"migrated down from {before} to {migrations.current(url) or 'nothing'}")


@app.command()
def current(as_json: Json = False) -> None:
    """Show the revision the database is at, and the newest there is."""
    import migrations
    from deploy.cli.place import load_settings

    at, newest = migrations.current(load_settings().database_url), migrations.head()
    if as_json:
        print_json({"current": at, "head": newest, "pending": at != newest})
    else:
        print(at or "nothing")
        notes.print("up to date" if at == newest else f"pending: up to {newest}")


@app.command()
def epoch(
    begin: Annotated[bool, typer.Option("--begin", help="Begin one, after a restore.")] = False,
    reason: Annotated[str, typer.Option(help="Why, kept with the epoch.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show the identities the store has had, or begin another.

    Begin one after every restore of the database to an earlier moment, before any process works on
    it: Kafka then holds events that are no more, and this tells them apart.
    """
    import psycopg

    from deploy.cli.place import load_settings
    from runtime.eventstore import epoch as store

    if begin and not reason.strip():
        raise typer.BadParameter("say why: --reason", param_hint="--begin")
    with psycopg.connect(load_settings().database_url, autocommit=True) as connection:
        begun = None
        if begin and dry_run:
            notes.print("would begin an epoch after the last position")
        elif begin:
            begun = store.begin_epoch(connection, reason.strip())
        known = [asdict(each) for each in store.epochs(connection)]
    if as_json:
        to_rebuild = () if begun is None else begun.to_rebuild
        print_json({"epochs": known, "to_rebuild": to_rebuild})
    else:
        print_rows("Epochs of the store", known)
    if begun is not None and begun.to_rebuild:
        names = " ".join(begun.to_rebuild)
        notes.print(f"not of this store any more: drawbridge projections rebuild {names}")
        raise typer.Exit(Exit.WRONG)
