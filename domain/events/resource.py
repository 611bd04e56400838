"""A recorded event as JSON shows it: its envelope, and its fields with amounts as money."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.events.envelope import Recorded
from domain.kernel.actors import Role
from domain.kernel.money import format_money
from domain.kernel.rates import Rate, rate_text
from domain.kernel.resource import Instant, Resource, resource_json


class ActorResource(Resource):
    """Who caused an event."""

    id: UUID
    role: Role


class EventResource(Resource):
    """What happened, to what, who did it, both of its dates, and what it undid.

    ``data`` holds the fields of an event of this ``type`` and ``schema_version``, amounts as money.
    """

    id: UUID
    position: int
    type: str
    schema_version: int
    stream_id: UUID
    stream_version: int
    actor: ActorResource
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    effective_on: date
    recorded_at: Instant
    reverses_event_id: UUID | None
    data: dict[str, Any]


def event_resource(recorded: Recorded) -> EventResource:
    """The event as it was recorded.

    Every event is written once into its history, so this has to be quick: ids, dates and
    enumerations are left to the encoder, which writes them as they are shown.
    """
    return EventResource(
        id=recorded.event_id,
        position=recorded.position,
        type=recorded.type,
        schema_version=recorded.schema_version,
        stream_id=recorded.stream_id,
        stream_version=recorded.stream_version,
        actor=ActorResource(id=recorded.actor.id, role=recorded.actor.role),
        command_id=recorded.command_id,
        correlation_id=recorded.correlation_id,
        causation_id=recorded.causation_id,
        effective_on=recorded.effective_on,
        recorded_at=instant_text(recorded.recorded_at),
        reverses_event_id=getattr(recorded.event, "reverses_event_id", None),
        data=_shown(recorded.event),
    )


def instant_text(instant: datetime) -> str:
    """An instant after RFC 3339, in UTC, to the microsecond."""
    moment = instant.astimezone(UTC)
    if moment.microsecond:  # The encoder is many times as fast, but leaves out those that are none.
        return resource_json(moment)[1:-1].decode()
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _shown(value: Any) -> Any:
    kind = type(value)
    if kind is tuple:
        return [_shown(each) for each in value]
    form = _FORMS.get(kind)
    if form is None:
        form = _FORMS[kind] = _form(kind)
    return form(value)


Form = Callable[[Any], Any]
_FORMS: dict[type, Form] = {}
"""How values of a class are shown; as many as there are events and parts of events."""


def _form(kind: Any) -> Form:
    if _is_written_as_it_is(kind):
        return lambda value: value
    if issubclass(kind, Struct):
        return _object_form(kind)
    if kind is Rate:
        return rate_text
    return (lambda value: value.isoformat()) if issubclass(kind, date) else str


def _object_form(kind: Any) -> Form:
    """What shows a struct: ``amount_cents`` in the ledger is ``amount``, a text, in JSON.

    All fields are taken at once, and only what is shown otherwise than it is kept is gone through.
    """
    hints = get_type_hints(kind)
    names = kind.__struct_fields__
    keys = [name.removesuffix("_cents") for name in names]
    otherwise = [
        (key, _money if name.endswith("_cents") else _shown)
        for key, name in zip(keys, names, strict=True)
        if not _is_written_as_it_is(hints[name]) or name.endswith("_cents")
    ]

    def form(value: Any) -> dict[str, Any]:
        fields = dict(zip(keys, astuple(value), strict=True))
        for key, show in otherwise:
            fields[key] = show(fields[key])
        return fields

    return form


def _money(cents: int | None) -> str | None:
    return None if cents is None else format_money(cents)


_WRITTEN_AS_THEY_ARE = frozenset({str, int, bool, NoneType, UUID})


def _is_written_as_it_is(hint: Any) -> bool:
    """Whether the encoder writes values of a type as they are shown."""
    if isinstance(hint, UnionType):
        return all(_is_written_as_it_is(part) for part in get_args(hint))
    if not isinstance(hint, type):
        return False
    return hint in _WRITTEN_AS_THEY_ARE or hint is date or issubclass(hint, Enum)
