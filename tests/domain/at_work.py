"""A loan at work: the example closed day by day, and one that owes a single bill."""

from datetime import date, timedelta
from typing import Any, TypeVar

from domain.budgets.state import Category, LineTerms, Source, SourceKind
from domain.events.catalogue import Event
from domain.kernel.day_count import DayCount
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, post
from domain.loans.commands import ApproveLoan, CloseLoan, SubmitLoan
from domain.loans.file import LoanFile
from domain.loans.terms import LoanTerms
from domain.restate.consequences import with_consequences
from tests.scenario import CLOSING, E3_DRAWS, RESERVE, Desk, draw_id, e3_terms, line_id

ONE_DAY = timedelta(days=1)
Kind = TypeVar("Kind", bound=Event)


def worked(until_on: date, terms: LoanTerms | None = None, every_days: int = 1) -> Desk:
    """The three-draw loan, its business closed every so many days, its draws when they were."""
    desk = Desk()
    desk.originate(terms or e3_terms())
    desk.on_loan(SubmitLoan())
    desk.on_loan(ApproveLoan())
    desk.on_loan(CLOSING)
    due = {draw.funded_on: (draw_id(n), draw.asked) for n, draw in enumerate(E3_DRAWS, 1)}
    day = CLOSING.closing_on
    while day < until_on:
        day += ONE_DAY
        if day in due:
            desk.funded(*due[day], day)
        if day == until_on or (day - CLOSING.closing_on).days % every_days == 0:
            desk.close(day)
    return desk


def without_reserve(**changes: Any) -> LoanTerms:
    """The example's terms with a dollar of reserve, the rest of it on contingency."""
    terms = replace(e3_terms(), **changes)
    moved = {line_id(RESERVE): 1_00, line_id("CONTINGENCY"): 99_999_00}
    lines = tuple(
        replace(line, amount_cents=moved.get(line.line_id, line.amount_cents))
        for line in terms.lines
    )
    return replace(terms, lines=lines)


def events_of(events: list[Event], kind: type[Kind]) -> list[Kind]:
    """Those of one kind."""
    return [event for event in events if isinstance(event, kind)]


def balances(events: list[Event]) -> dict[Account, int]:
    """The trial balance over every stream."""
    held: dict[Account, int] = {}
    for event in events:
        if isinstance(event, FinancialEvent):
            held = post(held, event.postings)
    return {account: cents for account, cents in held.items() if cents}


def one_bill(grace_days: int = 10) -> Desk:
    """A loan whose interest of May, 4,321.09, was billed on 1 June and nothing since."""
    terms = replace(
        e3_terms(),
        rate=Rate("0.12"),
        day_count=DayCount.THIRTY_360,
        grace_days=grace_days,
        lines=(
            LineTerms(
                line_id=line_id("LAND"),
                code="LAND",
                name="Land",
                category=Category.LAND,
                amount_cents=960_000_00,
                retainage_rate=Rate(0),
                stored_retainage_rate=Rate(0),
            ),
        ),
        sources=(Source(SourceKind.LOAN, 960_000_00),),
    )
    desk = Desk()
    desk.originate(terms)
    desk.on_loan(SubmitLoan())
    desk.on_loan(ApproveLoan())
    advanced = (replace(CLOSING.advance[0], amount_cents=432_109_00),)
    desk.on_loan(CloseLoan(date(2025, 5, 1), advanced))
    return desk


def with_reserve_of(reserve_cents: int) -> LoanTerms:
    """The example's terms with another reserve, the rest of it on contingency."""
    terms = e3_terms()
    amounts = {line_id(RESERVE): reserve_cents, line_id("CONTINGENCY"): 100_000_00 - reserve_cents}
    lines = tuple(
        replace(line, amount_cents=amounts.get(line.line_id, line.amount_cents))
        for line in terms.lines
    )
    return replace(terms, lines=lines)


def learnt(file: LoanFile, *events: Event) -> tuple[LoanFile, list[Event]]:
    """The file after events became known, and all that followed from them."""
    decided = with_consequences(file, events)
    return file.after(decided), decided[len(events) :]
