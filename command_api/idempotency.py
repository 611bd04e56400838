"""A command with its circumstances, and why repeating it is harmless.

A command's id follows from who sends it, to which path, under which key; the event store keeps the
answer of every command id with a hash of what was asked. So a repeat is found wherever it arrives
and however late (30 days): the same question gets the stored answer, another one is refused.
"""

from datetime import date
from hashlib import sha256
from uuid import UUID

from msgspec import Struct

from domain.kernel.actors import Actor
from domain.kernel.errors import NotAllowed
from runtime.http import Call, Versions
from runtime.ids import new_id


class Order(Struct, frozen=True):
    """On whose behalf, and on which terms, a command is carried out.

    Attributes:
        actor: who gave it.
        command_id: the same whenever the same command is sent again.
        payload_hash: tells a repeat from another command under the same id.
        correlation_id: what this and all that follows from it have in common.
        effective_on: the lender's date on which its events count.
        may_be_repeat: whether the id was chosen outside, so that it may have been seen before.
        if_match: the versions of the resource it may be decided on, if that was said.
        owner_id: the builder whose loans alone may be touched, `None` for all loans.
        status: of HTTP, stored with the answer.
    """

    actor: Actor
    command_id: UUID
    payload_hash: bytes
    correlation_id: UUID
    effective_on: date
    may_be_repeat: bool = True
    if_match: Versions | None = None
    owner_id: UUID | None = None
    status: int = 200


def order_of(call: Call, effective_on: date | None = None, *, status: int = 200) -> Order:
    """The order that an HTTP request gives; it counts from today unless a date is given.

    Raises:
        NotAllowed: a builder gave the date, which is the lender's to say.
    """
    if effective_on is not None and call.owner_id is not None:
        raise NotAllowed("FORBIDDEN", "Only the lender says from when a step counts.")
    return Order(
        call.actor,
        call.command_id,
        call.payload_hash,
        call.correlation_id,
        effective_on or call.today,
        call.key_given,
        call.if_match,
        call.owner_id,
        status,
    )


def own_order(actor: Actor, effective_on: date, command_id: UUID | None = None) -> Order:
    """The order of a program of ours (seeding, a reactor): repeatable when it names its id."""
    identity = command_id or new_id()
    return Order(
        actor,
        identity,
        sha256(identity.bytes).digest(),
        identity,
        effective_on,
        may_be_repeat=command_id is not None,
    )
