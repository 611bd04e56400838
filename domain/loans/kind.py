"""The kind of stream that a loan is. It is shown with the months whose interest is not due yet."""

from domain.interest.kind import month_stream
from domain.interest.period import AccrualPeriod, together
from domain.kernel.actors import Actor
from domain.kinds import Kind, Stream
from domain.loans.events import LoanOriginated
from domain.loans.fold import evolve
from domain.loans.resource import LoanResource, loan_resource
from domain.loans.state import Loan


def _shown(loan: Loan, _: Actor, *months: AccrualPeriod | None) -> LoanResource:
    return loan_resource(loan, together(months))


def _open_months(loan: Loan, known: Loan) -> tuple[Stream, ...]:
    """The months whose interest has not fallen due, oldest first.

    As a loan stands that is one at most. As it was there may be two, for a month falls due a little
    after it ends where its books are closed; and that a month began is a step without a date of its
    own, so which months there are is asked of the loan as it is known.
    """
    if known is loan:
        month = loan.open_month
        return () if month is None else (month_stream(loan.loan_id, month),)
    return tuple(
        month_stream(loan.loan_id, month)
        for month in known.accrual_months
        if loan.receivables.month(month).due_on is None
    )


LOAN = Kind(
    name="loan",
    state=Loan,
    evolve=evolve,
    begins_with=(LoanOriginated,),
    resource=_shown,
    companions=_open_months,
)
