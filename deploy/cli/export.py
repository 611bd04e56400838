"""``drawbridge export``: the contracts as files."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from runtime.http.plan import Plan

app = typer.Typer(help="Write the published contracts to standard output.", no_args_is_help=True)


@app.callback()
def export() -> None:
    """Keep ``export`` a group, whatever the number of its commands."""


@app.command()
def openapi() -> None:
    """The OpenAPI 3.1 document of both APIs, as JSON."""
    from command_api.app import create_app as create_command_app
    from deploy.cli.output import print_json
    from deploy.serving.front_door import merged
    from query_api.app import create_app as create_query_app
    from runtime.settings import Settings

    settings = Settings()
    print_json(merged(create_command_app(settings).openapi(), create_query_app(settings).openapi()))


@app.command()
def rights() -> None:
    """Who may do what: every operation of both APIs and how far each role reaches, as Markdown."""
    from runtime.http.rights import rights_page

    typer.echo(rights_page(_plans()), nl=False)


@app.command()
def refusals() -> None:
    """What is refused: every code with its meaning, its rule and its operations, as Markdown."""
    from runtime.http.refusals import refusals_page

    typer.echo(refusals_page(_plans()), nl=False)


def _plans() -> "list[Plan]":
    from command_api.app import create_app as create_command_app
    from query_api.app import create_app as create_query_app
    from runtime.settings import Settings

    settings = Settings()
    apis = (create_command_app(settings), create_query_app(settings))
    return [plan for api in apis for plan in api.plans.values()]
