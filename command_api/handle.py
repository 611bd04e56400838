"""How every command becomes events: load, decide, append, answer.

Commands on one loan and its draws queue for a lock of their own, so within a process none loses a
race; others run side by side and share the appender's flushes. States are kept folded, so the usual
command reads nothing. Another process may have moved a stream on: then the append says so, the
states are read again and the command is decided anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

import orjson

from command_api.idempotency import Order
from command_api.states import Held, States, Stream
from domain.draws import state as draws
from domain.draws.events import DrawCreated
from domain.draws.state import Draw
from domain.events.catalogue import Event, stream_of
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
from runtime.http import PREFIX, Answer, render
from runtime.locks import KeyedLocks
from runtime.metrics import APPENDED_EVENTS, APPENDS
from runtime.problems import Problem
from runtime.resources.draws import draw_resource
from runtime.resources.loans import loan_resource

ATTEMPTS_MAX = 10

Decide = Callable[..., Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a command.

    Attributes:
        resource_id: of the loan or draw; `None` in a repeat, which knows only the stored answer.
        status: of HTTP; ``body`` the whole answer, both as stored for repeats.
        version: of the resource afterwards.
        position: of its last event, which a reader may wait for.
        replayed: it had been carried out before, and nothing happened now.
    """

    resource_id: UUID | None
    status: int
    body: bytes
    version: int
    position: int | None
    replayed: bool = False

    def answer(self, collection: str | None = None) -> Answer:
        """The answer to give over HTTP; of something new, with its place in a collection."""
        location = None
        if collection is not None:
            identity = self.resource_id or orjson.loads(self.body)["data"]["id"]
            location = f"{PREFIX}{collection}/{identity}"
        return Answer(
            body=self.body,
            status=self.status,
            version=self.version,
            position=self.position,
            location=location,
            replayed=self.replayed,
        )


class Ledger:
    """Carries out commands; one a process."""

    def __init__(self, appender: Appender, reader: Reader, *, states_cached_max: int) -> None:
        self._appender = appender
        self._states = States(reader, states_cached_max)
        self._locks = KeyedLocks()

    async def originate(self, loan_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan | None)``, which begins a loan."""
        streams = (replace(_loan(loan_id), begins=True),)
        return await self._carry_out(loan_id, streams, order, decide)

    async def on_loan(self, loan_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan)``.

        Raises:
            NotFound: there is no such loan, or it is another builder's.
        """

        def decide_existing(loan: Loan | None) -> Sequence[Event]:
            return decide(_owned(loan, order, "loan"))

        return await self._carry_out(loan_id, (_loan(loan_id),), order, decide_existing)

    async def create_draw(
        self, loan_id: UUID, draw_id: UUID, order: Order, decide: Decide
    ) -> Decided:
        """Carry out ``decide(loan, draw | None)``, which begins a draw.

        Raises:
            NotFound: there is no such loan, or it is another builder's.
        """

        def decide_existing(loan: Loan | None, draw: Draw | None) -> Sequence[Event]:
            return decide(_owned(loan, order, "loan"), draw)

        streams = (_loan(loan_id), replace(_draw(draw_id), begins=True))
        return await self._carry_out(loan_id, streams, order, decide_existing)

    async def on_draw(self, draw_id: UUID, order: Order, decide: Decide) -> Decided:
        """Carry out ``decide(loan, draw)``.

        Raises:
            NotFound: there is no such draw, or it is on another builder's loan.
        """
        found: Draw | None = (await self._held(_draw(draw_id), guess=True)).state
        if found is None:
            raise NotFound("draw")

        def decide_existing(loan: Loan | None, draw: Draw) -> Sequence[Event]:
            return decide(_owned(loan, order, "draw"), draw)

        streams = (_loan(found.loan_id), _draw(draw_id))
        return await self._carry_out(found.loan_id, streams, order, decide_existing)

    async def _carry_out(
        self, key: UUID, streams: tuple[Stream, ...], order: Order, decide: Decide
    ) -> Decided:
        """Load, decide and append, until no other process gets in between.

        The first attempt guesses: it decides on the states that are kept, or on none for a stream
        about to begin. Appending proves a guess right, because it expects the versions of all
        streams that were read; a refusal, or nothing to do, proves nothing, and is decided again on
        what the store has.

        The last of the streams is the resource: ``If-Match`` means its version, and the answer
        shows it.
        """
        async with self._locks.holding(key):
            for attempt in range(ATTEMPTS_MAX):
                is_guess = attempt == 0
                before = [await self._held(stream, guess=is_guess) for stream in streams]
                try:
                    events = _decide(decide, before, order)
                except (Refusal, Problem) as refusal:
                    if is_guess:
                        continue
                    return await self._answered_before(order, refusal)
                if is_guess and not events:
                    continue
                after, proposed = _staged(streams, before, events, order)
                body = _body(after[-1])
                if not events and not order.may_be_repeat:
                    return _decided(streams[-1], order, body, after[-1])
                outcome = await self._append(streams, before, order, proposed, after[-1], body)
                match outcome:
                    case Appended():
                        return self._kept(streams, after, outcome, order, body)
                    case Replayed() | KeyMismatch():
                        return _known(outcome)
                    case VersionConflict():
                        self._states.forget(streams)
                    case _:
                        assert_never(outcome)
        raise Conflict("CONFLICT", "Others kept changing it; read it again and repeat.")

    async def _held(self, stream: Stream, *, guess: bool) -> Held:
        held = self._states.guess(stream) if guess else None
        return held or await self._states.load(stream)

    async def _append(
        self,
        streams: Sequence[Stream],
        before: Sequence[Held],
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
                    read={
                        stream.id: held.version
                        for stream, held in zip(streams, before, strict=True)
                    },
                )
            )
        except BaseException:
            self._states.forget(streams)  # Nobody knows whether it was committed.
            raise
        _COUNTERS[type(outcome)].inc()
        return outcome

    async def _answered_before(self, order: Order, refusal: Refusal | Problem) -> Decided:
        """What a refused command answered when it was new; the refusal, if it is new now.

        A repeat finds the world as its first run left it, and would be refused for that.
        """
        if order.may_be_repeat:
            known = await self._appender.recall(order.command_id, order.payload_hash)
            if known is not None:
                return _known(known)
        raise refusal

    def _kept(
        self,
        streams: Sequence[Stream],
        after: Sequence[Held],
        outcome: Appended,
        order: Order,
        body: bytes,
    ) -> Decided:
        last = outcome.last_position
        if outcome.first_position is not None and last is not None:
            APPENDED_EVENTS.inc(last - outcome.first_position + 1)
            after = [Held(held.state, held.version, last) for held in after]
            for stream, held in zip(streams, after, strict=True):
                self._states.keep(stream.id, held)
        return _decided(streams[-1], order, body, after[-1])


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


