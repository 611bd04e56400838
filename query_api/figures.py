"""What all dashboards share: as of when, whose rows, and how figures are written."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.kernel.resource import Money, Resource
from domain.kernel.rounding import Rounding, ratio_to_cents
from projectors.schema import EVERYBODY
from query_api.paging import PageParams
from runtime.http import Call, IsoDate, Params


class AsOfDate(Params):
    """As of which business date; today unless given."""

    as_of: IsoDate | None = Field(
        default=None, description="Today, where business is done, unless given."
    )

    def on(self, call: Call) -> date:
        """The business date."""
        return self.as_of or call.today


class DashboardList(PageParams, AsOfDate):
    """A dashboard with a list below its figures: as of when, and which page of the list."""


class DashboardResource(Resource):
    """What every dashboard begins with."""

    as_of: date
    as_of_position: int
    lag_events: int


class PrincipalResource(Resource):
    """Loans, and what is lent on them."""

    count: int
    principal: Money


HEADING: dict[str, Any] = {"as_of": date(2025, 5, 1), "as_of_position": 42, "lag_events": 0}
"""That of the documentation's examples."""


def heading(on: date, call: Call) -> dict[str, Any]:
    """What every dashboard begins with."""
    return {
        "as_of": on,
        "as_of_position": call.seen.position,
        "lag_events": call.seen.lag_events,
    }


def whose(call: Call) -> UUID:
    """The builder whose counters may be read: one's own, or everybody's."""
    return call.owner_id or EVERYBODY


def counted_under(call: Call, builder_user_id: UUID | None) -> UUID | None:
    """Whose counters tell how many rows a list has, `None` for one that shows nothing."""
    owner = call.owner_id
    if owner is not None and builder_user_id not in (None, owner):
        return None
    return owner or builder_user_id or EVERYBODY


def ratio(part: int, whole: int) -> str:
    """A fraction of amounts to four places, half up; nothing of nothing is zero."""
    return _text(part, whole, 4) if whole else _text(0, 1, 4)


def decimal_text(value: Fraction | Decimal | int, places: int) -> str:
    """A figure to some places, a half away from zero, never in exponent notation."""
    return _text(*value.as_integer_ratio(), places)


def _text(numerator: int, denominator: int, places: int) -> str:
    figure = ratio_to_cents(numerator * 10**places, denominator, Rounding.HALF_UP)
    whole, rest = divmod(abs(figure), 10**places)
    decimals = f".{rest:0{places}d}" if places else ""
    return f"{'-' if figure < 0 else ''}{whole}{decimals}"
