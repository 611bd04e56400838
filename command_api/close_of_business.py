"""Close of business: every live loan brought to a date, many at a time, one failing none other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import structlog

from command_api.answers import nothing_shown
from command_api.idempotency import Order
from command_api.ledger import Ledger
from command_api.loan_file import decided_on_file
from command_api.unit_of_work import UnitOfWork
from domain.close_of_business.commands import CloseBusiness
from domain.decisions import decide
from domain.events.catalogue import Event
from domain.kinds import Stream
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from domain.loans.state import Loan
from runtime.eventstore.reader import Reader
from runtime.problems import problem_of

LOANS_AT_ONCE = 200
"""Read by one query and decided side by side: enough to fill the appender's flushes."""

log = structlog.get_logger(__name__)

NextOrder = Callable[[], Order]


@dataclass(frozen=True, slots=True)
class Failed:
    """A loan that was left as it was, and why; its number, if even that could be read."""

    loan_id: UUID
    number: str | None
    code: str
    message: str


@dataclass(slots=True)
class Closed:
    """How a close of business went.

    Attributes:
        loans: how many live loans were looked at; ``changed`` of them got ``events``.
        position: of the last event, which a reader may wait for.
    """

    loans: int = 0
    changed: int = 0
    events: int = 0
    position: int | None = None
    failed: list[Failed] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        """How many were there already."""
        return self.loans - self.changed - len(self.failed)

    def add(self, other: "Closed") -> None:
        """Count another part in."""
        self.loans += other.loans
        self.changed += other.changed
        self.events += other.events
        self.position = max(self.position or 0, other.position or 0) or None
        self.failed += other.failed


async def loans_ever_closed(reader: Reader, page: int = LOANS_AT_ONCE) -> AsyncIterator[list[UUID]]:
    """The ids of all loans that were ever closed, page by page; each once."""
    after, seen = 0, set[UUID]()
    while found := await reader.loans_closed(after, page):
        after = found[-1][0]
        new = dict.fromkeys(loan_id for _, loan_id in found if loan_id not in seen)
        seen.update(new)
        yield list(new)


async def close_all(ledger: Ledger, business_on: date, next_order: NextOrder) -> Closed:
    """Bring every live loan to the close of business on a date."""
    closed = Closed()
    async for loan_ids in loans_ever_closed(ledger.reader):
        closed.add(await close_loans(ledger, loan_ids, business_on, next_order))
    return closed


async def close_loans(
    ledger: Ledger,
    loan_ids: Sequence[UUID],
    business_on: date,
    next_order: NextOrder,
    *,
    dry_run: bool = False,
) -> Closed:
    """Bring some loans to the close of business on a date, those of them that are live.

    Each loan is one command of its own: what was done stays done if the rest fails, and doing it
    again decides nothing.

    Args:
        ledger: carries the commands out.
        loan_ids: loans, each once.
        business_on: accrue to, excluding, this date.
        next_order: the order to carry out for the next loan.
        dry_run: decide, and record nothing.
    """
    closed = Closed()
    try:
        works = await _read(ledger, loan_ids)
    except Exception as error:  # whatever it is, only the loan that it lies in fails for it
        if len(loan_ids) == 1:
            closed.loans = 1
            closed.failed.append(_failure(loan_ids[0], None, error))
            return closed
        for loan_id in loan_ids:
            alone = await close_loans(ledger, [loan_id], business_on, next_order, dry_run=dry_run)
            closed.add(alone)
        return closed
    done = [
        _close(ledger, work, loan, business_on, None if dry_run else next_order())
        for loan, work in works
    ]
    for part in await asyncio.gather(*done):
        closed.add(part)
    return closed


async def _read(ledger: Ledger, loan_ids: Sequence[UUID]) -> list[tuple[Loan, UnitOfWork]]:
    """The live ones of some loans with the open months of their interest, in two queries."""
    generation = ledger.states.generation  # What is read from here on is of that store.
    streams = [Stream(LOAN, loan_id) for loan_id in loan_ids]
    held = await ledger.states.load(streams) if streams else []
    live = [
        (stream, each)
        for stream, each in zip(streams, held, strict=True)
        if each.state is not None and each.state.is_live
    ]
    months = {
        stream.id: month
        for stream, each in live
        for month in LOAN.companions(each.state, each.state)
    }
    periods = await ledger.states.load(list(months.values())) if months else []
    of_month = dict(zip(months, periods, strict=True))
    works = []
    for stream, each in live:
        work = UnitOfWork(ledger.states, is_guess=False)
        work.generation = generation
        work.before[stream.id] = each
        if stream.id in of_month:
            work.before[months[stream.id].id] = of_month[stream.id]
        works.append((each.state, work))
    return works


async def _close(
    ledger: Ledger, work: UnitOfWork, loan: Loan, business_on: date, order: Order | None
) -> Closed:
    command = CloseBusiness(business_on)
    resource = Stream(LOAN, loan.loan_id)

    def decide_file(file: LoanFile) -> Sequence[Event]:
        return decide(file, command)

    async def decide_on(attempt: UnitOfWork) -> Sequence[Event]:
        (found,) = await attempt.read(resource)
        return await decided_on_file(attempt, found, decide_file, since=found.open_month)

    try:
        if order is None:
            events, position = len(await decide_on(work)), None
        else:
            decided = await ledger.carry_out(
                loan.loan_id, resource, order, decide_on, begun=work, show=nothing_shown
            )
            events, position = decided.events, decided.position
    except Exception as error:  # whatever it is, the other loans go on
        return Closed(loans=1, failed=[_failure(loan.loan_id, loan.number, error)])
    return Closed(1, int(events > 0), events, position if events else None)


def _failure(loan_id: UUID, number: str | None, error: Exception) -> Failed:
    problem = problem_of(error)
    if problem is None:
        log.exception("close_of_business_failed", loan_id=str(loan_id), exc_info=error)
        return Failed(loan_id, number, "INTERNAL", f"{type(error).__name__}: {error}")
    return Failed(loan_id, number, problem.code, problem.message)
