"""States of the past: folded from the streams, by the lender's date and by ours.

``effective_on`` asks what counted on a date, ``recorded_at`` what we knew at an instant; given both,
the answer is what we then believed of that date.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.draws import state as draws
from domain.draws.state import Draw
from domain.events.envelope import Recorded
from domain.kernel.errors import NotFound
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent
from domain.loans import state as loans
from domain.loans.state import Loan
from runtime.eventstore.reader import Reader
from runtime.http import IsoDate, Params

State = TypeVar("State")
Sums = Mapping[Account, tuple[int, int]]
"""Account -> what it has been debited and credited, in cents."""


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


@dataclass(frozen=True, slots=True)
class PastLedger:
    """The entries of a loan that counted, the same ones that `past_loan` folds.

    Attributes:
        sums: by account.
        positions: of the events that carried the entries; ``lines`` how many lines they have.
    """

    sums: Sums
    positions: list[int]
    lines: int


async def past_ledger(reader: Reader, loan_id: UUID, as_of: AsOf) -> PastLedger:
    """A loan's ledger as it was, empty before its first entry."""
    sums: dict[Account, tuple[int, int]] = {}
    positions, lines = [], 0
    for recorded in await _counted(reader, loan_id, as_of):
        if isinstance(recorded.event, FinancialEvent):
            positions.append(recorded.position)
            for posting in recorded.event.postings:
                debit, credit = sums.get(posting.account, (0, 0))
                sums[posting.account] = debit + posting.debit_cents, credit + posting.credit_cents
                lines += 1
    return PastLedger(sums, positions, lines)


async def _counted(reader: Reader, stream_id: UUID, as_of: AsOf) -> list[Recorded]:
    return await reader.stream(
        stream_id, effective_on=as_of.effective_on, recorded_at=as_of.recorded_at
    )


async def _fold(
    reader: Reader,
    stream_id: UUID,
    as_of: AsOf,
    evolve: Callable[[Any, Any], State],
    what: str,
) -> tuple[State, int]:
    counted = await _counted(reader, stream_id, as_of)
    state: State | None = None
    for recorded in counted:
        state = evolve(state, recorded.event)
    if state is None:
        raise NotFound(what)
    return state, counted[-1].stream_version
