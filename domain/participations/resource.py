"""A participation as JSON shows it."""

from datetime import date
from uuid import UUID

from domain.kernel.money import format_money
from domain.kernel.rates import rate_text
from domain.kernel.resource import Fraction, Money, Resource
from domain.participations.state import Participation


class ParticipationResource(Resource):
    """What another lender bought, and what of principal and interest is theirs."""

    participant_id: UUID
    name: str
    share: Fraction
    sold_on: date
    principal: Money
    interest: Money


def participation_resource(share: Participation) -> ParticipationResource:
    """The participation as it stands."""
    return ParticipationResource(
        participant_id=share.participant_id,
        name=share.name,
        share=rate_text(share.share),
        sold_on=share.sold_on,
        principal=format_money(share.principal_cents),
        interest=format_money(share.interest_cents),
    )
