"""``drawbridge replay``: the life of one stream, out of the event store itself."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from deploy.cli.output import Json, print_json, print_lines
from deploy.errors import RefusedError

if TYPE_CHECKING:
    from domain.events.envelope import Recorded
    from runtime.settings import Settings

Shown = dict[str, Any]
_INSTANTS = [
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
]
"""As people type them, and as the APIs show them."""


def replay(
    stream: Annotated[
        UUID, typer.Option(help="Id of a loan, draw, month of interest, payoff quote or calendar.")
    ],
    to_version: Annotated[int | None, typer.Option(help="Stop after this version.", min=1)] = None,
    recorded_at: Annotated[
        datetime | None,
        typer.Option(
            help="As it was known at this instant (UTC unless it says otherwise).",
            formats=_INSTANTS,
            metavar="INSTANT",
        ),
    ] = None,
    effective_on: Annotated[
        datetime | None,
        typer.Option(help="As it counted on this date.", formats=["%Y-%m-%d"], metavar="DATE"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show every event of a stream, what each changed, and the state they come to.

    A loan is shown with the interest of its open month, whose daily entries are a stream of their
    own: replay that to see them.
    """
    from deploy.cli.lives import stands, steps
    from deploy.cli.place import load_settings

    given = [bound for bound in (to_version, recorded_at, effective_on) if bound is not None]
    if len(given) > 1:
        raise typer.BadParameter("give one of --to-version, --recorded-at and --effective-on")
    bounds = Bounds(
        to_version,
        recorded_at.replace(tzinfo=recorded_at.tzinfo or UTC) if recorded_at else None,
        effective_on.date() if effective_on else None,
    )
    settings = load_settings()
    events, entries = _read(settings, stream, bounds)
    if not events:
        raise RefusedError(f"There are no such events of {stream}.")
    emails = _emails(settings.database_url, events)
    moments = [
        Moment(recorded, emails.get(recorded.actor.id), before, after)
        for recorded, before, after in steps(events, entries)
    ]
    state = stands(events, entries)
    if as_json:
        print_json({"events": [each.as_json() for each in moments], "state": state})
        return
    for moment in moments:
        print_lines(moment.headline(), moment.changes_text())
    print_lines(f"state after version {events[-1].stream_version}", _state_text(state))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of the life to show: at most one is given."""

    to_version: int | None
    recorded_at: datetime | None
    effective_on: date | None


@dataclass(frozen=True, slots=True)
class Moment:
    """An event, who caused it, and the resource before and after it."""

    recorded: "Recorded"
    email: str | None
    before: Shown
    state: Shown

    def headline(self) -> str:
        """Version, position, both dates, what happened and who did it."""
        it = self.recorded
        who = f"{it.actor.role} {self.email or it.actor.id}"
        return (
            f"{it.stream_version}\t{it.position}\t{it.effective_on}"
            f"\t{it.recorded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\t{it.type}\t{who}"
        )

    def changes(self) -> dict[str, tuple[Any, Any]]:
        """What the event changed of the fields that are not lists, by name: before and after."""
        return {
            name: (self.before.get(name), now)
            for name, now in self.state.items()
            if name != "version"
            and not isinstance(now, list | dict)
            and now != self.before.get(name)
        }

    def changes_text(self) -> list[str]:
        """The same in words, and what the event says besides, such as reasons."""
        from domain.events.resource import event_resource

        changes = self.changes()
        texts = [
            f"{name} {after}" if before is None else f"{name} {before} → {after}"
            for name, (before, after) in changes.items()
            if not name.endswith("id")
        ]
        said: Shown = event_resource(self.recorded).data
        for name, value in said.items():
            if name not in changes and name != "postings" and not name.endswith("_id"):
                text = _brief(value)
                texts += [f"{name} {text}"] if text else []
        return texts

    def as_json(self) -> Shown:
        """The event as the APIs show it, with the actor's address and what changed."""
        from msgspec import to_builtins

        from domain.events.resource import event_resource

        shown: Shown = to_builtins(event_resource(self.recorded))
        shown["actor"]["email"] = self.email
        return shown | {"changes": {name: list(pair) for name, pair in self.changes().items()}}


def _read(
    settings: "Settings", stream: UUID, bounds: Bounds
) -> "tuple[list[Recorded], list[Recorded]]":
    """The events of a stream, and the entries of what it is shown with: of a loan, its months'."""
    from deploy.cli.lives import life_of
    from query_api.past import AsOf
    from runtime.eventstore.recorder import LedgerRecorder, datastore
    from runtime.postgres import conninfo

    as_of = AsOf.model_construct(effective_on=bounds.effective_on, recorded_at=bounds.recorded_at)
    with datastore(conninfo(settings, "query"), connections_max=1) as connections:
        events, entries = life_of(LedgerRecorder(connections), stream, as_of)
    if bounds.to_version is not None:
        events = [event for event in events if event.stream_version <= bounds.to_version]
        last = events[-1].position if events else 0
        entries = [entry for entry in entries if entry.position <= last]
    return events, entries


def _emails(database_url: str, events: "list[Recorded]") -> dict[UUID, str]:
    import psycopg

    actors = list({recorded.actor.id for recorded in events})
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT id, email FROM auth.users WHERE id = ANY(%s)", (actors,))
        return dict(rows.fetchall())


def _state_text(state: Shown) -> list[str]:
    """A line a field, and a line an entry of its lists."""
    texts: list[str] = []
    for name, value in state.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            texts += [f"{name}: {_plain(each)}" for each in value]
        elif text := _brief(value):
            texts.append(f"{name} {text}")
    return texts


def _brief(value: Any) -> str:
    """A value in a line; lists of objects are too long for one and only counted."""
    if isinstance(value, list):
        plain = all(isinstance(each, str) for each in value)
        return "; ".join(value) if plain else f"({len(value)})"
    if isinstance(value, dict):
        return _plain(value)
    return "" if value is None else str(value)


def _plain(fields: Shown) -> str:
    """The fields of an object that are not ids, lists, objects or empty."""
    return ", ".join(
        f"{name} {value}"
        for name, value in fields.items()
        if value is not None and not isinstance(value, list | dict) and not name.endswith("_id")
    )
