"""What the relay reads of an event, and the headers of its message.

The database writes numbers, dates and ids as the text that they are on Kafka, several times faster
than Python would make objects of them and write those. `runtime.messages` reads the headers back.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncCursor
from psycopg_pool import AsyncConnectionPool

from runtime.messages import Headers

_TEXT = "convert_to({}, 'UTF8')".format
_COLUMNS = (
    "position",
    "partition",
    "recorded_at",
    "payload",
    _TEXT("partition_key::text"),
    _TEXT("stream_id::text"),
    # What the event's id follows from: the stream as a number, and the version as text.
    "uuid_send(stream_id) || " + _TEXT("stream_version::text"),
    _TEXT("stream_version::text"),
    _TEXT("type"),
    _TEXT("schema_version::text"),
    _TEXT("actor"),
    _TEXT("command_id::text"),
    _TEXT("correlation_id::text"),
    # W3C Trace Context: the request behind the event is the trace, the event its span.
    _TEXT("'00-' || replace(correlation_id::text, '-', '') || '-'"),
    _TEXT("causation_id::text"),
    _TEXT("to_char(effective_on, 'YYYY-MM-DD')"),
)
_SINCE = (
    f"SELECT {', '.join(_COLUMNS)} FROM ledger.events"  # noqa: S608  # constant columns
    " WHERE position > %s ORDER BY position LIMIT %s"
)
_FIXED: Headers = [
    ("ce_specversion", b"1.0"),
    ("ce_datacontenttype", b"application/json"),
    ("content-type", b"application/json"),
]
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Outgoing(NamedTuple):
    """An event on its way to Kafka: a row of the log, in the bytes that its message has."""

    position: int
    partition: int
    recorded_at: datetime
    payload: bytes
    partition_key: bytes
    stream_id: bytes
    identity: bytes
    stream_version: bytes
    type: bytes
    schema_version: bytes
    actor: bytes
    command_id: bytes
    correlation_id: bytes
    trace: bytes
    causation_id: bytes | None
    effective_on: bytes


def _outgoing(_: AsyncCursor[Any]) -> Callable[[Sequence[Any]], Outgoing]:
    return Outgoing._make


async def since(database: AsyncConnectionPool, position: int, limit: int) -> list[Outgoing]:
    """Events after a position, in commit order; none is ever missing between two of them."""
    async with (
        database.connection() as connection,
        connection.cursor(binary=True, row_factory=_outgoing) as cursor,
    ):
        await cursor.execute(_SINCE, (position, limit), prepare=True)
        return await cursor.fetchall()


class Wording:
    """Writes the messages' headers of one store."""

    def __init__(self, store_epoch: UUID) -> None:
        epoch = str(store_epoch).encode()
        self._source = ("ce_source", b"/drawbridge/" + epoch)
        self._epoch = ("store_epoch", epoch)
        self._moment: datetime | None = None
        self._time = ("ce_time", b"")
        self.timestamp = 0
        """Of the event whose headers were written last, in milliseconds of the Unix era."""

    def headers(self, event: Outgoing, prev_position: int) -> Headers:
        """The headers of an event's message: CloudEvents 1.0 in binary mode, and our own.

        Args:
            event: as read.
            prev_position: of the event before it in its partition, 0 for the first.
        """
        if event.recorded_at != self._moment:  # which all events of an append share
            self._tell(event.recorded_at)
        identity = event_id(event.identity)
        span = identity[:8] + identity[9:13] + identity[14:18]
        headers = [
            *_FIXED,
            ("ce_id", identity.encode()),
            self._source,
            ("ce_type", event.type),
            ("ce_subject", event.stream_id),
            self._time,
            ("position", b"%d" % event.position),
            ("prev_position", b"%d" % prev_position),
            ("stream_version", event.stream_version),
            ("schema_version", event.schema_version),
            self._epoch,
            ("actor", event.actor),
            ("command_id", event.command_id),
            ("correlation_id", event.correlation_id),
            ("effective_on", event.effective_on),
            ("traceparent", b"%b%b-01" % (event.trace, span.encode())),
        ]
        if event.causation_id is not None:
            headers.append(("causation_id", event.causation_id))
        return headers

    def _tell(self, moment: datetime) -> None:
        self._moment = moment
        said = moment.astimezone(UTC).isoformat(timespec="microseconds")
        self._time = ("ce_time", said.encode())
        self.timestamp = int(moment.timestamp() * 1000)


def event_id(name: bytes) -> str:
    """`domain.events.envelope.event_id` (UUID version 5) of what it follows from."""
    digest = sha1(name, usedforsecurity=False).hexdigest()
    return (
        f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-"
        f"{_VARIANTS[digest[16]]}{digest[17:20]}-{digest[20:32]}"
    )
