"""How every command becomes events: load, decide, append, answer.

Commands on one loan and its draws take turns, so within a process none loses a race; others run side
by side and share the appender's flushes. States are kept folded, so the usual command reads nothing.
Another process may have moved a stream on: then the append says so, the states are read again and
the command is decided anew.

The events of a command and its answer reach PostgreSQL in one call of ``ledger.append``, by way of
the appender. Postings are fields of the events that move money, and the journal is a read model of them.

What the ledger has to know of a stream's kind it takes from its record (`domain.kinds`).
"""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, assert_never
from uuid import UUID

from command_api.answers import Decided, Show, known, shown
from command_api.idempotency import Order
from command_api.loan_file import decided_on_file, owned
from command_api.turns import Turns
from command_api.unit_of_work import Folded, States, UnitOfWork
from domain.accounting.kind import CALENDAR
from domain.accounting.state import AccountingCalendar
from domain.events.catalogue import Event
from domain.kernel.errors import ID_TAKEN, NotFound, Refusal
from domain.kinds import Kind, Stream, refers_to_none
from domain.ledger.entries import FinancialEvent
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import (
    Append,
    Appended,
    KeyMismatch,
    Outcome,
    Proposed,
    Replayed,
    VersionConflict,
)
from runtime.locks import Crowded
from runtime.problems import Problem

Decide = Callable[..., Sequence[Event]]
"""What the rules say to what a stream refers to and, last, to its own state: `None` before it
begins. A loan comes as its `LoanFile`."""
DecideOn = Callable[[UnitOfWork], Awaitable[Sequence[Event]]]
"""Reads what it needs, and says what the rules say."""
Seal = Callable[[tuple[Proposed, ...]], tuple[Proposed, ...]]
"""What becomes of events between deciding and encoding, each with its stream and version known."""


def unsealed(proposed: tuple[Proposed, ...]) -> tuple[Proposed, ...]:
    """The events as they were decided."""
    return proposed


