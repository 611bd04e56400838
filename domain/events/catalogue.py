"""The catalogue of events: each stored name and version, and the class that holds it in memory.

A stored name is permanent. It is written once, beside its class, and says nothing of modules, so
that code can move while ten years of events stay readable.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar
from uuid import UUID

from msgspec import Struct


class Event:
    """The base of every event: an immutable fact, named in the past tense."""

    __slots__ = ()


class Step(Event):
    """A step of workflow, which had been taken by the time that what it led to counts."""

    __slots__ = ()


class EventType(Struct, frozen=True):
    """One kind of event.

    Attributes:
        name: the permanent stored name, such as ``draw.approved``.
        version: of the payload's schema, from 1.
        cls: the struct that holds it.
        stream: the field that names the stream it belongs to.
        partition_key: the field that names the loan or project that orders it on Kafka.
        dated: the field that holds its value date; `None` for one that counts from the date of
            its command.
    """

    name: str
    version: int
    cls: type[Event]
    stream: str
    partition_key: str
    dated: str | None = None


class Catalogue:
    """Every kind of event there is, found by class or by stored name."""

    def __init__(self) -> None:
        self._by_class: dict[type[Event], EventType] = {}
        self._by_name: dict[str, EventType] = {}

    def add(self, event_type: EventType) -> None:
        """Take up one kind.

        Raises:
            ValueError: the stored name is taken, or the class lacks a field that routes or dates it.
        """
        if event_type.name in self._by_name:
            raise ValueError(f"two classes claim the stored name {event_type.name!r}")
        for field in (event_type.stream, event_type.partition_key, event_type.dated):
            if field is not None and field not in event_type.cls.__struct_fields__:  # type: ignore[attr-defined]  # every event is a struct
                raise ValueError(f"{event_type.cls.__name__} has no field {field!r}")
        self._by_class[event_type.cls] = event_type
        self._by_name[event_type.name] = event_type

    def of(self, event: Event) -> EventType:
        """The kind of an event; `KeyError` when its class was never recorded."""
        return self._by_class[type(event)]

    def named(self, name: str) -> EventType:
        """The kind with this stored name; `KeyError` when there is none."""
        return self._by_name[name]

    def __iter__(self) -> Iterator[EventType]:
        return iter(sorted(self._by_name.values(), key=lambda kind: kind.name))

    def __contains__(self, name: str) -> bool:
        return name in self._by_name


CATALOGUE = Catalogue()

E = TypeVar("E", bound=type[Event])


def recorded_as(
    name: str, *, version: int, stream: str, partition_key: str, dated: str | None = None
) -> Callable[[E], E]:
    """Write an event's permanent stored name beside its class.

    Args:
        name: ``<stream kind>.<what happened>``, never changed once released.
        version: of the payload; adding an optional field keeps it, anything else is the next one.
        stream: the field that holds the id of its stream.
        partition_key: the field that holds the id of the loan or project it belongs to.
        dated: the field that holds its value date, if it has one of its own.
    """

    def register(cls: E) -> E:
        CATALOGUE.add(EventType(name, version, cls, stream, partition_key, dated))
        return cls

    return register


def stream_of(event: Event) -> UUID:
    """The id of the stream that an event belongs to."""
    identity: UUID = getattr(event, CATALOGUE.of(event).stream)
    return identity


def value_date_of(event: Event, otherwise: date) -> date:
    """The date from which an event counts: its own, or that of its command if it bears none."""
    field = CATALOGUE.of(event).dated
    own: date | None = getattr(event, field) if field is not None else None
    return own or otherwise
