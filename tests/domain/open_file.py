"""A loan's open file on the desk of whoever services it: decides, folds, and keeps what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid5

import pytest

from domain.close_of_business.commands import CloseBusiness
from domain.decisions import FileCommand, decide
from domain.events.catalogue import Event
from domain.fees.commands import AssessFee
from domain.kernel.errors import Refusal
from domain.kernel.money import parse_money
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, assert_balanced, post
from domain.loans.file import LoanFile
from domain.loans.state import Loan
from domain.loans.terms import LoanTerms
from domain.payments.commands import RecordPayment
from domain.payoff.commands import RecordPayoff
from domain.payoff.events import PayoffQuoted
from domain.payoff.quotes import quote
from domain.receivables.events import FeeKind, PaymentApplied
from tests.scenario import E3_DRAWS, LOAN_ID, Desk, draw_id

EXIT, RECONVEYANCE, WIRE = (uuid5(LOAN_ID, name) for name in ("exit", "reconveyance", "wire"))
E4_FEES = (
    (EXIT, FeeKind.EXIT, "9600.00"),
    (RECONVEYANCE, FeeKind.RECONVEYANCE, "225.00"),
    (WIRE, FeeKind.WIRE, "30.00"),
)

LOAN_VERSION = 17


@dataclass
class OpenFile:
    """A serviced loan, its months and what happened to them; what it refuses changes nothing."""

    file: LoanFile
    events: list[Event] = field(default_factory=list)

    @property
    def loan(self) -> Loan:
        """The loan."""
        return self.file.loan

    def serve(self, command: FileCommand) -> list[Event]:
        """Decide a command and fold what follows from it."""
        events = decide(self.file, command)
        for event in events:
            if isinstance(event, FinancialEvent):
                assert_balanced(event.postings)
        assert events.after == self.file.after(events)
        self.file = events.after
        self.events += events
        return events

    def close(self, on: date) -> "OpenFile":
        """Bring the books to the close of business on a date."""
        self.serve(CloseBusiness(on))
        return self

    def pay(self, amount: str, on: date, name: str = "payment") -> list[Event]:
        """Receive a payment by wire, under a reference of its own."""
        return self.serve(payment(amount, on, name))

    def charge(self, kind: FeeKind, amount: str, on: date, name: str | None = None) -> UUID:
        """Assess a fee."""
        fee_id = uuid5(LOAN_ID, name or kind)
        self.serve(AssessFee(fee_id, kind, parse_money(amount), on))
        return fee_id

    def booked(self, account: Account) -> int:
        """What an account holds in the books of the loan and its months together, in cents."""
        balances: dict[Account, int] = {}
        for event in self.events:
            if isinstance(event, FinancialEvent):
                balances = post(balances, event.postings)
        return balances.get(account, 0)

    def owed_cents(self) -> int:
        """Principal, interest, fees and protective advances; nothing else is ever owed."""
        return (
            self.loan.principal_cents
            + self.file.unpaid_interest.total_cents
            + self.loan.balance(Account.FEES_RECEIVABLE)
            + self.loan.balance(Account.PROTECTIVE_ADVANCES)
        )


def payment(amount: str, on: date, name: str = "payment") -> RecordPayment:
    """A payment by wire, under a reference of its own."""
    return RecordPayment(uuid5(LOAN_ID, name), parse_money(amount), on, "WIRE", name)


def applied(events: Sequence[Event]) -> dict[str, int]:
    """What a payment among the events paid, in cents by kind, in its order."""
    paid: dict[str, int] = {}
    for event in events:
        for part in event.allocations if isinstance(event, PaymentApplied) else ():
            paid[part.due.value] = paid.get(part.due.value, 0) + part.amount_cents
    return paid


def three_draws(terms: LoanTerms | None = None) -> OpenFile:
    """The example after its third draw, its interest not accrued yet."""
    desk = Desk().active(terms)
    for number, draw in enumerate(E3_DRAWS, 1):
        desk.funded(draw_id(number), draw.asked, draw.funded_on)
    return OpenFile(LoanFile(desk.the_loan), list(desk.recorded))


def e4() -> OpenFile:
    """The example on 1 May with the three fees of its payoff."""
    opened = three_draws().close(date(2025, 5, 1))
    for fee_id, kind, amount in E4_FEES:
        opened.serve(AssessFee(fee_id, kind, parse_money(amount), date(2025, 5, 1)))
    return opened


def quoted(opened: OpenFile, payoff_on: date, good_through_on: date | None = None) -> PayoffQuoted:
    """A quote for a date, or a range of them."""
    return quote(opened.file, LOAN_VERSION, payoff_on, good_through_on or payoff_on)


def payoff(cents: int, on: date, *, late: bool = False) -> RecordPayoff:
    """A payoff by wire."""
    return RecordPayoff(uuid5(LOAN_ID, "payoff"), cents, on, "WIRE", "payoff", late)


def refused(act: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code
