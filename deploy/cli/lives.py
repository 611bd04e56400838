"""What the streams of the ledger come to, event by event, as the APIs show it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any, cast

from domain.accounting import state as accounting
from domain.accounting.events import CalendarEvent
from domain.accounting.state import AccountingCalendar
from domain.draws import state as draws
from domain.draws.resource import draw_resource
from domain.events.envelope import Recorded
from domain.interest import period as periods
from domain.interest.events import AccrualEvent
from domain.interest.period import AccrualPeriod
from domain.interest.resource import period_resource
from domain.loans import fold as loans
from domain.loans.events import LoanEvent
from domain.loans.resource import loan_resource
from domain.loans.state import Loan
from domain.payoff.events import PayoffQuoted
from domain.payoff.resource import quote_resource
from query_api.past import AsOf, past_months
from runtime.eventstore.reader import Reader

Resource = dict[str, Any]
Step = tuple[Recorded, Resource, Resource]
"""An event, and the resource before and after it."""

LOAN_BEGINS = "loan.originated"


async def entries_of(reader: Reader, events: Sequence[Recorded], as_of: AsOf) -> list[Recorded]:
    """The entries of a loan's months up to its last event shown, or all; of another stream, none.

    Args:
        reader: of the ledger.
        events: of the stream, oldest first.
        as_of: by which clock the loan is shown.
    """
    if not events or events[0].type != LOAN_BEGINS:
        return []
    months = await past_months(reader, events[0].stream_id, as_of)
    return sorted(chain.from_iterable(months.values()), key=lambda entry: entry.position)


def steps(events: Sequence[Recorded], entries: Sequence[Recorded]) -> Iterator[Step]:
    """Every event of a stream with the resource before and after it.

    Args:
        events: of a loan, a draw, a month's interest, a payoff quote or the accounting calendar.
        entries: of a loan's months, by position: what had accrued is part of how it stood.
    """
    if events[0].type == LOAN_BEGINS:
        yield from _loan_steps(events, entries)
        return
    evolve, show = _KINDS[_kind_of(events[0])]
    state: Any = None
    before: Resource = {}
    for recorded in events:
        state = evolve(state, recorded.event)
        after = show(state) | {"version": recorded.stream_version}
        yield recorded, before, after
        before = after


def _loan_steps(events: Sequence[Recorded], entries: Sequence[Recorded]) -> Iterator[Step]:
    loan: Loan | None = None
    months: dict[date, AccrualPeriod] = {}
    waiting = list(reversed(entries))
    for at, recorded in enumerate(events):
        _accrue(months, waiting, recorded.position)
        before = {} if loan is None else _shown(loan, months, events[at - 1])
        loan = loans.evolve(loan, cast(LoanEvent, recorded.event))
        yield recorded, before, _shown(loan, months, recorded)


def stands(events: Sequence[Recorded], entries: Sequence[Recorded]) -> Resource:
    """The resource after everything, what accrued since the last event included."""
    *_, (_, _, after) = steps(events, entries)
    if events[0].type != LOAN_BEGINS:
        return after
    loan: Loan | None = None
    for recorded in events:
        loan = loans.evolve(loan, cast(LoanEvent, recorded.event))
    months: dict[date, AccrualPeriod] = {}
    _accrue(months, list(reversed(entries)), 2**63)
    return after if loan is None else _shown(loan, months, events[-1])


def _accrue(
    months: dict[date, AccrualPeriod], waiting: list[Recorded], before_position: int
) -> None:
    while waiting and waiting[-1].position < before_position:
        event = cast(AccrualEvent, waiting.pop().event)
        months[event.month] = periods.evolve(months.get(event.month), event)


def _shown(loan: Loan, months: dict[date, AccrualPeriod], last: Recorded) -> Resource:
    month = loan.open_month
    period = None if month is None else months.get(month)
    return loan_resource(loan, period) | {"version": last.stream_version}


def _calendar_after(calendar: AccountingCalendar | None, event: CalendarEvent) -> Any:
    return accounting.evolve(calendar or AccountingCalendar(), event)


def _calendar_shown(calendar: AccountingCalendar) -> Resource:
    through = calendar.closed_through
    return {"closed_through": None if through is None else through.isoformat()}


def _quote_after(_: PayoffQuoted | None, quote: PayoffQuoted) -> PayoffQuoted:
    return quote


def _kind_of(recorded: Recorded) -> str:
    return "quote" if isinstance(recorded.event, PayoffQuoted) else recorded.type.split(".")[0]


_KINDS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], Resource]]] = {
    "draw": (draws.evolve, draw_resource),
    "accrual": (periods.evolve, period_resource),
    "quote": (_quote_after, quote_resource),
    "accounting_period": (_calendar_after, _calendar_shown),
}
