"""What a kind of stream is: one record a kind, beside its capability.

All that has to know of a stream's kind derives from these records: folding it, deciding on it,
answering with it, showing it as it was, replaying it. The records are collected in
`domain.capabilities.KINDS`.
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import Event
from domain.kernel.actors import Actor
from domain.kernel.resource import Versioned

State = TypeVar("State")


class Stream(Struct, frozen=True):
    """A stream by its kind and id.

    Attributes:
        begins: whether a command may be the one to begin it, so that there is most likely nothing
            to read.
    """

    kind: "Kind[Any]"
    id: UUID
    begins: bool = False


def refers_to_none(_: Any) -> tuple[Stream, ...]:
    """What a stream refers to that stands alone."""
    return ()


def shown_alone(_: Any, __: Any) -> tuple[Stream, ...]:
    """With what a state is shown that says it all."""
    return ()


class Kind(Generic[State], Struct, frozen=True):
    """One kind of stream.

    Attributes:
        name: in the words of a refusal, when there is no such thing.
        state: the class of what its events are folded into.
        evolve: the state after an event; before the first there is none.
        begins_with: its first event, or what that may be; a stream with another one is of another
            kind.
        resource: what a viewer is shown of a state, its version not filled in; after both come the
            states of its companions.
        refs: the streams that a state refers to, and that a decision on it looks at as well: a
            draw's loan. Commands queue for the first of them.
        companions: the streams whose states a state is shown with: the open month of a loan. The
            second argument is the state as it is known, which may know of more companions than a
            state of the past does; of the present they are one.
    """

    name: str
    state: type[State]
    evolve: Callable[[State | None, Any], State]
    begins_with: tuple[type[Event], ...]
    resource: Callable[..., Versioned]
    refs: Callable[[State], tuple[Stream, ...]] = refers_to_none
    companions: Callable[[State, State], tuple[Stream, ...]] = shown_alone

    def folded(self, events: Iterable[Event]) -> State | None:
        """The state after all of a stream's events, `None` if there are none."""
        state: State | None = None
        for event in events:
            state = self.evolve(state, event)
        return state

    def shown(self, state: State, viewer: Actor, states: Callable[[UUID], Any]) -> Versioned:
        """What a viewer is shown of a state as it stands, without its version.

        Args:
            state: of a stream of this kind.
            viewer: who is shown it.
            states: the state of another stream by its id, `None` when nothing has happened to it.
        """
        companions = self.companions(state, state)
        return self.resource(state, viewer, *[states(stream.id) for stream in companions])