class Ledger:
    """Carries out commands; one a process."""

    def __init__(
        self,
        appender: Appender,
        reader: Reader,
        *,
        states_cached_max: int,
        turn_seconds_max: float | None = None,
        seal: Seal = unsealed,
    ) -> None:
        """Carry out commands.

        Args:
            appender: stores what they come to.
            reader: of the same store.
            states_cached_max: how many folded streams are kept.
            turn_seconds_max: how long a command waits for its turn, and others may be faster in it.
            seal: the one place where an event is made what is stored of it: the states that are
                kept, and the answers, come of the event as it was decided.
        """
        self.reader = reader
        self.states = States(reader, states_cached_max)
        self._appender = appender
        self._turns = Turns(turn_seconds_max)
        self._seal = seal
        appender.on_another_store(self.states.begin_anew)

    async def begin(
        self, kind: Kind[Any], stream_id: UUID, order: Order, decide: Decide, *refs: Stream
    ) -> Decided:
        """Carry out ``decide(*refs, state | None)``, which begins a stream.

        Args:
            kind: of the stream.
            stream_id: it may have begun already.
            order: on whose behalf, and on which terms.
            decide: what the rules say.
            refs: the streams that it will refer to.

        Raises:
            NotFound: there is no such stream to refer to, or it is another builder's.
            Conflict: ``CONFLICT``, when something else has its id.
        """
        stream = Stream(kind, stream_id, begins=True)
        return await self._decide(stream, refs, order, decide)

    async def on(self, kind: Kind[Any], stream_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(*refs, state)``, on a stream that has begun.

        Raises:
            NotFound: there is no such stream, or it is another builder's.
        """
        stream = Stream(kind, stream_id)
        return await self._decide(stream, await self.refs_of(stream), order, decide)

    async def refs_of(self, stream: Stream) -> tuple[Stream, ...]:
        """The streams that one refers to, which never change.

        Raises:
            NotFound: nothing has happened to it.
        """
        if stream.kind.refs is refers_to_none:
            return ()
        (state,) = await UnitOfWork(self.states, is_guess=True).read(stream)
        if state is None:
            raise NotFound(stream.kind.name)
        return stream.kind.refs(state)

    async def _decide(
        self, stream: Stream, refs: tuple[Stream, ...], order: Order, decide: Decide
    ) -> Decided:
        first = refs[0] if refs else stream
        on_loan = first.kind is LOAN and not first.begins
        what = first.kind.name if stream.begins else stream.kind.name

        # What one is to begin may not have the id of what it refers to, and be read as that.
        is_taken = stream.begins and any(ref.id == stream.id for ref in refs)

        async def decide_on(work: UnitOfWork) -> Sequence[Event]:
            states = await work.read(*refs) if is_taken else await work.read(*refs, stream)
            if any(state is None for state in states[: len(refs)]) or (
                states[-1] is None and not stream.begins
            ):
                raise NotFound(what)
            if on_loan:
                owned(states[0], order, what)
            if is_taken:
                raise ID_TAKEN("This id is taken.")
            if not on_loan:
                return decide(*states)
            loan, *others = states

            def decide_file(file: LoanFile) -> Sequence[Event]:
                return decide(file, *others)

            # Its answer shows what its open month has accrued.
            since = loan.open_month if first is stream else None
            return await decided_on_file(work, loan, decide_file, since=since)

        return await self.carry_out(first.id, stream, order, decide_on)

    async def carry_out(
        self,
        key: UUID,
        resource: Stream,
        order: Order,
        decide: DecideOn,
        *,
        begun: UnitOfWork | None = None,
        show: Show = shown,
    ) -> Decided:
        """Load, decide and append, until no other process gets in between.

        The first attempt guesses: it decides on the states that are kept, or on none for a stream
        about to begin. Appending proves a guess right, because it expects the versions of all
        streams that were read; a refusal, or nothing to do, proves nothing, and is decided again on
        what the store has.

        Args:
            key: of what commands on the same loan queue for.
            resource: its version is what ``If-Match`` means, and the answer shows it.
            order: on whose behalf, and on which terms.
            decide: reads what it needs, and says what the rules say.
            begun: a first attempt that has read from the store already.
            show: how the answer shows the resource.

        Raises:
            Crowded: others were faster all the time; nothing was done.
        """
        is_guess = True
        async with self._turns.holding(key):
            until = await self._turns.begin(key)
            while monotonic() < until:
                work = begun or UnitOfWork(self.states, is_guess=is_guess)
                begun, is_guess = None, False
                try:
                    events = await _decided(decide, work, resource, order)
                    proposed = await _staged(work, events, order)
                except (Refusal, Problem) as refusal:
                    if work.is_guess:
                        continue
                    return await self._answered_before(order, refusal)
                if work.is_guess and not events:
                    continue
                after = work.before | work.after
                held = after[resource.id]
                body = show(resource, after, order.actor)
                if not events and not order.may_be_repeat:
                    return Decided(resource.id, order.status, body, held.version, held.position)
                outcome = await self._append(work, order, proposed, held, body)
                match outcome:
                    case Appended():
                        position = self._kept(work, outcome) or held.position
                        return Decided(
                            resource.id, order.status, body, held.version, position, len(events)
                        )
                    case Replayed() | KeyMismatch():
                        return known(outcome)
                    case VersionConflict():
                        self._turns.lost(key)
                    case _:
                        assert_never(outcome)
        raise Crowded("others were always faster")

    async def _append(
        self,
        work: UnitOfWork,
        order: Order,
        proposed: tuple[Proposed, ...],
        resource: Folded,
        body: bytes,
    ) -> Outcome:
        if work.generation != self.states.generation:
            return VersionConflict()  # It was read from the store before its restore.
        try:
            outcome = await self._appender.append(
                Append(
                    command_id=order.command_id,
                    payload_hash=order.payload_hash,
                    actor=order.actor,
                    correlation_id=order.correlation_id,
                    causation_id=None,
                    proposed=self._seal(proposed),
                    status=order.status,
                    body=body,
                    version=resource.version,
                    read=work.versions,
                )
            )
        except BaseException:
            self.states.forget(work.before)  # Nobody knows whether it was committed.
            raise
        return outcome

    async def _answered_before(self, order: Order, refusal: Refusal | Problem) -> Decided:
        """What a refused command answered when it was new; the refusal, if it is new now.

        A repeat finds the world as its first run left it, and would be refused for that.
        """
        if order.may_be_repeat:
            answered = await self._appender.recall(order.command_id, order.payload_hash)
            if answered is not None:
                return known(answered)
        raise refusal

    def _kept(self, work: UnitOfWork, outcome: Appended) -> int | None:
        """Keep the states of the streams that went on; the last position, if any did."""
        last = outcome.last_position
        if outcome.first_position is None or last is None:
            return None
        for stream_id, held in work.after.items():
            self.states.keep(stream_id, Folded(held.kind, held.state, held.version, last))
        return last


async def _staged(work: UnitOfWork, events: Sequence[Event], order: Order) -> tuple[Proposed, ...]:
    """The events as they are recorded, and in the unit of work the states after them.

    What moves money rests on the accounting calendar too: a month is not closed between the
    decision and the entry.
    """
    calendar = None
    if any(isinstance(event, FinancialEvent) for event in events):
        (calendar,) = await work.read(CALENDAR)
    return work.staged(events, order, calendar or AccountingCalendar())


async def _decided(
    decide: DecideOn, work: UnitOfWork, resource: Stream, order: Order
) -> Sequence[Event]:
    """What the rules say; a stale version goes before their refusals, but what is not there, or
    not yours, before everything."""
    try:
        events = await decide(work)
    except NotFound:
        raise
    except Refusal:
        _check_version(order, work, resource)
        raise
    _check_version(order, work, resource)
    return events


def _check_version(order: Order, work: UnitOfWork, resource: Stream) -> None:
    if order.if_match is None:
        return
    held = work.before.get(resource.id)
    if held is not None and order.if_match != held.version:
        raise Problem("STALE", f"It is at version {held.version} now.")
