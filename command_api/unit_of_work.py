"""What one attempt at a command reads and makes of it, over states that are kept folded."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from command_api.idempotency import Order
from domain.accounting.state import AccountingCalendar
from domain.events.catalogue import Event, stream_of, value_date_of
from domain.events.envelope import Recorded
from domain.kernel.errors import ID_TAKEN
from domain.kinds import Kind, Stream
from domain.ledger.entries import FinancialEvent
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Proposed


class Folded(Struct, frozen=True, gc=False):
    """A stream folded as one of a kind: its state, the version and position of its last event."""

    kind: Kind[Any]
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
        self._held: OrderedDict[UUID, Folded] = OrderedDict()
        self.generation = 0

    def begin_anew(self) -> None:
        """Keep nothing of what was read before."""
        self.generation += 1
        self._held.clear()

    def guess(self, stream: Stream) -> Folded | None:
        """What is kept of a stream; of one about to begin, that nothing has happened to it."""
        held = self._held.get(stream.id)
        if held is not None and held.kind is stream.kind:
            self._held.move_to_end(stream.id)
            return held
        return Folded(stream.kind) if stream.begins else None

    async def load(self, streams: Sequence[Stream]) -> list[Folded]:
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

    def _base(self, stream: Stream) -> Folded:
        """What is kept of a stream, which may be stale but was true: the events since are enough."""
        held = self._held.get(stream.id)
        return held if held is not None and held.kind is stream.kind else Folded(stream.kind)

    def _folded(self, stream: Stream, base: Folded, events: Sequence[Recorded]) -> Folded:
        held = base
        if events and not held.version and not isinstance(events[0].event, stream.kind.begins_with):
            if stream.begins:
                raise ID_TAKEN("This id is taken.")
            return held
        for recorded in events:
            state = stream.kind.evolve(held.state, recorded.event)
            held = Folded(stream.kind, state, recorded.stream_version, recorded.position)
        if held.version:
            self.keep(stream.id, held)
        return held

    def keep(self, stream_id: UUID, held: Folded) -> None:
        """Remember a state; one that was kept before stays where it was when last it was used."""
        before = len(self._held)
        self._held[stream_id] = held
        if len(self._held) > before == self._states_max:
            self._held.popitem(last=False)

    def forget(self, stream_ids: Iterable[UUID]) -> None:
        """Drop what is kept of some streams, so that they are read again."""
        for stream_id in stream_ids:
            self._held.pop(stream_id, None)


class UnitOfWork:
    """The streams that a decision rests on, each read once; appending proves them current.

    A command asks for them as it goes, because which it needs may show only in the first: the
    months of a loan's interest, say.

    Attributes:
        is_guess: it takes what is kept, or nothing for a stream about to begin, before the store.
        before: what was read, by stream; ``after`` is the same after all that was decided, as far
            as it went on.
        folded: the states that some streams have after all that was decided, where the decision
            folded them itself.
        generation: of the states when it began.
    """

    __slots__ = ("_states", "after", "before", "folded", "generation", "is_guess")

    def __init__(self, states: States, *, is_guess: bool) -> None:
        """Begin an attempt that has read nothing yet."""
        self._states = states
        self.is_guess = is_guess
        self.generation = states.generation
        self.before: dict[UUID, Folded] = {}
        self.after: dict[UUID, Folded] = {}
        self.folded: dict[UUID, Any] = {}

    async def read(self, *streams: Stream) -> list[Any]:
        """The states of some streams, `None` for one that nothing has happened to.

        Raises:
            Conflict: ``CONFLICT``, when a stream is to begin and something else has its id.
        """
        found = [self._known(stream) for stream in streams]
        missing = [stream for stream, held in zip(streams, found, strict=True) if held is None]
        if missing:
            loaded = await self._states.load(missing)
            for stream, held in zip(missing, loaded, strict=True):
                self.before[stream.id] = held
            return [self.before[stream.id].state for stream in streams]
        return [held.state for held in found if held is not None]

    def _known(self, stream: Stream) -> Folded | None:
        """What was read of it before or, of a guess, what is kept of it."""
        held = self.before.get(stream.id)
        if held is None and self.is_guess:
            held = self._states.guess(stream)
            if held is not None:
                self.before[stream.id] = held
        return held

    @property
    def versions(self) -> dict[UUID, int]:
        """The version at which each stream was read."""
        return {stream_id: held.version for stream_id, held in self.before.items()}

    def staged(
        self, events: Sequence[Event], order: Order, calendar: AccountingCalendar
    ) -> tuple[Proposed, ...]:
        """The events with the versions and dates they take; the states after them are kept here.

        An event counts from its own date, or from that of its command if it bears none; what moves
        money is booked on the first day that is open.

        Raises:
            LookupError: an event belongs to a stream that was not read.
        """
        proposed: list[Proposed] = []
        folded, after = self.folded, self.after
        for event in events:
            stream_id = stream_of(event)
            was = after.get(stream_id) or self.before[stream_id]
            state = folded.get(stream_id) if folded else None
            if state is None:
                state = was.kind.evolve(was.state, event)
            version = was.version + 1
            after[stream_id] = Folded(was.kind, state, version, was.position)
            booked_on = value_date_of(event, order.effective_on)
            if isinstance(event, FinancialEvent):
                booked_on = calendar.first_open_day(booked_on)
            proposed.append(Proposed(event, version, booked_on))
        return tuple(proposed)
