"""Whatever becomes known late, in whatever order: as if it had been known from the start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.close_of_business.decide import close
from domain.defaults.events import (
    AccrualStatus,
    AccrualStatusChanged,
    DefaultCured,
    DefaultDeclared,
)
from domain.events.catalogue import Event
from domain.interest.timeline import InterestCents
from domain.kernel.rates import Rate
from domain.ledger.accounts import Account
from domain.ledger.entries import transfer
from domain.loans.commands import ApproveLoan, SubmitLoan
from domain.loans.events import AdvanceRecorded
from domain.loans.file import LoanFile
from domain.loans.postings import advanced
from domain.payments.waterfall import Allocation, Due
from domain.rates.events import RateChanged, RateChangeReversed
from domain.receivables.events import (
    PaymentApplied,
    PaymentReceived,
)
from domain.receivables.postings import payment_applied, payment_received
from domain.receivables.state import InterestMonth
from domain.restate.consequences import with_consequences
from tests.domain.at_work import learnt, with_reserve_of
from tests.scenario import CLOSING, LOAN_ID, Desk
from tests.thoroughness import examples


@dataclass(frozen=True)
class Fact:
    """Events with one value date, and when they became known."""

    on: date
    known_on: date
    events: tuple[Event, ...]


UNTIL = date(2025, 6, 20)
DAYS = st.integers(1, (date(2025, 6, 1) - CLOSING.closing_on).days)


def an_advance(n: int, on: date, cents: int) -> tuple[Event, ...]:
    """A draw paid from what is available."""
    postings = (
        *advanced(cents, 0, 0, 0),
        *transfer(Account.MEMO_AVAILABLE, Account.MEMO_RESERVED, cents),
    )
    return (AdvanceRecorded(LOAN_ID, uuid5(LOAN_ID, f"any-{n}"), on, (), postings),)


def a_repayment(n: int, on: date, cents: int) -> tuple[Event, ...]:
    """A payment that paid principal."""
    payment_id, paid = uuid5(LOAN_ID, f"any-{n}"), (Allocation(Due.PRINCIPAL, cents),)
    received = payment_received(cents)
    return (
        PaymentReceived(LOAN_ID, payment_id, cents, on, "WIRE", None, received),
        PaymentApplied(LOAN_ID, payment_id, on, paid, payment_applied(paid)),
    )


def a_rate(n: int, on: date, cents: int) -> tuple[Event, ...]:
    """Another rate from a day on."""
    return (RateChanged(LOAN_ID, Rate(Rate(Decimal(cents % 20) / 100)), on),)


def a_rate_for_a_while(n: int, on: date, cents: int) -> tuple[Event, ...]:
    """Another rate, taken back from a day on."""
    rate, until_on = Rate(Rate(Decimal(cents % 20) / 100)), on + timedelta(days=cents % 30)
    undone = RateChangeReversed(LOAN_ID, rate, on, until_on, "mistaken", uuid5(LOAN_ID, f"any-{n}"))
    return RateChanged(LOAN_ID, rate, on), undone


def a_default(n: int, on: date, cents: int) -> tuple[Event, ...]:
    """A default, cured some days later."""
    cured_on = on + timedelta(days=cents % 40)
    return DefaultDeclared(LOAN_ID, on, "late"), DefaultCured(LOAN_ID, cured_on)


def a_stop(n: int, on: date, cents: int) -> tuple[Event, ...]:
    """Interest kept off the books for some days."""
    until_on = on + timedelta(days=cents % 50)
    return (
        AccrualStatusChanged(LOAN_ID, AccrualStatus.NONACCRUAL, on),
        AccrualStatusChanged(LOAN_ID, AccrualStatus.ACCRUAL, until_on),
    )


KINDS: list[Callable[[int, date, int], tuple[Event, ...]]] = [
    an_advance,
    an_advance,
    a_repayment,
    a_rate,
    a_rate_for_a_while,
    a_default,
    a_stop,
]


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts on different days, most of them known late and in any order."""
    facts = []
    for n, day in enumerate(draw(st.lists(DAYS, unique=True, min_size=1, max_size=6))):
        on = CLOSING.closing_on + timedelta(days=day)
        late = timedelta(days=draw(st.sampled_from([0, 1, 9, 31, 75])))
        kind = draw(st.sampled_from(KINDS))
        cents = draw(st.integers(1, 5_000_00 if kind is a_repayment else 90_000_00))
        facts.append(Fact(on, min(on + late, UNTIL), kind(n, on, cents)))
    return facts


def lived(facts: list[Fact], reserve_cents: int, *, at_once: bool) -> LoanFile:
    """The loan closed daily, each fact taken up when it became known or, at once, when it was."""
    desk = Desk()
    desk.originate(with_reserve_of(reserve_cents))
    desk.on_loan(SubmitLoan())
    desk.on_loan(ApproveLoan())
    desk.on_loan(CLOSING)
    file, day = desk.file, CLOSING.closing_on
    while day <= UNTIL:
        for fact in facts:
            if (fact.on if at_once else fact.known_on) == day:
                file, _ = learnt(file, *fact.events)
        closed = close(file, day)
        file = file.after(with_consequences(file, closed))
        day += timedelta(days=1)
    return file


def posted(month: InterestMonth) -> tuple[object, ...]:
    """What was found of a month, but for how its bill first looked."""
    return month.month, month.due_on, month.accrued, month.capitalised_cents, month.unpaid


@settings(deadline=None, max_examples=examples(40))
@given(histories(), st.sampled_from([0, 300_00, 2_000_00, 50_000_00]))
def test_what_is_known_late_comes_to_what_it_would_have_come_to_from_the_start(
    facts: list[Fact], reserve_cents: int
) -> None:
    late = lived(facts, reserve_cents, at_once=False)
    at_once = lived(facts, reserve_cents, at_once=True)

    assert late.loan.timeline.movements == at_once.loan.timeline.movements
    assert {m: p.accrued for m, p in late.periods.items() if p.accrued != InterestCents()} == {
        m: p.accrued for m, p in at_once.periods.items() if p.accrued != InterestCents()
    }
    months = [list(map(posted, file.loan.receivables.months)) for file in (late, at_once)]
    assert months[0] == months[1]
    assert late.loan.interest_reserve_cents == at_once.loan.interest_reserve_cents >= 0
    assert late.loan.principal_cents == at_once.loan.principal_cents
