"""States of the past: folded from the streams, by the lender's date and by ours.

``effective_on`` asks what counted on a date, ``recorded_at`` what we knew at an instant; given both,
the answer is what we then believed of that date.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any, TypeVar, cast
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.draws import state as draws
from domain.draws.state import Draw
from domain.events.envelope import Recorded
from domain.interest import period as periods
from domain.interest.events import AccrualEvent, AccrualPeriodOpened, period_id
from domain.interest.period import AccrualPeriod
from domain.kernel.errors import NotFound
from domain.ledger.accounts import Account
from domain.ledger.as_of import effective_by
from domain.ledger.entries import FinancialEvent
from domain.loans import fold as loans
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


@dataclass(frozen=True, slots=True)
class PastLoan:
    """A loan as it was.

    Attributes:
        open_period: the interest of the months that had not fallen due, `None` when none had begun.
        version: of the last event of the loan that counted.
    """

    loan: Loan
    open_period: AccrualPeriod | None
    version: int


async def past_loan(reader: Reader, loan_id: UUID, as_of: AsOf) -> PastLoan:
    """A loan as it was, with the interest of its open month.

    Raises:
        NotFound: there was no such loan then.
    """
    loan, version = await _fold(reader, loan_id, as_of, loans.evolve, "loan")
    period: AccrualPeriod | None = None
    for month, counted in (await past_months(reader, loan_id, as_of)).items():
        if loan.receivables.month(month).due_on is None:
            period = _added(period, _month_of(loan_id, month, counted))
    return PastLoan(loan, period, version)


def _month_of(loan_id: UUID, month: date, counted: Sequence[Recorded]) -> AccrualPeriod:
    period: AccrualPeriod | None = None
    for recorded in counted:
        period = periods.evolve(period, cast(AccrualEvent, recorded.event))
    return period or AccrualPeriod(loan_id, month)


def _added(before: AccrualPeriod | None, period: AccrualPeriod) -> AccrualPeriod:
    """Two months as one: a month falls due a little after it ends where its books are closed."""
    return period if before is None else replace(period, accrued=before.accrued + period.accrued)


async def past_months(reader: Reader, loan_id: UUID, as_of: AsOf) -> dict[date, list[Recorded]]:
    """The entries that counted in each month of a loan's interest, oldest month first.

    That a month began is a step without a date of its own, so which months there are is asked of
    everything known of the loan; what counted of them, of each month itself.
    """
    known = await reader.stream(loan_id, recorded_at=as_of.recorded_at)
    months = sorted(
        {one.event.month for one in known if isinstance(one.event, AccrualPeriodOpened)}
    )
    ids = {period_id(loan_id, month): month for month in months}
    streams = await reader.streams(list(ids)) if ids else {}
    return {
        month: counted
        for stream_id, month in ids.items()
        if (counted := _counting(streams.get(stream_id, []), as_of))
    }


def _counting(events: Sequence[Recorded], as_of: AsOf) -> list[Recorded]:
    known = [
        recorded
        for recorded in events
        if as_of.recorded_at is None or recorded.recorded_at <= as_of.recorded_at
    ]
    return known if as_of.effective_on is None else effective_by(known, as_of.effective_on)


async def past_draw(reader: Reader, draw_id: UUID, as_of: AsOf) -> tuple[Draw, int]:
    """A draw as it was, and the version of the last event that counted.

    Raises:
        NotFound: there was no such draw then.
    """
    return await _fold(reader, draw_id, as_of, draws.evolve, "draw")


@dataclass(frozen=True, slots=True)
class PastLedger:
    """The entries of a loan and its months that counted, the same that `past_loan` folds.

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
    months = await past_months(reader, loan_id, as_of)
    counted = [*await _counted(reader, loan_id, as_of), *chain.from_iterable(months.values())]
    for recorded in counted:
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
