"""A recorded event, as the documentation shows it."""

from datetime import date
from uuid import UUID

from domain.events.resource import ActorResource, EventResource
from domain.kernel.actors import Role

EVENT = EventResource(
    id=UUID("0f6f0c6e-3f0e-5a43-9b7e-2c8f4a6b1d20"),
    position=4,
    type="loan.closed",
    schema_version=1,
    stream_id=UUID("01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10"),
    stream_version=4,
    actor=ActorResource(id=UUID("01936f5e-0000-7000-8000-000000000003"), role=Role.SERVICING),
    command_id=UUID("2f1a7c55-8f0b-5d1e-b0a7-6a3c9d2e4f10"),
    correlation_id=UUID("01936f5e-7c1a-7b3e-9a51-3f0a4c1d2e70"),
    causation_id=None,
    effective_on=date(2025, 1, 15),
    recorded_at="2025-01-15T17:03:11.482913Z",
    reverses_event_id=None,
    data={
        "loan_id": "01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10",
        "closed_on": "2025-01-15",
        "postings": [],
    },
)
