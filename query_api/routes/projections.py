"""How far each projection has come."""

from domain.access import Right
from domain.kernel.resource import Resource
from projectors.standing import STANDING, ReadSide
from query_api.database import Database
from runtime.http import Answer, Router

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
    """How far each projection has come, how far behind it is, and how many events wait beside it."""
    side = ReadSide.of(await database.tuples(STANDING))
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
