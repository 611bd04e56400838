"""A recorded event as JSON shows it: its envelope, and its fields with amounts as money."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints
from uuid import UUID

import orjson

from domain.events.envelope import Recorded
from domain.kernel.money import format_money

JsonObject = dict[str, Any]


def event_resource(recorded: Recorded) -> JsonObject:
    """The event: what happened, to what, who did it, both of its dates, and what it undid."""
    shown: JsonObject = orjson.loads(event_json(recorded))
    return shown


def event_json(recorded: Recorded) -> bytes:
    """The same as bytes; every event is written once into its history, so this has to be quick.

    Ids, dates and enumerations are left to orjson, which writes them as they are shown.
    """
    return orjson.dumps(
        {
            "id": recorded.event_id,
            "position": recorded.position,
            "type": recorded.type,
            "schema_version": recorded.schema_version,
            "stream_id": recorded.stream_id,
            "stream_version": recorded.stream_version,
            "actor": {"id": recorded.actor.id, "role": recorded.actor.role},
            "command_id": recorded.command_id,
            "correlation_id": recorded.correlation_id,
            "causation_id": recorded.causation_id,
            "effective_on": recorded.effective_on,
            "recorded_at": instant_text(recorded.recorded_at),
            "reverses_event_id": getattr(recorded.event, "reverses_event_id", None),
            "data": _object(recorded.event),
        }
    )


def instant_text(instant: datetime) -> str:
    """An instant after RFC 3339, in UTC, to the microsecond."""
    text = instant.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def _shown(value: Any) -> Any:
    kind = type(value)
    if kind is tuple:
        return [_shown(each) for each in value]
    if kind in _WRITTEN_AS_THEY_ARE or isinstance(value, Enum):
        return value
    if is_dataclass(kind):
        return _object(value)
    if kind is Decimal:
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class _Form:
    """How a class is shown: its fields' names and what reads them, amounts, and what needs work."""

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    amounts: tuple[str, ...]
    reshaped: tuple[str, ...]


def _object(value: Any) -> JsonObject:
    """``amount_cents`` in the ledger is ``amount``, a string with two decimals, in JSON."""
    kind = type(value)
    form = _FORMS.get(kind)
    if form is None:
        form = _FORMS[kind] = _form(kind)
    shown = dict(zip(form.names, form.values(value), strict=True))
    for name in form.amounts:
        cents = shown[name]
        if cents is not None:
            shown[name] = format_money(cents)
    for name in form.reshaped:
        shown[name] = _shown(shown[name])
    return shown


_FORMS: dict[type, _Form] = {}
"""By class; as many as there are events and parts of events."""


def _form(kind: Any) -> _Form:
    names = [each.name for each in fields(kind)]
    hints = get_type_hints(kind)
    amounts = [name for name in names if name.endswith("_cents")]
    reshaped = [
        name for name in names if name not in amounts and not _is_written_as_it_is(hints[name])
    ]
    return _Form(
        tuple(name.removesuffix("_cents") for name in names),
        _reading(names),
        tuple(name.removesuffix("_cents") for name in amounts),
        tuple(reshaped),
    )


def _reading(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


_WRITTEN_AS_THEY_ARE = frozenset({str, int, bool, NoneType, UUID})


def _is_written_as_it_is(hint: Any) -> bool:
    """Whether orjson writes values of a type as they are shown."""
    if isinstance(hint, UnionType):
        return all(_is_written_as_it_is(part) for part in get_args(hint))
    if not isinstance(hint, type):
        return False
    return hint in _WRITTEN_AS_THEY_ARE or hint is date or issubclass(hint, Enum)
