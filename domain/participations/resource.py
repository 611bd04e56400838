"""A participation as JSON shows it."""

from typing import Any

from domain.kernel.money import format_money
from domain.participations.state import Participation

JsonObject = dict[str, Any]


def participation_resource(share: Participation) -> JsonObject:
    """What another lender bought, and what of principal and interest is theirs."""
    return {
        "participant_id": str(share.participant_id),
        "name": share.name,
        "share": format(share.share, "f"),
        "sold_on": share.sold_on.isoformat(),
        "principal": format_money(share.principal_cents),
        "interest": format_money(share.interest_cents),
    }
