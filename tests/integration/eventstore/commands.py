"""Commands as the handler would bring them."""

from datetime import date
from hashlib import sha256
from uuid import UUID, uuid4

from domain.events.catalogue import Event
from domain.kernel.actors import Actor, Role
from runtime.eventstore.records import Append, Proposed

OFFICER = Actor(UUID(int=7), Role.SERVICING)
DAY = date(2025, 2, 10)


def command(*events: tuple[Event, int], asked: bytes = b"asked") -> Append:
    """A command of a new id that decided these events, each with its version."""
    command_id = uuid4()
    return Append(
        command_id=command_id,
        payload_hash=sha256(asked).digest(),
        actor=OFFICER,
        correlation_id=command_id,
        causation_id=None,
        proposed=tuple(Proposed(event, version, DAY) for event, version in events),
        status=200,
        body=b'{"success":true}',
        version=events[-1][1] if events else 0,
    )
