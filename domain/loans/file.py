"""A loan with the months of its interest: what a decision on it looks at, and hands back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct, field

from domain.events.catalogue import Event
from domain.interest import period as periods
from domain.interest.events import AccrualEvent
from domain.interest.period import AccrualPeriod
from domain.interest.timeline import InterestCents
from domain.kernel.values import replace
from domain.loans import fold as loans
from domain.loans.events import is_of_loan
from domain.loans.state import Loan


class PeriodsNeeded(LookupError):
    """A decision reaches back to a month that was not loaded: load from there, and decide again.

    Attributes:
        since: the first day of the earliest month needed.
    """

    def __init__(self, since: date) -> None:
        super().__init__(f"the accrual periods from {since:%Y-%m} are needed")
        self.since = since


class LoanFile(Struct, frozen=True):
    """A loan and the accrual periods that were loaded with it, by month."""

    loan: Loan
    periods: Mapping[date, AccrualPeriod] = field(default_factory=dict)

    def period(self, month: date) -> AccrualPeriod:
        """A month's interest; nothing yet, if the loan has no such period.

        Raises:
            PeriodsNeeded: the loan has one, and it was not loaded.
        """
        held = self.periods.get(month)
        if held is not None:
            return held
        if month in self.loan.accrual_months:
            raise PeriodsNeeded(month)
        return AccrualPeriod(self.loan.loan_id, month)

    @property
    def unpaid_interest(self) -> InterestCents:
        """All interest accrued and neither capitalised nor paid, the open month's included."""
        month = self.loan.open_month
        return self.loan.unpaid_interest(None if month is None else self.period(month))

    def after(self, events: Iterable[Event]) -> "LoanFile":
        """The file after events of the loan and its periods; a draw's events are passed over."""
        loan, held = self.loan, dict(self.periods)
        for event in events:
            if is_of_loan(event):
                loan = loans.evolve(loan, event)
            elif isinstance(event, AccrualEvent):
                held[event.month] = periods.evolve(held.get(event.month), event)
        return replace(self, loan=loan, periods=held)


class Decision(list[Event]):
    """What was decided on a file: events, oldest first, and the file after them.

    Whoever goes on from there has no need to fold them again.
    """

    __slots__ = ("after",)

    def __init__(self, events: Iterable[Event], after: LoanFile) -> None:
        super().__init__(events)
        self.after = after

    @classmethod
    def of(cls, file: LoanFile, events: Iterable[Event]) -> "Decision":
        """Events decided on a file, folded here unless that was done."""
        if isinstance(events, Decision):
            return events
        decided = list(events)
        return cls(decided, file.after(decided))

    def then(self, events: Sequence[Event]) -> "Decision":
        """With further events, decided on the file after these."""
        if not events:
            return self
        more = Decision.of(self.after, events)
        return Decision([*self, *more], more.after)
