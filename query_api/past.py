"""States of the past: folded from the streams, by the lender's date and by ours.

``effective_on`` asks what counted on a date, ``recorded_at`` what we knew at an instant; given both,
the answer is what we then believed of that date.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.draws import state as draws
from domain.draws.state import Draw
from domain.kernel.errors import NotFound
from domain.loans import state as loans
from domain.loans.state import Loan
from runtime.eventstore.reader import Reader
from runtime.http import IsoDate, Params

State = TypeVar("State")


class AsOf(Params):
    """When; nothing given is now."""

    effective_on: IsoDate | None = Field(default=None, description="What counted on a date.")
    recorded_at: AwareDatetime | None = Field(default=None, description="What was known then.")

    @property
    def is_past(self) -> bool:
        """Whether either clock is turned back."""
        return self.effective_on is not None or self.recorded_at is not None


async def past_loan(reader: Reader, loan_id: UUID, as_of: AsOf) -> tuple[Loan, int]:
    """A loan as it was, and the version of the last event that counted.

    Raises:
        NotFound: there was no such loan then.
    """
    return await _fold(reader, loan_id, as_of, loans.evolve, "loan")


async def past_draw(reader: Reader, draw_id: UUID, as_of: AsOf) -> tuple[Draw, int]:
    """A draw as it was, and the version of the last event that counted.

    Raises:
        NotFound: there was no such draw then.
    """
    return await _fold(reader, draw_id, as_of, draws.evolve, "draw")


async def _fold(
    reader: Reader,
    stream_id: UUID,
    as_of: AsOf,
    evolve: Callable[[Any, Any], State],
    what: str,
) -> tuple[State, int]:
    counted = await reader.stream(
        stream_id, effective_on=as_of.effective_on, recorded_at=as_of.recorded_at
    )
    state: State | None = None
    for recorded in counted:
        state = evolve(state, recorded.event)
    if state is None:
        raise NotFound(what)
    return state, counted[-1].stream_version
