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
    """The OpenAPI 3.1 document of both APIs, as JSON; for programs, so without white space."""
    import orjson

    from command_api.app import create_app as create_command_app
    from deploy.serving.front_door import document_of_both
    from query_api.app import create_app as create_query_app
    from runtime.settings import Settings

    settings = Settings()
    document = document_of_both(create_command_app(settings), create_query_app(settings))
    typer.echo(orjson.dumps(document))


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
