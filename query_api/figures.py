"""What all dashboards share: as of when, whose rows, and how figures are written."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.kernel.money import format_money
from projectors.schema import EVERYBODY
from query_api.paging import PageParams
from runtime.http import Call, IsoDate, Params

_PLACES = {places: Decimal(1).scaleb(-places) for places in range(5)}


def today() -> date:
    """The date in UTC, at the edge where a question about now comes in."""
    return datetime.now(UTC).date()


class AsOfDate(Params):
    """As of which business date; today unless given."""

    as_of: IsoDate | None = Field(default=None, description="Today (UTC) unless given.")

    @property
    def on(self) -> date:
        """The business date."""
        return self.as_of or today()


class DashboardList(PageParams, AsOfDate):
    """A dashboard with a list below its figures: as of when, and which page of the list."""


def whose(call: Call) -> UUID:
    """The builder whose counters may be read: one's own, or everybody's."""
    return call.owner_id or EVERYBODY


def counted_under(call: Call, builder_user_id: UUID | None) -> UUID | None:
    """Whose counters tell how many rows a list has, `None` for one that shows nothing."""
    owner = call.owner_id
    if owner is not None and builder_user_id not in (None, owner):
        return None
    return owner or builder_user_id or EVERYBODY


def heading(on: date, call: Call) -> dict[str, Any]:
    """What every dashboard begins with."""
    return {
        "as_of": on.isoformat(),
        "as_of_position": call.seen.position,
        "lag_events": call.seen.lag_events,
    }


def ratio(part: int, whole: int, places: int = 4) -> str:
    """A fraction of non-negative amounts, half up; nothing of nothing is zero."""
    return decimal_text(Decimal(part) / whole, places) if whole else decimal_text(0, places)


def decimal_text(value: Decimal | int, places: int) -> str:
    """A figure to some places, half up, never in exponent notation."""
    return format(Decimal(value).quantize(_PLACES[places], ROUND_HALF_UP), "f")


def money(figures: Mapping[str, int]) -> dict[str, str]:
    """Amounts by name, as text."""
    return {name: format_money(cents) for name, cents in figures.items()}


def counted(bucket: Sequence[int], *names: str) -> dict[str, Any]:
    """A count and the amounts beside it, in the order of their names."""
    return {
        "count": bucket[0],
        **{name: format_money(cents) for name, cents in zip(names, bucket[1:], strict=True)},
    }
