"""``drawbridge db``: the schema of the database."""

import typer

from deploy.cli.output import DryRun, Json, notes, print_json

app = typer.Typer(help="Migrate the database.", no_args_is_help=True)


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
