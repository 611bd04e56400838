"""A recorded event as JSON shows it: its envelope, and its fields with amounts as money."""

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from domain.events.envelope import Recorded
from domain.kernel.money import format_money

JsonObject = dict[str, Any]


def event_resource(recorded: Recorded) -> JsonObject:
    """The event: what happened, to what, who did it, both of its dates, and what it undid."""
    reverses: UUID | None = getattr(recorded.event, "reverses_event_id", None)
    return {
        "id": str(recorded.event_id),
        "position": recorded.position,
        "type": recorded.type,
        "schema_version": recorded.schema_version,
        "stream_id": str(recorded.stream_id),
        "stream_version": recorded.stream_version,
        "actor": {"id": str(recorded.actor.id), "role": recorded.actor.role.value},
        "command_id": str(recorded.command_id),
        "correlation_id": str(recorded.correlation_id),
        "causation_id": None if recorded.causation_id is None else str(recorded.causation_id),
        "effective_on": recorded.effective_on.isoformat(),
        "recorded_at": instant_text(recorded.recorded_at),
        "reverses_event_id": None if reverses is None else str(reverses),
        "data": _shown(recorded.event),
    }


def instant_text(instant: datetime) -> str:
    """An instant after RFC 3339, in UTC, to the microsecond."""
    text = instant.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def _shown(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or value is None or kind is bool:
        return value
    if kind is UUID:
        return str(value)
    if kind is tuple:
        return [_shown(each) for each in value]
    if is_dataclass(kind):
        return _object(kind, value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def _object(kind: type, value: Any) -> JsonObject:
    """``amount_cents`` in the ledger is ``amount``, a string with two decimals, in JSON."""
    shown: JsonObject = {}
    for name, shown_name, is_amount in _fields(kind):
        held = getattr(value, name)
        if not is_amount:
            shown[shown_name] = _shown(held)
        else:
            shown[shown_name] = None if held is None else format_money(held)
    return shown


@cache
def _fields(kind: Any) -> tuple[tuple[str, str, bool], ...]:
    names = [each.name for each in fields(kind)]
    return tuple((name, name.removesuffix("_cents"), name.endswith("_cents")) for name in names)
