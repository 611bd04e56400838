"""``drawbridge replay``: the life of one loan or draw, out of the event store itself."""

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from deploy.cli.output import Json, RefusedError, notes, print_json, print_rows

if TYPE_CHECKING:
    from domain.events.envelope import Recorded
    from runtime.settings import Settings


def replay(
    stream: Annotated[UUID, typer.Option(help="Id of the loan or draw.")],
    to_version: Annotated[int | None, typer.Option(help="Stop after this version.", min=1)] = None,
    recorded_at: Annotated[
        datetime | None, typer.Option(help="As it was known at this instant (UTC).")
    ] = None,
    effective_on: Annotated[
        datetime | None, typer.Option(help="As it counted on this date.", formats=["%Y-%m-%d"])
    ] = None,
    as_json: Json = False,
) -> None:
    """Show every event of a loan or draw, and the state they come to."""
    from datetime import UTC

    from deploy.cli.place import load_settings

    given = [bound for bound in (to_version, recorded_at, effective_on) if bound is not None]
    if len(given) > 1:
        raise typer.BadParameter("give one of --to-version, --recorded-at and --effective-on")
    known_at = recorded_at.replace(tzinfo=recorded_at.tzinfo or UTC) if recorded_at else None
    counted_on = effective_on.date() if effective_on else None
    settings = load_settings()
    events = asyncio.run(_read(settings, stream, to_version, known_at, counted_on))
    if not events:
        raise RefusedError(f"There are no such events of {stream}.")
    emails = _emails(settings.database_url, events)
    state = _state(events)
    if as_json:
        print_json({"events": [_event(each, emails) for each in events], "state": state})
        return
    print_rows(f"{stream}", [_row(each, emails) for each in events])
    notes.print(f"state after version {events[-1].stream_version}", style="bold")
    for name, value in state.items():
        print(f"{name}\t{_brief(value)}")


async def _read(
    settings: "Settings",
    stream: UUID,
    to_version: int | None,
    recorded_at: datetime | None,
    effective_on: date | None,
) -> "list[Recorded]":
    import domain.capabilities  # noqa: F401  # fills the catalogue
    from runtime.eventstore.reader import Reader
    from runtime.postgres import pool

    async with pool(settings, "query", max_size=1) as connections:
        return await Reader(connections).stream(
            stream, to_version=to_version, recorded_at=recorded_at, effective_on=effective_on
        )


def _state(events: "list[Recorded]") -> dict[str, Any]:
    """The loan or draw that the events come to, as the APIs show it."""
    from domain.draws import state as draws
    from domain.loans import state as loans
    from runtime.resources.draws import draw_resource
    from runtime.resources.loans import loan_resource

    version = {"version": events[-1].stream_version}
    if events[0].type.startswith("draw."):
        draw: Any = None
        for recorded in events:
            draw = draws.evolve(draw, recorded.event)  # type: ignore[arg-type]  # a draw's stream holds its events
        return draw_resource(draw) | version
    loan: Any = None
    for recorded in events:
        loan = loans.evolve(loan, recorded.event)  # type: ignore[arg-type]  # a loan's stream holds its events
    return loan_resource(loan) | version


def _emails(database_url: str, events: "list[Recorded]") -> dict[UUID, str]:
    import psycopg

    actors = list({recorded.actor.id for recorded in events})
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT id, email FROM auth.users WHERE id = ANY(%s)", (actors,))
        return dict(rows.fetchall())


def _event(recorded: "Recorded", emails: dict[UUID, str]) -> dict[str, Any]:
    from runtime.resources.events import event_resource

    shown = event_resource(recorded)
    shown["actor"]["email"] = emails.get(recorded.actor.id)
    return shown


def _row(recorded: "Recorded", emails: dict[UUID, str]) -> dict[str, str]:
    from runtime.resources.events import event_resource

    data: dict[str, Any] = event_resource(recorded)["data"]
    facts = {name: value for name, value in data.items() if name not in ("loan_id", "draw_id")}
    who = emails.get(recorded.actor.id)
    return {
        "version": str(recorded.stream_version),
        "position": str(recorded.position),
        "effective_on": recorded.effective_on.isoformat(),
        "recorded_at": recorded.recorded_at.strftime("%Y-%m-%d %H:%M:%S"),
        "type": recorded.type,
        "actor": f"{recorded.actor.role} {who}" if who else str(recorded.actor.role),
        "facts": ", ".join(f"{name} {_brief(value)}" for name, value in facts.items() if value),
    }


def _brief(value: Any) -> str:
    """A value in a line: lists by their length or their names, objects by their plain fields."""
    if isinstance(value, list):
        if all(isinstance(each, str) for each in value):
            return "; ".join(value)
        return "; ".join(_brief(each) for each in value) if len(value) <= 3 else f"({len(value)})"
    if isinstance(value, dict):
        plain = {k: v for k, v in value.items() if not isinstance(v, list | dict) and v is not None}
        return "{" + ", ".join(f"{k} {v}" for k, v in plain.items() if not k.endswith("_id")) + "}"
    return "" if value is None else str(value)
