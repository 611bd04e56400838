"""What became of a command, and how that is answered over HTTP."""

from uuid import UUID

import orjson

from domain.kernel.errors import Conflict
from domain.kernel.values import dataclass
from runtime.eventstore.records import KeyMismatch, Replayed
from runtime.http import PREFIX, Answer


@dataclass(frozen=True, slots=True)
class Decided:
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
