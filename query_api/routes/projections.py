"""How far each projection has come."""

from domain.access import Right
from domain.kernel.resource import Resource
from query_api.database import Database
from query_api.progress import NOT_APPLIED, read_side
from runtime.http import Answer, Router
from runtime.problems import Unavailable

router = Router("projections")


class ProjectionResource(Resource):
    """How far a read model has come, and what waits beside it."""

    name: str
    position: int
    lag_events: int
    parked_events: int


@router.get(
    "/projections",
    "list_projections",
    right=Right.AUDIT_READ,
    example=[ProjectionResource(name="loan_summary", position=42, lag_events=0, parked_events=0)],
)
async def list_projections(database: Database) -> Answer:
    """How far each projection has come, how far behind it is, and how many events wait beside it.

    Between a migration of the database and the first `drawbridge projections apply` there are none,
    and the answer is 503.
    """
    side = await read_side(database)
    if not side.models:
        raise Unavailable(NOT_APPLIED)
    return Answer(
        [
            ProjectionResource(
                name=each.name,
                position=each.position,
                lag_events=each.lag_events,
                parked_events=each.parked_events,
            )
            for each in side.models.values()
        ]
    )
