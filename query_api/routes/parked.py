"""For administrators: the events that a read model could not apply, and those behind them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text

from domain.access import Right
from domain.events.example import EVENT
from domain.loans.example import LOAN
from query_api.database import Database
from query_api.examples import PAGE
from query_api.paging import Listing, PageParams, Stored, as_stored, bounded_count, where
from runtime.http import Answer, NullableText, Router

router = Router("events")

# The engine's table, as far as this process may know the engine.
PARKED = Table(
    "parked",
    MetaData(schema="read"),
    Column("projection", Text),
    Column("position", BigInteger),
    Column("parked_at", DateTime(timezone=True)),
)
_SHOWN = (
    "json_build_object('projection', parked.projection, 'position', parked.position,"
    " 'loan_id', parked.partition_key, 'stream_id', parked.stream_id, 'type', parked.type,"
    " 'reason', parked.reason, 'parked_at',"
    " to_char(parked.parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))::text"
)
LISTING = Listing(
    row=Stored,
    table=PARKED,
    columns={"body": _SHOWN},
    sorts={
        "position": (PARKED.c.position, PARKED.c.projection),
        "parked_at": (PARKED.c.parked_at, PARKED.c.position, PARKED.c.projection),
    },
)
_EXAMPLE: dict[str, Any] = {
    "projection": "loan_summary",
    "position": EVENT.position,
    "loan_id": str(LOAN.id),
    "stream_id": str(LOAN.id),
    "type": EVENT.type,
    "reason": NullableText("ZeroDivisionError at projectors.read_models.loan_summary.projector:88"),
    "parked_at": "2025-01-15T17:03:11.512004Z",
}


class ParkedList(PageParams):
    """How parked events are listed."""

    sort_by: Literal["position", "parked_at"] = "position"
    projection: str | None = Field(default=None, max_length=100, pattern="^[a-z_]+$")
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
    return as_stored(await LISTING.page(database, query, chosen, total))
