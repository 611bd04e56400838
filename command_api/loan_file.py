"""A loan with the months of its interest, read as far back as a decision needs."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from command_api.idempotency import Order
from command_api.unit_of_work import UnitOfWork
from domain.events.catalogue import Event
from domain.interest.events import AccrualEvent
from domain.interest.kind import month_stream
from domain.interest.period import AccrualPeriod
from domain.kernel.errors import NotFound
from domain.loans.file import Decision, LoanFile, PeriodsNeeded
from domain.loans.state import Loan

DecideFile = Callable[[LoanFile], Sequence[Event]]


def owned(loan: Loan | None, order: Order, what: str) -> Loan:
    """The loan, unless it is missing or another builder's, which must look the same.

    Raises:
        NotFound: it is.
    """
    if loan is None or order.owner_id not in (None, loan.terms.builder_user_id):
        raise NotFound(what)
    return loan


async def decided_on_file(
    work: UnitOfWork, loan: Loan, decide: DecideFile, *, since: date | None = None
) -> Sequence[Event]:
    """What the rules say to a command on a loan and its months.

    Which months it needs may show only while it is decided: then they are read, and it is decided
    again. Months that it opens are read as well, to be appended to.

    Args:
        work: of this attempt, the loan in it.
        loan: as it was read.
        decide: what the rules say; that a month is needed may be among it.
        since: the first month to read at once, the first day of it; none unless given.
    """
    while True:
        file = await _file(work, loan, since)
        try:
            events = decide(file)
        except PeriodsNeeded as needed:
            since = needed.since
            continue
        await _read_months_begun(work, loan, events)
        if isinstance(events, Decision):
            work.folded |= _states_after(events)
        return events


def _states_after(decision: Decision) -> dict[UUID, Loan | AccrualPeriod]:
    """What the decision has folded: the loan, and the months that it has events of."""
    after = decision.after
    folded: dict[UUID, Loan | AccrualPeriod] = {after.loan.loan_id: after.loan}
    for event in decision:
        if isinstance(event, AccrualEvent):
            folded[event.period_id] = after.period(event.month)
    return folded


async def _file(work: UnitOfWork, loan: Loan, since: date | None) -> LoanFile:
    """The loan with its months from one on; a month opened in which nothing accrued is empty."""
    if since is None:
        return LoanFile(loan)
    months = [month for month in loan.accrual_months if month >= since]
    held = await work.read(*(month_stream(loan.loan_id, month) for month in months))
    return LoanFile(
        loan,
        {
            month: period or AccrualPeriod(loan.loan_id, month)
            for month, period in zip(months, held, strict=True)
        },
    )


async def _read_months_begun(work: UnitOfWork, loan: Loan, events: Sequence[Event]) -> None:
    begun = {event.month for event in events if isinstance(event, AccrualEvent)}
    if begun:
        await work.read(
            *(
                month_stream(loan.loan_id, month, begins=month not in loan.accrual_months)
                for month in sorted(begun)
            )
        )
