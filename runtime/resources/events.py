"""A recorded event as JSON shows it: its envelope, and its fields with amounts as money."""

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from domain.events.envelope import Recorded
from domain.kernel.money import format_money

JsonObject = dict[str, Any]


def event_resource(recorded: Recorded) -> JsonObject:
    """The event: what happened, to what, who did it, and both of its dates."""
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
        "data": _shown(recorded.event),
    }


def instant_text(instant: datetime) -> str:
    """An instant after RFC 3339, in UTC, to the microsecond."""
    text = instant.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def _shown(value: Any) -> Any:
    if is_dataclass(value):
        return dict(_field(each.name, getattr(value, each.name)) for each in fields(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_shown(each) for each in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, int | bool) else str(value)


def _field(name: str, value: Any) -> tuple[str, Any]:
    """``amount_cents`` in the ledger is ``amount``, a string with two decimals, in JSON."""
    if name.endswith("_cents") and (value is None or isinstance(value, int)):
        return name.removesuffix("_cents"), None if value is None else format_money(value)
    return name, _shown(value)
