"""States of the past: folded from the streams, by the lender's date and by ours.

``effective_on`` asks what counted on a date, ``recorded_at`` what we knew at an instant; given both,
the answer is what we then believed of that date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.accounting.trial_balance import Sums
from domain.events.catalogue import Event
from domain.events.envelope import Recorded
from domain.kernel.actors import Actor
from domain.kernel.errors import NotFound
from domain.kernel.resource import Versioned, at_version
from domain.kinds import Kind, State, Stream, shown_alone
from domain.ledger.accounts import Account
from domain.ledger.as_of import effective_by
from domain.ledger.entries import FinancialEvent
from domain.loans.kind import LOAN
from runtime.eventstore.reader import Reader
from runtime.http import IsoDate, Params


class AsOf(Params):
    """When; nothing given is now."""

    effective_on: IsoDate | None = Field(
        default=None, description="As of a date: what counted on it."
    )
    recorded_at: AwareDatetime | None = Field(
        default=None, description="As of a moment: what was known then."
    )

    @property
    def is_past(self) -> bool:
        """Whether either clock is turned back."""
        return self.effective_on is not None or self.recorded_at is not None


@dataclass(frozen=True, slots=True)
class PastEvents:
    """The events of a stream and its companions at one moment of the log.

    Attributes:
        everything: all that is known of the stream; ``events`` is what counted.
        companions: what counted of each stream that this one was ever shown with.
    """

    everything: Sequence[Recorded]
    events: Sequence[Recorded]
    companions: Mapping[Stream, Sequence[Recorded]]


async def counted(reader: Reader, kind: Kind[Any], stream_id: UUID, as_of: AsOf) -> PastEvents:
    """What counted of a stream and of all that it was ever shown with.

    That a companion began may be a step without a date of its own, so which there are is asked of
    everything known of the stream; what counted of them, of each itself.
    """
    async with reader.snapshot() as snapshot:
        everything = await snapshot.stream(stream_id, recorded_at=as_of.recorded_at)
        streams = ever_shown_with(kind, everything)
        found = await snapshot.streams([stream.id for stream in streams]) if streams else {}
    companions = {stream: counting(found.get(stream.id, []), as_of) for stream in streams}
    return PastEvents(everything, counting(everything, as_of), companions)


def ever_shown_with(kind: Kind[Any], everything: Sequence[Recorded]) -> list[Stream]:
    """The streams that one was shown with at any time, by all that is known of it."""
    if kind.companions is shown_alone:
        return []
    ever: dict[UUID, Stream] = {}
    state: Any = None
    for recorded in everything:
        state = kind.evolve(state, recorded.event)
        for stream in kind.companions(state, state):
            ever.setdefault(stream.id, stream)
    return list(ever.values())


def counting(events: Sequence[Recorded], as_of: AsOf) -> Sequence[Recorded]:
    """Those of a stream's events that were known, and counted."""
    known = [
        recorded
        for recorded in events
        if as_of.recorded_at is None or recorded.recorded_at <= as_of.recorded_at
    ]
    return known if as_of.effective_on is None else effective_by(known, as_of.effective_on)


@dataclass(frozen=True, slots=True)
class Past(Generic[State]):
    """A stream as it was.

    Attributes:
        state: what had happened to it, folded.
        version: of the last event that counted.
        known: all that is known of it, folded, whenever it counts.
        entries: what counted of each stream that it was ever shown with, by id.
    """

    kind: Kind[State]
    state: State
    version: int
    known: State
    entries: Mapping[UUID, Sequence[Recorded]]

    def companions(self) -> list[Any]:
        """The states of what it was shown with, `None` of what nothing had happened to."""
        streams = self.kind.companions(self.state, self.known)
        return [stream.kind.folded(self._of(stream.id)) for stream in streams]

    def shown(self, viewer: Actor) -> Versioned:
        """What a viewer is shown of it, at its version."""
        return at_version(self.kind.resource(self.state, viewer, *self.companions()), self.version)

    def _of(self, stream_id: UUID) -> Iterator[Event]:
        return (recorded.event for recorded in self.entries.get(stream_id, ()))


async def past(reader: Reader, kind: Kind[State], stream_id: UUID, as_of: AsOf) -> Past[State]:
    """A stream as it was.

    Raises:
        NotFound: there was no such stream then.
    """
    found = await counted(reader, kind, stream_id, as_of)
    state = kind.folded(recorded.event for recorded in found.events)
    known = state
    if len(found.events) < len(found.everything):
        known = kind.folded(recorded.event for recorded in found.everything)
    if state is None or known is None:
        raise NotFound(kind.name)
    entries = {stream.id: events for stream, events in found.companions.items()}
    return Past(kind, state, found.events[-1].stream_version, known, entries)


@dataclass(frozen=True, slots=True)
class PastLedger:
    """The entries of a loan and its months that counted, the same that `past` folds.

    Attributes:
        sums: by account.
        positions: of the events that carried the entries; ``lines`` how many lines they have.
    """

    sums: Sums
    positions: list[int]
    lines: int


async def past_ledger(reader: Reader, loan_id: UUID, as_of: AsOf) -> PastLedger:
    """A loan's ledger as it was, empty before its first entry."""
    sums: dict[Account, tuple[int, int]] = {}
    positions, lines = [], 0
    found = await counted(reader, LOAN, loan_id, as_of)
    for recorded in chain(found.events, *found.companions.values()):
        if isinstance(recorded.event, FinancialEvent):
            positions.append(recorded.position)
            for posting in recorded.event.postings:
                debit, credit = sums.get(posting.account, (0, 0))
                sums[posting.account] = debit + posting.debit_cents, credit + posting.credit_cents
                lines += 1
    return PastLedger(sums, positions, lines)
