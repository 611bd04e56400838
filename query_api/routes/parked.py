"""For administrators: the events that a read model could not apply, and those behind them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec.structs import asdict
from pydantic import Field
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, Uuid

from domain.access import Right
from domain.events.example import EVENT
from domain.events.resource import instant_text
from domain.kernel.resource import Instant, Resource
from domain.loans.example import LOAN
from query_api.database import Database, Row
from query_api.paging import Listing, PageParams, bounded_count, where
from runtime.http import PAGE, Answer, Router

router = Router("events")

# The engine's table, as far as this process may know the engine.
PARKED = Table(
    "parked",
    MetaData(schema="read"),
    Column("projection", Text),
    Column("position", BigInteger),
    Column("stream_id", Uuid),
    Column("type", Text),
    Column("reason", Text),
    Column("parked_at", DateTime(timezone=True)),
)


class ParkedEventResource(Resource):
    """An event that waits beside a read model; without a reason, for one before it."""

    projection: str
    position: int
    loan_id: UUID
    stream_id: UUID
    type: str
    reason: str | None
    parked_at: Instant


class _Parked(Row):
    projection: str
    position: int
    loan_id: UUID
    stream_id: UUID
    type: str
    reason: str | None
    parked_at: datetime


LISTING = Listing(
    row=_Parked,
    table=PARKED,
    columns={"loan_id": "parked.partition_key"},
    sorts={
        "position": (PARKED.c.position, PARKED.c.projection),
        "parked_at": (PARKED.c.parked_at, PARKED.c.position, PARKED.c.projection),
    },
)
_EXAMPLE = ParkedEventResource(
    projection="loan_summary",
    position=EVENT.position,
    loan_id=LOAN.id,
    stream_id=LOAN.id,
    type=EVENT.type,
    reason="ZeroDivisionError at projectors.read_models.loan_summary.projector:88",
    parked_at="2025-01-15T17:03:11.512004Z",
)


class ParkedList(PageParams):
    """How parked events are listed."""

    sort_by: Literal["position", "parked_at"] = "position"
    projection: str | None = Field(
        default=None,
        max_length=100,
        pattern="^[a-z_]+$",
        description="By its name in /projections.",
    )
    loan_id: UUID | None = None


@router.get(
    "/parked-events", "list_parked_events", right=Right.ADMINISTER, example=[_EXAMPLE], meta=PAGE
)
async def list_parked_events(query: ParkedList, database: Database) -> Answer:
    """The events that wait beside a read model; those without a reason wait for one before them."""
    chosen = where(
        projection=("parked.projection = %(projection)s", query.projection),
        loan=("parked.partition_key = %(loan)s", query.loan_id),
    )
    total = await bounded_count(database, LISTING.source, chosen)
    page = await LISTING.page(database, query, chosen, total)
    return Answer([_shown(event) for event in page.rows], page.meta)


def _shown(event: _Parked) -> ParkedEventResource:
    return ParkedEventResource(**{**asdict(event), "parked_at": instant_text(event.parked_at)})
