"""What the streams of the ledger come to, event by event, as the APIs show it."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Protocol
from uuid import UUID

from msgspec import to_builtins

from domain.capabilities import kind_begun_by
from domain.events.envelope import Recorded
from domain.kernel.actors import SYSTEM
from domain.kernel.resource import at_version
from domain.kinds import Kind
from query_api.past import AsOf, counting, ever_shown_with

Shown = dict[str, Any]
Change = tuple[Recorded, Shown, Shown]
"""An event, and the resource before and after it."""


class Log(Protocol):
    """Where lives are read: the recorder."""

    def max_notification_id(self) -> int | None:
        """The last position."""

    def recorded(self, originator_id: UUID, *, up_to: int | None = None) -> list[Recorded]:
        """All of one stream up to a position."""


def life_of(log: Log, stream_id: UUID, as_of: AsOf) -> tuple[list[Recorded], list[Recorded]]:
    """The events of a stream that counted, and the entries of all that it was ever shown with.

    All are read up to one position, so that they belong together: a loan, and its months.

    Args:
        log: of the store.
        stream_id: of a stream of any kind.
        as_of: by which clock it is shown.

    Returns:
        Both in the order in which they were recorded; nothing of a stream that was not there then.
    """
    head = log.max_notification_id()
    known = counting(
        log.recorded(stream_id, up_to=head), AsOf.model_construct(recorded_at=as_of.recorded_at)
    )
    if not known:
        return [], []
    shown_with = ever_shown_with(kind_begun_by(known[0].event), known)
    entries = chain.from_iterable(
        counting(log.recorded(stream.id, up_to=head), as_of) for stream in shown_with
    )
    return list(counting(known, as_of)), sorted(entries, key=lambda entry: entry.position)


def steps(events: Sequence[Recorded], entries: Sequence[Recorded]) -> Iterator[Change]:
    """Every event of a stream with the resource before and after it.

    Args:
        events: of a stream of any kind, oldest first.
        entries: of what it is shown with, by position: what a month had accrued is part of how its
            loan stood.
    """
    life = _Life(events, entries)
    for recorded in events:
        life.catch_up(recorded.position)
        before = life.shown()
        life.happen(recorded)
        yield recorded, before, life.shown()


def stands(events: Sequence[Recorded], entries: Sequence[Recorded]) -> Shown:
    """The resource after everything, what happened to its companions since included."""
    life = _Life(events, entries)
    for recorded in events:
        life.happen(recorded)
    life.catch_up(2**63)
    return life.shown()


class _Life:
    """A stream as it goes on, and those that it is shown with."""

    def __init__(self, events: Sequence[Recorded], entries: Sequence[Recorded]) -> None:
        self._kind: Kind[Any] = kind_begun_by(events[0].event)
        self._waiting = list(reversed(entries))
        self._others: dict[UUID, tuple[Kind[Any], Any]] = {}
        self._version = 0
        self._state: Any = None

    def catch_up(self, before_position: int) -> None:
        """Let happen what happened to others before a position."""
        while self._waiting and self._waiting[-1].position < before_position:
            recorded = self._waiting.pop()
            known = self._others.get(recorded.stream_id)
            kind, state = known or (kind_begun_by(recorded.event), None)
            self._others[recorded.stream_id] = kind, kind.evolve(state, recorded.event)

    def happen(self, recorded: Recorded) -> None:
        """Go on by an event."""
        self._state = self._kind.evolve(self._state, recorded.event)
        self._version = recorded.stream_version

    def shown(self) -> Shown:
        """The resource as it stands; nothing before the stream begins."""
        if self._state is None:
            return {}
        now = self._kind.shown(self._state, SYSTEM, self._state_of)
        resource: Shown = to_builtins(at_version(now, self._version))
        return resource

    def _state_of(self, stream_id: UUID) -> Any:
        return self._others[stream_id][1] if stream_id in self._others else None