def _decide(decide: Decide, before: Sequence[Held], order: Order) -> Sequence[Event]:
    """What the rules say; a stale version goes before their refusals, but what is not there, or
    not yours, before everything."""
    try:
        events = decide(*(held.state for held in before))
    except NotFound:
        raise
    except Refusal:
        _check_version(order, before[-1])
        raise
    _check_version(order, before[-1])
    return events


def _check_version(order: Order, resource: Held) -> None:
    if order.if_match not in (None, resource.version):
        raise Problem("STALE", f"It is at version {resource.version} now.")


def _staged(
    streams: Sequence[Stream], before: Sequence[Held], events: Sequence[Event], order: Order
) -> tuple[list[Held], tuple[Proposed, ...]]:
    """The states after the events, and the events with the versions they take."""
    held = {stream.id: state for stream, state in zip(streams, before, strict=True)}
    evolve = {stream.id: stream.evolve for stream in streams}
    proposed: list[Proposed] = []
    for event in events:
        stream_id = stream_of(event)
        was = held[stream_id]
        held[stream_id] = Held(evolve[stream_id](was.state, event), was.version + 1, was.position)
        proposed.append(Proposed(event, was.version + 1, order.effective_on))
    return [held[stream.id] for stream in streams], tuple(proposed)


def _body(resource: Held) -> bytes:
    """The resource as the query side will show it, in the envelope."""
    state: Loan | Draw = resource.state
    shown = loan_resource(state) if isinstance(state, Loan) else draw_resource(state)
    return render({**shown, "version": resource.version}, None)


def _decided(stream: Stream, order: Order, body: bytes, resource: Held) -> Decided:
    return Decided(stream.id, order.status, body, resource.version, resource.position)


def _known(outcome: Replayed | KeyMismatch) -> Decided:
    """The stored answer of a repeated command.

    Raises:
        Conflict: ``IDEMPOTENCY_MISMATCH``, when something else was asked under the same key.
    """
    if isinstance(outcome, KeyMismatch):
        raise Conflict("IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used otherwise.")
    return Decided(
        None, outcome.status, outcome.body, outcome.version, outcome.last_position, replayed=True
    )
