"""A desk that works one loan with its months and draws, through the rules alone.

It records what they decide, as a store would, and holds every event to its own books on the way.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import cast
from uuid import UUID, uuid5

from domain.corrections.commands import ReverseEvent
from domain.decisions import FileCommand, decide
from domain.draws import decide as draws
from domain.draws import state as draw_state
from domain.draws.commands import CreateDraw, DrawCommand
from domain.draws.events import DrawEvent
from domain.draws.state import Draw
from domain.events.catalogue import Event, stream_of, value_date_of
from domain.kernel.errors import Refusal
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, post
from domain.loans import decide as loans
from domain.loans.commands import LoanCommand, OriginateLoan
from domain.loans.events import LoanOriginated
from domain.loans.file import LoanFile, PeriodsNeeded
from domain.loans.fold import evolve
from domain.loans.state import Loan
from domain.loans.terms import LoanTerms
from domain.restate.consequences import with_consequences

LOAN_ID = UUID("0a57a2a3-6a0c-45f6-8f3c-0c1f5a0f1b77")


@dataclass(frozen=True)
class Entry:
    """An event as it was recorded."""

    event_id: UUID
    event: Event
    counts_on: date


@dataclass
class LoanDesk:
    """One loan, worked by hand.

    Attributes:
        today: from which an event counts that has no date of its own.
        books: every account, from the entries of the loan and of its months.
    """

    today: date
    file: LoanFile | None = None
    draws: dict[UUID, Draw] = field(default_factory=dict)
    journal: list[Entry] = field(default_factory=list)
    books: dict[Account, int] = field(default_factory=dict)

    @property
    def loan(self) -> Loan:
        """The loan, which must have been originated."""
        assert self.file is not None
        return self.file.loan

    @property
    def the_file(self) -> LoanFile:
        """The loan with all its months."""
        assert self.file is not None
        return self.file

    def originate(self, terms: LoanTerms) -> list[Event]:
        """Draw up a term sheet."""
        return self.record(loans.originate(None, OriginateLoan(LOAN_ID, "L-000001", terms)))

    def on_loan(self, command: LoanCommand) -> list[Event]:
        """Decide a command on the loan."""
        return self.record(with_consequences(self.the_file, loans.decide(self.loan, command)))

    def create(self, command: CreateDraw) -> list[Event]:
        """Draft a draw."""
        draw = self.draws.get(command.draw_id)
        return self.record(with_consequences(self.the_file, draws.create(self.loan, draw, command)))

    def on_draw(self, draw_id: UUID, command: DrawCommand) -> list[Event]:
        """Decide a command on a draw."""
        decided = draws.decide(self.loan, self.draws[draw_id], command)
        return self.record(with_consequences(self.the_file, decided))

    def serve(self, command: FileCommand) -> list[Event]:
        """Decide what is asked after closing."""
        return self.record(self.decided(command))

    def decided(self, command: FileCommand) -> list[Event]:
        """What the rules say, with no more months at hand than they ask for."""
        draw = None
        if isinstance(command, ReverseEvent):
            draw = self.draws.get(getattr(command.original, "draw_id", LOAN_ID))
        file = self.the_file
        since = file.loan.open_month or date.max
        while True:
            at_hand = {month: held for month, held in file.periods.items() if month >= since}
            try:
                decision = decide(LoanFile(file.loan, at_hand), command, draw)
                assert decision.after == LoanFile(file.loan, at_hand).after(decision)
                return decision
            except PeriodsNeeded as needed:
                if needed.since >= since:
                    raise AssertionError("the same months are asked for again") from needed
                since = needed.since

    def reversal(self, entry: Entry, on: date, reason: str = "recorded by mistake") -> ReverseEvent:
        """The command that undoes an event."""
        return ReverseEvent(entry.event_id, entry.event, entry.counts_on, on, reason)

    def attempt(self, act: Callable[[], list[Event]]) -> list[Event] | Refusal:
        """Try something; what is refused must have changed nothing."""
        before = (self.file, dict(self.draws), len(self.journal))
        try:
            return act()
        except Refusal as refusal:
            assert (self.file, self.draws, len(self.journal)) == before
            return refusal

    def record(self, events: list[Event]) -> list[Event]:
        """Append and fold events, each of which must balance by itself."""
        for event in events:
            if isinstance(event, FinancialEvent):
                assert_balanced(event)
                self.books = post(self.books, event.postings)
            number = len(self.journal)
            event_id = uuid5(LOAN_ID, f"event {number}")
            self.journal.append(Entry(event_id, event, value_date_of(event, self.today)))
            self.fold(event)
        return events

    def fold(self, event: Event) -> None:
        """What an event changes."""
        if isinstance(event, DrawEvent):
            key = stream_of(event)
            self.draws[key] = draw_state.evolve(self.draws.get(key), event)
        elif self.file is None:
            self.file = LoanFile(evolve(None, cast("LoanOriginated", event)))
        else:
            self.file = self.file.after([event])


def assert_balanced(event: FinancialEvent) -> None:
    """Debits are credits, on the balance sheet and off it."""
    for memo in (True, False):
        entry = [posting for posting in event.postings if posting.account.is_memo is memo]
        debit_cents = sum(posting.debit_cents for posting in entry)
        assert debit_cents == sum(posting.credit_cents for posting in entry), event
    assert all(min(p.debit_cents, p.credit_cents) == 0 for p in event.postings), event
