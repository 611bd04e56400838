"""What one attempt at a command has read, and what its decision makes of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from command_api.idempotency import Order
from command_api.states import Held, States, Stream
from domain.accounting.state import AccountingCalendar
from domain.events.catalogue import Event, stream_of, value_date_of
from domain.ledger.entries import FinancialEvent
from runtime.eventstore.records import Proposed


class Reading:
    """The streams that a decision rests on, each read once; appending proves them current.

    A command asks for them as it goes, because which it needs may show only in the first: the
    months of a loan's interest, say.

    Attributes:
        is_guess: it takes what is kept, or nothing for a stream about to begin, before the store.
        before: what was read, by stream.
        generation: of the states when it began.
    """

    __slots__ = ("_states", "before", "generation", "is_guess", "streams")

    def __init__(self, states: States, *, is_guess: bool) -> None:
        """Begin an attempt that has read nothing yet."""
        self._states = states
        self.is_guess = is_guess
        self.generation = states.generation
        self.streams: dict[UUID, Stream] = {}
        self.before: dict[UUID, Held] = {}

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
                self.put(stream, held)
            return [self.before[stream.id].state for stream in streams]
        return [held.state for held in found if held is not None]

    def _known(self, stream: Stream) -> Held | None:
        """What was read of it before or, of a guess, what is kept of it."""
        held = self.before.get(stream.id)
        if held is None and self.is_guess:
            held = self._states.guess(stream)
            if held is not None:
                self.put(stream, held)
        return held

    def put(self, stream: Stream, held: Held) -> None:
        """Count a stream as read, as it was found."""
        self.streams[stream.id] = stream
        self.before[stream.id] = held

    @property
    def versions(self) -> dict[UUID, int]:
        """The version at which each stream was read."""
        return {stream_id: held.version for stream_id, held in self.before.items()}

    def staged(
        self, events: Sequence[Event], order: Order, calendar: AccountingCalendar
    ) -> tuple[dict[UUID, Held], tuple[Proposed, ...]]:
        """The states after the events, and the events with the versions and dates they take.

        An event counts from its own date, or from that of its command if it bears none; what moves
        money is booked on the first day that is open.

        Raises:
            LookupError: an event belongs to a stream that was not read.
        """
        after = dict(self.before)
        proposed: list[Proposed] = []
        for event in events:
            stream_id = stream_of(event)
            was = after[stream_id]
            state = self.streams[stream_id].evolve(was.state, event)
            after[stream_id] = Held(state, was.version + 1, was.position)
            booked_on = value_date_of(event, order.effective_on)
            if isinstance(event, FinancialEvent):
                booked_on = calendar.first_open_day(booked_on)
            proposed.append(Proposed(event, was.version + 1, booked_on))
        return after, tuple(proposed)
