"""Streams folded into states, the recently used ones kept."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from domain.events.catalogue import Event
from domain.events.envelope import Recorded
from domain.kernel.errors import Conflict
from domain.kernel.values import dataclass
from runtime.eventstore.reader import Reader


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that a command touches.

    Attributes:
        evolve: how its events are folded, into a state of ``kind``.
        begun_by: its first event, or what that may be; a stream with another one is of another
            kind.
        begins: whether the command is to begin it, so that there is most likely nothing to read.
    """

    id: UUID
    evolve: Callable[[Any, Any], Any]
    kind: type
    begun_by: type[Event] | tuple[type[Event], ...]
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A stream folded: its state, and the version and position of its last event."""

    state: Any = None
    version: int = 0
    position: int | None = None


class States:
    """The least recently used go first.

    What is kept may be stale, because other processes append too. That is found when appending,
    which expects a version, and never leads to a wrong decision.

    Attributes:
        generation: grows when the store was restored; what was read before says nothing of the
            streams as they are now, even at the same version.
    """

    def __init__(self, reader: Reader, states_max: int) -> None:
        self._reader = reader
        self._states_max = states_max
        self._held: OrderedDict[UUID, Held] = OrderedDict()
        self.generation = 0

    def begin_anew(self) -> None:
        """Keep nothing of what was read before."""
        self.generation += 1
        self._held.clear()

    def guess(self, stream: Stream) -> Held | None:
        """What is kept of a stream; of one about to begin, that nothing has happened to it."""
        held = self._held.get(stream.id)
        if held is not None and isinstance(held.state, stream.kind):
            self._held.move_to_end(stream.id)
            return held
        return Held() if stream.begins else None

    async def load(self, streams: Sequence[Stream]) -> list[Held]:
        """The states of streams as the store has them; empty when there is none of its kind.

        Raises:
            Conflict: ``CONFLICT``, when a stream is to begin and something else has its id.
        """
        generation = self.generation
        bases = [self._base(stream) for stream in streams]
        if len(streams) == 1:
            (stream,), (base,) = streams, bases
            loaded = [
                self._folded(stream, base, await self._reader.stream(stream.id, base.version))
            ]
        else:
            found = await self._reader.streams(
                {stream.id: base.version for stream, base in zip(streams, bases, strict=True)}
            )
            loaded = [
                self._folded(stream, base, found.get(stream.id, ()))
                for stream, base in zip(streams, bases, strict=True)
            ]
        if generation != self.generation:
            self.forget(stream.id for stream in streams)
        return loaded

    def _base(self, stream: Stream) -> Held:
        """What is kept of a stream, which may be stale but was true: the events since are enough."""
        held = self._held.get(stream.id)
        return held if held is not None and isinstance(held.state, stream.kind) else Held()

    def _folded(self, stream: Stream, base: Held, events: Sequence[Recorded]) -> Held:
        held = base
        if events and not held.version and not isinstance(events[0].event, stream.begun_by):
            if stream.begins:
                raise Conflict("CONFLICT", "This id is taken.")
            return held
        for recorded in events:
            state = stream.evolve(held.state, recorded.event)
            held = Held(state, recorded.stream_version, recorded.position)
        if held.version:
            self.keep(stream.id, held)
        return held

    def keep(self, stream_id: UUID, held: Held) -> None:
        """Remember a state, as the most recently used."""
        before = len(self._held)
        self._held[stream_id] = held
        if len(self._held) == before:
            self._held.move_to_end(stream_id)  # A new one is last already; hashing an id costs.
        elif before == self._states_max:
            self._held.popitem(last=False)

    def forget(self, stream_ids: Iterable[UUID]) -> None:
        """Drop what is kept of some streams, so that they are read again."""
        for stream_id in stream_ids:
            self._held.pop(stream_id, None)
