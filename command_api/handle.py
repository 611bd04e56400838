"""How every command becomes events: load, decide, append, answer.

Commands on one loan and its draws queue for a lock of their own, so within a process none loses a
race; others run side by side and share the appender's flushes. States are kept folded, so the usual
command reads nothing. Another process may have moved a stream on: then the append says so, the
states are read again and the command is decided anew.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from command_api.decided import Decided, known
from command_api.idempotency import Order
from command_api.reading import Reading
from command_api.states import Held, States, Stream
from domain.draws import state as draws
from domain.draws.events import DrawCreated
from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.kernel.errors import Conflict, NotFound, Refusal
from domain.loans import state as loans
from domain.loans.events import LoanOriginated
from domain.loans.state import Loan
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
from runtime.http import render
from runtime.locks import KeyedLocks
from runtime.metrics import APPENDED_EVENTS, APPENDS
from runtime.problems import Problem
from runtime.resources.draws import draw_resource
from runtime.resources.loans import loan_resource

ATTEMPTS_MAX = 10

Decide = Callable[..., Sequence[Event]]
DecideOn = Callable[[Reading], Awaitable[Sequence[Event]]]
"""Reads what it needs, and says what the rules say."""


class Ledger:
    """Carries out commands; one a process."""

    def __init__(self, appender: Appender, reader: Reader, *, states_cached_max: int) -> None:
        self._appender = appender
        self._states = States(reader, states_cached_max)
        self._locks = KeyedLocks()

    async def originate(self, loan_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan | None)``, which begins a loan."""
        stream = replace(_loan(loan_id), begins=True)

        async def decide_on(reading: Reading) -> Sequence[Event]:
            return decide(*await reading.read(stream))

        return await self._carry_out(loan_id, stream, order, decide_on)

    async def on_loan(self, loan_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan)``.

        Raises:
            NotFound: there is no such loan, or it is another builder's.
        """
        stream = _loan(loan_id)

        async def decide_on(reading: Reading) -> Sequence[Event]:
            (loan,) = await reading.read(stream)
            return decide(_owned(loan, order, "loan"))

        return await self._carry_out(loan_id, stream, order, decide_on)

    async def create_draw(
        self, loan_id: UUID, draw_id: UUID, order: Order, decide: Decide
    ) -> Decided:
        """Carry out ``decide(loan, draw | None)``, which begins a draw.

        Raises:
            NotFound: there is no such loan, or it is another builder's.
        """
        loan_stream, stream = _loan(loan_id), replace(_draw(draw_id), begins=True)

        async def decide_on(reading: Reading) -> Sequence[Event]:
            loan, draw = await reading.read(loan_stream, stream)
            return decide(_owned(loan, order, "loan"), draw)

        return await self._carry_out(loan_id, stream, order, decide_on)

    async def on_draw(self, draw_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan, draw)``.

        Raises:
            NotFound: there is no such draw, or it is on another builder's loan.
        """
        stream = _draw(draw_id)
        found: Draw | None = (await Reading(self._states, is_guess=True).read(stream))[0]
        if found is None:
            raise NotFound("draw")
        loan_stream = _loan(found.loan_id)

        async def decide_on(reading: Reading) -> Sequence[Event]:
            loan, draw = await reading.read(loan_stream, stream)
            return decide(_owned(loan, order, "draw"), draw)

        return await self._carry_out(found.loan_id, stream, order, decide_on)

    async def _carry_out(
        self, key: UUID, resource: Stream, order: Order, decide: DecideOn
    ) -> Decided:
        """Load, decide and append, until no other process gets in between.

        The first attempt guesses: it decides on the states that are kept, or on none for a stream
        about to begin. Appending proves a guess right, because it expects the versions of all
        streams that were read; a refusal, or nothing to do, proves nothing, and is decided again on
        what the store has.

        ``If-Match`` means the resource's version, and the answer shows it.
        """
        async with self._locks.holding(key):
            for attempt in range(ATTEMPTS_MAX):
                reading = Reading(self._states, is_guess=attempt == 0)
                try:
                    events = await _decided(decide, reading, resource, order)
                except (Refusal, Problem) as refusal:
                    if reading.is_guess:
                        continue
                    return await self._answered_before(order, refusal)
                if reading.is_guess and not events:
                    continue
                after, proposed = reading.staged(events, order)
                held = after[resource.id]
                body = _body(held)
                if not events and not order.may_be_repeat:
                    return Decided(resource.id, order.status, body, held.version, held.position)
                outcome = await self._append(reading, order, proposed, held, body)
                match outcome:
                    case Appended():
                        position = self._kept(reading, after, outcome) or held.position
                        return Decided(
                            resource.id, order.status, body, held.version, position, len(events)
                        )
                    case Replayed() | KeyMismatch():
                        return known(outcome)
                    case VersionConflict():
                        self._states.forget(reading.streams)
                    case _:
                        assert_never(outcome)
        raise Conflict("CONFLICT", "Others kept changing it; read it again and repeat.")

    async def _append(
        self,
        reading: Reading,
        order: Order,
        proposed: tuple[Proposed, ...],
        resource: Held,
        body: bytes,
    ) -> Outcome:
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
                    read=reading.versions,
                )
            )
        except BaseException:
            self._states.forget(reading.streams)  # Nobody knows whether it was committed.
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

    def _kept(self, reading: Reading, after: dict[UUID, Held], outcome: Appended) -> int | None:
        """Keep the states of the streams that went on; the last position, if any did."""
        last = outcome.last_position
        if outcome.first_position is None or last is None:
            return None
        APPENDED_EVENTS.inc(last - outcome.first_position + 1)
        for stream_id, held in after.items():
            if held is not reading.before[stream_id]:
                self._states.keep(stream_id, Held(held.state, held.version, last))
        return last


_COUNTERS = {
    Appended: APPENDS.labels("appended"),
    Replayed: APPENDS.labels("replayed"),
    KeyMismatch: APPENDS.labels("mismatch"),
    VersionConflict: APPENDS.labels("conflict"),
}


def _loan(loan_id: UUID) -> Stream:
    return Stream(loan_id, loans.evolve, Loan, LoanOriginated)


def _draw(draw_id: UUID) -> Stream:
    return Stream(draw_id, draws.evolve, Draw, DrawCreated)


def _owned(loan: Loan | None, order: Order, what: str) -> Loan:
    """The loan, unless it is missing or another builder's, which must look the same."""
    if loan is None or order.owner_id not in (None, loan.terms.builder_user_id):
        raise NotFound(what)
    return loan


async def _decided(
    decide: DecideOn, reading: Reading, resource: Stream, order: Order
) -> Sequence[Event]:
    """What the rules say; a stale version goes before their refusals, but what is not there, or
    not yours, before everything."""
    try:
        events = await decide(reading)
    except NotFound:
        raise
    except Refusal:
        _check_version(order, reading, resource)
        raise
    _check_version(order, reading, resource)
    return events


def _check_version(order: Order, reading: Reading, resource: Stream) -> None:
    held = reading.before.get(resource.id)
    if held is not None and order.if_match not in (None, held.version):
        raise Problem("STALE", f"It is at version {held.version} now.")


def _body(resource: Held) -> bytes:
    """The resource as the query side will show it, in the envelope."""
    state: Loan | Draw = resource.state
    shown = loan_resource(state) if isinstance(state, Loan) else draw_resource(state)
    return render({**shown, "version": resource.version}, None)
