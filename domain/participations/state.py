"""The participants of a loan: a part of the loan's state."""

from datetime import date
from typing import assert_never
from uuid import UUID

from msgspec import Struct

from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.participations.events import (
    ParticipationEvent,
    ParticipationSold,
    ParticipationsSettled,
)


class Participation(Struct, frozen=True):
    """A share of the loan.

    Attributes:
        principal_cents: the part of the principal that the participant has paid for.
        interest_cents: the interest shared with them so far.
    """

    participant_id: UUID
    name: str
    share: Rate
    sold_on: date
    principal_cents: int
    interest_cents: int = 0


class Participations(Struct, frozen=True):
    """All shares, in the order in which they were sold; the lender keeps the rest."""

    shares: tuple[Participation, ...] = ()


def evolve(held: Participations, event: ParticipationEvent) -> Participations:
    """The shares after an event."""
    match event:
        case ParticipationSold():
            sold = Participation(
                event.participant_id,
                event.name,
                event.share,
                event.sold_on,
                event.principal_cents,
            )
            return replace(held, shares=(*held.shares, sold))
        case ParticipationsSettled():
            parts = {part.participant_id: part for part in event.settlements}
            return Participations(
                shares=tuple(
                    replace(
                        share,
                        principal_cents=share.principal_cents
                        + parts[share.participant_id].principal_cents,
                        interest_cents=share.interest_cents
                        + parts[share.participant_id].interest_cents,
                    )
                    if share.participant_id in parts
                    else share
                    for share in held.shares
                )
            )
        case _:
            assert_never(event)


def written_off(held: Participations) -> Participations:
    """The shares after a charge-off: every participant has borne their part of the principal."""
    shares = tuple(replace(share, principal_cents=0) for share in held.shares)
    return replace(held, shares=shares)
