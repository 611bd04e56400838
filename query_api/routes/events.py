"""The log itself: the feed for those without Kafka, and the events of one stream."""

from uuid import UUID

from pydantic import Field

from domain.access import Right
from domain.events.example import EVENT
from domain.events.resource import event_resource
from domain.kernel.errors import NotFound
from domain.kernel.resource import Resource
from runtime.eventstore.reader import Reader
from runtime.http import Answer, Call, Params, Router

router = Router("events")

EVENTS_MAX = 1_000


class FeedResource(Resource):
    """Where to go on, and how far the ledger is."""

    next_after: int
    head: int


class StreamResource(Resource):
    """After which version of the stream to go on."""

    next_after: int


class Feed(Params):
    """From where, and how many at most."""

    after: int = Field(
        default=0, ge=0, le=2**62, description="A position of the ledger; 0 is the beginning."
    )
    limit: int = Field(default=100, ge=1, le=EVENTS_MAX, description="How many events at most.")


class StreamFeed(Params):
    """From which version of the stream, and how many at most."""

    after_version: int = Field(
        default=0, ge=0, le=2**31 - 2, description="Of the stream; 0 is the beginning."
    )
    limit: int = Field(default=100, ge=1, le=EVENTS_MAX, description="How many events at most.")


@router.get(
    "/events",
    "list_events",
    right=Right.AUDIT_READ,
    example=[EVENT],
    meta=FeedResource(next_after=4, head=4),
)
async def list_events(query: Feed, call: Call, reader: Reader) -> Answer:
    """Every event after a position, in commit order; none is ever missing between two of them."""
    stored = await reader.since(query.after, query.limit)
    last = stored[-1].position if stored else query.after
    return Answer(
        [event_resource(each.decode()) for each in stored],
        meta=FeedResource(
            next_after=last, head=max(last, call.seen.position + call.seen.lag_events)
        ),
    )


@router.get(
    "/streams/{stream_id}/events",
    "list_stream_events",
    right=Right.AUDIT_READ,
    example=[EVENT],
    meta=StreamResource(next_after=4),
)
async def list_stream_events(stream_id: UUID, query: StreamFeed, reader: Reader) -> Answer:
    """The events of one loan or draw, oldest first."""
    last = query.after_version + query.limit
    found = await reader.stream(stream_id, query.after_version, min(last, 2**31 - 1))
    if not found and not await reader.stream(stream_id, 0, 1):
        raise NotFound("stream")
    return Answer(
        [event_resource(recorded) for recorded in found],
        meta=StreamResource(next_after=found[-1].stream_version if found else query.after_version),
    )
