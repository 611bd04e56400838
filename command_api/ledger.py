"""How every command becomes events: load, decide, append, answer.

Commands on one loan and its draws queue for a lock of their own, so within a process none loses a
race; others run side by side and share the appender's flushes. States are kept folded, so the usual
command reads nothing. Another process may have moved a stream on: then the append says so, the
states are read again and the command is decided anew.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic
from typing import assert_never
from uuid import UUID

from command_api.answers import Decided, known, shown
from command_api.idempotency import Order
from command_api.loan_file import DecideFile, consequent, decided_on_file, owned
from command_api.streams import CALENDAR, draw_stream, loan_stream
from command_api.turns import Races
from command_api.unit_of_work import Held, States, Stream, UnitOfWork
from domain.accounting.state import AccountingCalendar
from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.kernel.errors import NotFound, Refusal
from domain.ledger.entries import FinancialEvent
from domain.loans.file import LoanFile
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
from runtime.locks import Crowded, KeyedLocks
from runtime.metrics import APPENDED_EVENTS, APPENDS
from runtime.problems import Problem

TURN_SECONDS_MAX = 8.0
"""A command that does not have its turn on its loan by then is turned away, whether those of this
process are before it or those of another always faster."""

Decide = Callable[..., Sequence[Event]]
DecideOn = Callable[[UnitOfWork], Awaitable[Sequence[Event]]]
"""Reads what it needs, and says what the rules say."""
Show = Callable[[Held, Mapping[UUID, Held]], bytes]
"""Renders the resource; with it all that was read, as it is afterwards."""


class Ledger:
    """Carries out commands; one a process."""

    def __init__(
        self,
        appender: Appender,
        reader: Reader,
        *,
        states_cached_max: int,
        turn_seconds_max: float = TURN_SECONDS_MAX,
    ) -> None:
        self.reader = reader
        self.states = States(reader, states_cached_max)
        self._appender = appender
        self._turn_seconds_max = turn_seconds_max
        self._locks = KeyedLocks(turn_seconds_max)
        self._races = Races()
        appender.on_another_store(self.states.begin_anew)

    async def originate(self, loan_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan | None)``, which begins a loan."""
        stream = loan_stream(loan_id, begins=True)

        async def decide_on(work: UnitOfWork) -> Sequence[Event]:
            return decide(*await work.read(stream))

        return await self.carry_out(loan_id, stream, order, decide_on)

    async def on_loan(self, loan_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan)``, and what follows from it.

        Raises:
            NotFound: there is no such loan, or it is another builder's.
        """

        def decide_file(file: LoanFile) -> Sequence[Event]:
            return consequent(file, decide(file.loan))

        return await self.on_file(loan_id, order, decide_file)

    async def on_file(self, loan_id: UUID, order: Order, decide: DecideFile) -> Decided:
        """Carry out ``decide(file)``, on a loan and the months of its interest.

        Raises:
            NotFound: there is no such loan, or it is another builder's.
        """
        stream = loan_stream(loan_id)

        async def decide_on(work: UnitOfWork) -> Sequence[Event]:
            (found,) = await work.read(stream)
            loan = owned(found, order, "loan")
            # The answer shows what the open month has accrued.
            return await decided_on_file(work, loan, decide, since=loan.open_month)

        return await self.carry_out(loan_id, stream, order, decide_on)

    async def create_draw(
        self, loan_id: UUID, draw_id: UUID, order: Order, decide: Decide
    ) -> Decided:
        """Carry out ``decide(loan, draw | None)``, which begins a draw.

        Raises:
            NotFound: there is no such loan, or it is another builder's.
        """
        stream = draw_stream(draw_id, begins=True)
        return await self._on_draw(loan_id, stream, order, decide, "loan")

    async def on_draw(self, draw_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan, draw)``, and what follows from it.

        Raises:
            NotFound: there is no such draw, or it is on another builder's loan.
        """
        loan_id = await self.loan_of(draw_id)
        return await self._on_draw(loan_id, draw_stream(draw_id), order, decide, "draw")

    async def loan_of(self, draw_id: UUID) -> UUID:
        """The loan that a draw is on.

        Raises:
            NotFound: there is no such draw.
        """
        work = UnitOfWork(self.states, is_guess=True)
        found: Draw | None = (await work.read(draw_stream(draw_id)))[0]
        if found is None:
            raise NotFound("draw")
        return found.loan_id

    async def _on_draw(
        self, loan_id: UUID, stream: Stream, order: Order, decide: Decide, what: str
    ) -> Decided:
        of_loan = loan_stream(loan_id)

        async def decide_on(work: UnitOfWork) -> Sequence[Event]:
            found, draw = await work.read(of_loan, stream)
            loan = owned(found, order, what)

            def decide_file(file: LoanFile) -> Sequence[Event]:
                return consequent(file, decide(file.loan, draw))

            return await decided_on_file(work, loan, decide_file)

        return await self.carry_out(loan_id, stream, order, decide_on)

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
            key: of the lock that commands on the same loan queue for.
            resource: its version is what ``If-Match`` means, and the answer shows it.
            order: on whose behalf, and on which terms.
            decide: reads what it needs, and says what the rules say.
            begun: a first attempt that has read from the store already.
            show: how the answer shows the resource.

        Raises:
            Crowded: others were faster all the time; nothing was done.
        """
        is_guess = True
        async with self._locks.holding(key):
            if self._races:
                await self._races.give_way(key)
            until = monotonic() + self._turn_seconds_max
            while monotonic() < until:
                work = begun or UnitOfWork(self.states, is_guess=is_guess)
                begun, is_guess = None, False
                try:
                    events = await _decided(decide, work, resource, order)
                    after, proposed = await _staged(work, events, order)
                except (Refusal, Problem) as refusal:
                    if work.is_guess:
                        continue
                    return await self._answered_before(order, refusal)
                if work.is_guess and not events:
                    continue
                held = after[resource.id]
                body = show(held, after)
                if not events and not order.may_be_repeat:
                    return Decided(resource.id, order.status, body, held.version, held.position)
                outcome = await self._append(work, order, proposed, held, body)
                match outcome:
                    case Appended():
                        position = self._kept(work, after, outcome) or held.position
                        return Decided(
                            resource.id, order.status, body, held.version, position, len(events)
                        )
                    case Replayed() | KeyMismatch():
                        return known(outcome)
                    case VersionConflict():
                        self._races.lost(key)
                    case _:
                        assert_never(outcome)
        raise Crowded("others were always faster")

    async def _append(
        self,
        work: UnitOfWork,
        order: Order,
        proposed: tuple[Proposed, ...],
        resource: Held,
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
                    proposed=proposed,
                    status=order.status,
                    body=body,
                    version=resource.version,
                    read=work.versions,
                )
            )
        except BaseException:
            self.states.forget(work.streams)  # Nobody knows whether it was committed.
            raise
        _COUNTERS[type(outcome)].inc()
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

    def _kept(self, work: UnitOfWork, after: dict[UUID, Held], outcome: Appended) -> int | None:
        """Keep the states of the streams that went on; the last position, if any did."""
        last = outcome.last_position
        if outcome.first_position is None or last is None:
            return None
        APPENDED_EVENTS.inc(last - outcome.first_position + 1)
        for stream_id, held in after.items():
            if held is not work.before[stream_id]:
                self.states.keep(stream_id, Held(held.state, held.version, last))
        return last


_COUNTERS = {
    Appended: APPENDS.labels("appended"),
    Replayed: APPENDS.labels("replayed"),
    KeyMismatch: APPENDS.labels("mismatch"),
    VersionConflict: APPENDS.labels("conflict"),
}


async def _staged(
    work: UnitOfWork, events: Sequence[Event], order: Order
) -> tuple[dict[UUID, Held], tuple[Proposed, ...]]:
    """The states after the events, and the events as they are recorded.

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
    held = work.before.get(resource.id)
    if held is not None and order.if_match not in (None, held.version):
        raise Problem("STALE", f"It is at version {held.version} now.")
