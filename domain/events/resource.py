"""A recorded event as JSON shows it: its envelope, and its fields with amounts as money."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from domain.events.envelope import Recorded
from domain.kernel.actors import Role
from domain.kernel.money import format_money
from domain.kernel.resource import Instant, Resource


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
    text = instant.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


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
    if is_dataclass(kind):
        return _object_form(kind)
    if kind is Decimal:
        return lambda value: format(value, "f")
    return (lambda value: value.isoformat()) if issubclass(kind, date) else str


def _object_form(kind: Any) -> Form:
    """A function like ``lambda value: {"loan_id": value.loan_id, ...}``.

    ``amount_cents`` in the ledger is ``amount``, a string with two decimals, in JSON. It is
    compiled as `dataclasses` compiles a class's ``__init__``: reading the fields by their names
    took half of writing an event.
    """
    hints = get_type_hints(kind)
    items = ", ".join(_item(each.name, hints[each.name]) for each in fields(kind))
    known = {"money": format_money, "shown": _shown}
    form: Form = eval(f"lambda value: {{{items}}}", known)  # noqa: S307  # of a class's own field names
    return form


def _item(name: str, hint: Any) -> str:
    """One field's key, and the expression that shows it."""
    field = f"value.{name}"
    if name.endswith("_cents"):
        shown = f"None if {field} is None else money({field})"
        return f"{name.removesuffix('_cents')!r}: {shown}"
    return f"{name!r}: {field if _is_written_as_it_is(hint) else f'shown({field})'}"


_WRITTEN_AS_THEY_ARE = frozenset({str, int, bool, NoneType, UUID})


def _is_written_as_it_is(hint: Any) -> bool:
    """Whether the encoder writes values of a type as they are shown."""
    if isinstance(hint, UnionType):
        return all(_is_written_as_it_is(part) for part in get_args(hint))
    if not isinstance(hint, type):
        return False
    return hint in _WRITTEN_AS_THEY_ARE or hint is date or issubclass(hint, Enum)
