"""One request as an endpoint sees it, and what it answers."""

from collections.abc import Mapping
from datetime import UTC, date, tzinfo
from hashlib import sha256
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.access import Reach
from domain.kernel.actors import Actor
from domain.kernel.resource import Resource
from runtime.business_date import business_date
from runtime.http.requests import Versions
from runtime.ids import named_id
from runtime.tokens import Principal

COMMANDS = UUID("6f1d3a52-94b4-5f0e-8a7e-3f9f0f0c8d11")
"""The namespace of command ids that follow from an idempotency key."""
CORRELATIONS = UUID("0b7f4f0e-5e1b-5c52-9d6b-6f0a1c1b7d22")
"""The namespace of correlation ids that follow from a request id."""


class Seen(Struct, frozen=True):
    """What the read side had seen before a read was answered.

    Attributes:
        position: every event up to it is applied everywhere.
        lag_events: how far the log is ahead of that.
        parked_events: that wait beside any read model, whether it is asked or not.
    """

    position: int
    lag_events: int
    parked_events: int


class Call(Struct, eq=False):
    """Who asks, and on which terms.

    Attributes:
        operation: the operation's id, as in OpenAPI.
        method: of HTTP; ``path`` without the query.
        request_id: names this request in answers and logs.
        signed_in: the holder of the token, `None` on the few public operations.
        reach: whether the role may touch all rows or only its own. An endpoint that can meet
            `Reach.OWN` must put it into its query, and answer *not found* for what is not owned.
        idempotency_key: as given, or made by the server (``key_given`` tells).
        if_match: the versions of the resource that the caller lets the command be decided on.
        min_position: what the caller wants to have been projected before it reads.
        address: of the client.
        canonical_body: the body as canonical JSON, so that white space makes no other command.
        own_id: the request id as it was made, if it is ours.
        looked: what the read side had seen when the kit called the endpoint of a read.
        zone: that business is done in.
    """

    operation: str
    method: str
    path: str
    request_id: str
    signed_in: Principal | None
    reach: Reach
    idempotency_key: str
    key_given: bool
    if_match: Versions | None
    min_position: int | None
    address: str
    canonical_body: bytes
    own_id: UUID | None = None
    looked: Seen | None = None
    zone: tzinfo = UTC
    _today: date | None = None

    @property
    def principal(self) -> Principal:
        """The holder of the token; only public operations have none."""
        if self.signed_in is None:
            raise LookupError(f"{self.operation} is public: nobody signed in")
        return self.signed_in

    @property
    def seen(self) -> Seen:
        """What the read side had seen; only writes and what a process says of itself know none."""
        if self.looked is None:
            raise LookupError(f"{self.operation} reads nothing that is as of a position")
        return self.looked

    @property
    def actor(self) -> Actor:
        """The principal as the ledger names it."""
        return self.principal.actor

    @property
    def owner_id(self) -> UUID | None:
        """The user whose rows alone may be seen, `None` when all may be."""
        return self.principal.id if self.reach is Reach.OWN else None

    @property
    def today(self) -> date:
        """The business date, the same throughout the call, should midnight pass meanwhile."""
        if self._today is None:
            self._today = business_date(self.zone)
        return self._today

    @property
    def command_id(self) -> UUID:
        """The same for the same key of the same principal on the same path, whenever it is sent."""
        who = f"{self.principal.key}:{self.operation}:{self.path}:{self.idempotency_key}"
        return named_id(COMMANDS, who)

    @property
    def payload_hash(self) -> bytes:
        """Tells a repeat of a command from another command under the same key."""
        return sha256(f"{self.method} {self.path}\n".encode() + self.canonical_body).digest()

    @property
    def correlation_id(self) -> UUID:
        """The request id itself when it is a UUID, else a UUID that follows from it."""
        if self.own_id is not None:
            return self.own_id
        try:
            return UUID(self.request_id)
        except ValueError:
            return named_id(CORRELATIONS, self.request_id)


class Answer(Struct, eq=False):
    """What an endpoint answers; the kit puts it into the envelope.

    Attributes:
        data: a resource, or plain JSON values; `orjson.Fragment` where JSON text is at hand already.
        meta: beside the data; `page_meta` makes that of a list.
        status: `None` for the operation's own.
        version: of the stream, shown as ``ETag``.
        position: shown as ``X-Ledger-Position``.
        location: of what was created, beginning with ``/api/v1``.
        replayed: this answers a repeated command.
        body: the whole body as bytes, instead of ``data`` and ``meta``.
        content_type: of ``body``.
        headers: any others, names in lower case.
    """

    data: Any = None
    meta: Resource | Mapping[str, Any] | None = None
    status: int | None = None
    version: int | None = None
    position: int | None = None
    location: str | None = None
    replayed: bool = False
    body: bytes | None = None
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def show(self, seen: Seen) -> None:
        """Say as of which position this is."""
        self.position = seen.position
        self.headers = (*self.headers, (b"x-ledger-lag", b"%d" % seen.lag_events))


class PageResource(Resource):
    """Which page of a list this is; ``next_cursor`` walks any distance, and ends with null."""

    page: int
    page_size: int
    total: int
    total_pages: int
    next_cursor: str | None


def page_meta(page: int, page_size: int, total: int, next_cursor: str | None) -> PageResource:
    """The ``meta`` of a list.

    Args:
        page: from 1.
        page_size: rows a page.
        total: rows in all, from counters.
        next_cursor: opaque, `None` on the last page.
    """
    return PageResource(
        page=page,
        page_size=page_size,
        total=total,
        total_pages=-(-total // page_size),
        next_cursor=next_cursor,
    )


PAGE = page_meta(page=1, page_size=20, total=1, next_cursor=None)
"""The ``meta`` of a list, as the documentation shows it."""
