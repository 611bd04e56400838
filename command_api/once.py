"""Idempotency keys for what is not event-sourced: users.

The answer is kept in the same command log as everybody's, with no events beside it. Between the
change and the log a crash may fall, so what runs here must bear being run twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import orjson

from domain.kernel.errors import Conflict
from runtime.eventstore.appender import Appender
from runtime.eventstore.records import Append, KeyMismatch, Replayed
from runtime.http import Answer, Call, render


class Once:
    """Answers a repeated request as it was answered first."""

    def __init__(self, appender: Appender) -> None:
        self._appender = appender

    async def answer(
        self, call: Call, status: int, change: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Run a change unless its key has been answered.

        Raises:
            Conflict: ``IDEMPOTENCY_MISMATCH``, when the key came with another request.
        """
        if not call.key_given:
            return await change()
        known = await self._appender.recall(call.command_id, call.payload_hash)
        if known is not None:
            return _known(call, known)
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
            return _known(call, outcome)
        return replace(answer, body=body)


def _known(call: Call, outcome: Replayed | KeyMismatch) -> Answer:
    if isinstance(outcome, KeyMismatch):
        raise Conflict("IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used otherwise.")
    location = None
    if outcome.status == HTTPStatus.CREATED:
        location = f"{call.path}/{orjson.loads(outcome.body)['data']['id']}"
    return Answer(
        body=outcome.body,
        status=outcome.status,
        version=outcome.version,
        location=location,
        replayed=True,
    )
