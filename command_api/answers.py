"""Answers to commands: what became of one, the resource as it is shown, and the same answer again.

The resource is shown as the query side will show it, in the envelope.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from msgspec import Struct
from msgspec.structs import replace

from command_api.unit_of_work import Folded
from domain.kernel.actors import Actor
from domain.kernel.errors import Conflict
from domain.kernel.resource import Versioned, at_version
from domain.kinds import Stream
from runtime.eventstore.appender import Appender
from runtime.eventstore.records import Append, KeyMismatch, Replayed
from runtime.http import PREFIX, Answer, Call, render


class Decided(Struct, frozen=True):
    """What became of a command.

    Attributes:
        resource_id: of the loan or draw; `None` in a repeat, which knows only the stored answer.
        status: of HTTP; ``body`` the whole answer, both as stored for repeats.
        version: of the resource afterwards.
        position: of its last event, which a reader may wait for.
        events: how many it appended.
        replayed: it had been carried out before, and nothing happened now.
    """

    resource_id: UUID | None
    status: int
    body: bytes
    version: int
    position: int | None
    events: int = 0
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


def known(outcome: Replayed | KeyMismatch) -> Decided:
    """The stored answer of a repeated command.

    Raises:
        Conflict: ``IDEMPOTENCY_MISMATCH``, when something else was asked under the same key.
    """
    if isinstance(outcome, KeyMismatch):
        raise Conflict("IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used otherwise.")
    return Decided(
        None, outcome.status, outcome.body, outcome.version, outcome.last_position, replayed=True
    )


Show = Callable[[Stream, Mapping[UUID, Folded], Actor], bytes]
"""Renders the resource of a command to who gave it, with all that was read as it is afterwards."""


def shown(resource: Stream, after: Mapping[UUID, Folded], viewer: Actor) -> bytes:
    """The whole answer.

    Args:
        resource: what the command was for.
        after: everything that was read with it, as it is after the command.
        viewer: who gave the command.
    """
    folded = after[resource.id]

    def state_of(stream_id: UUID) -> Any:
        held = after.get(stream_id)
        return None if held is None else held.state

    return rendered(resource.kind.shown(folded.state, viewer, state_of), folded.version)


def rendered(resource: Versioned, version: int) -> bytes:
    """The answer that shows a resource at a version of its stream."""
    return render(at_version(resource, version), None)


def nothing_shown(_: Stream, __: Mapping[UUID, Folded], ___: Actor) -> bytes:
    """The answer that nobody will ask for again."""
    return b""


class AnswersByKey:
    """Answers a repeated request as it was answered first, for what is not event-sourced: users.

    The answer is kept in the same command log as everybody's, with no events beside it. Between the
    change and the log a crash may fall, so what runs here must bear being run twice.
    """

    def __init__(self, appender: Appender) -> None:
        self._appender = appender

    async def once(
        self, call: Call, status: int, change: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Run a change unless its key has been answered.

        Raises:
            Conflict: ``IDEMPOTENCY_MISMATCH``, when the key came with another request.
        """
        if not call.key_given:
            return await change()
        answered = await self._appender.recall(call.command_id, call.payload_hash)
        if answered is not None:
            return _known_to(call, answered)
        answer = await change()
        body = render(answer.data, answer.meta)
        outcome = await self._appender.append(
            Append(
                command_id=call.command_id,
                payload_hash=call.payload_hash,
                actor=call.actor,
                correlation_id=call.correlation_id,
                causation_id=None,
                proposed=(),
                status=status,
                body=body,
                version=answer.version or 0,
            )
        )
        if isinstance(outcome, Replayed | KeyMismatch):
            return _known_to(call, outcome)
        return replace(answer, body=body)


def _known_to(call: Call, outcome: Replayed | KeyMismatch) -> Answer:
    decided = known(outcome)
    collection = call.path.removeprefix(PREFIX) if decided.status == HTTPStatus.CREATED else None
    return decided.answer(collection)
