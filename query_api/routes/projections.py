"""How far each projection has come."""

from domain.access import Right
from domain.kernel.resource import Resource
from query_api.database import Database, Row
from query_api.examples import PAGE
from runtime.http import Answer, Router

router = Router("projections")

_PROJECTIONS = """
SELECT c.projection,
       coalesce(min(next.position) - 1, max(head.position)) AS position,
       max(head.position) AS head,
       sum(c.parked)::bigint AS parked
FROM read.checkpoints AS c
CROSS JOIN ledger.head AS head
LEFT JOIN LATERAL (
    SELECT e.position FROM ledger.events AS e
    WHERE e.partition = c.partition AND e.position > c.position ORDER BY e.position LIMIT 1
) AS next ON true
GROUP BY c.projection ORDER BY c.projection
"""


class ProjectionResource(Resource):
    """How far a read model has come, and what waits beside it."""

    name: str
    position: int
    lag_events: int
    parked_events: int


class _Standing(Row):
    projection: str
    position: int
    head: int
    parked: int


@router.get(
    "/projections",
    "list_projections",
    right=Right.AUDIT_READ,
    example=[ProjectionResource(name="loan_summary", position=42, lag_events=0, parked_events=0)],
    meta=PAGE,
)
async def list_projections(database: Database) -> Answer:
    """How far each projection has come, how far behind it is, and how many events wait beside it."""
    return Answer(
        [
            ProjectionResource(
                name=each.projection,
                position=each.position,
                lag_events=each.head - each.position,
                parked_events=each.parked,
            )
            for each in await database.rows(_Standing, _PROJECTIONS)
        ]
    )
