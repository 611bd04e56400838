"""The three-draw loan of the worked examples, and a desk that works it through the rules alone.

The same figures drive the tests over HTTP (`tests/e2e`), so that domain and service are held
against one table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import cast
from uuid import UUID, uuid5

from domain.budgets.state import Category, LineAmount, LineTerms, Source, SourceKind
from domain.close_of_business.commands import CloseBusiness
from domain.decisions import FileCommand, create_draw, decide, decide_draw
from domain.draws import state as draw_state
from domain.draws.commands import (
    ApproveDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.draws.events import DrawEvent, DrawKind
from domain.draws.g702 import RequestedLine
from domain.draws.state import Draw
from domain.events.catalogue import Event, stream_of
from domain.interest import period as period_state
from domain.interest.events import AccrualEvent
from domain.interest.period import AccrualPeriod
from domain.kernel.day_count import DayCount
from domain.kernel.money import parse_money
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.kernel.values import replace
from domain.loans import decide as loans
from domain.loans import fold as loan_state
from domain.loans.commands import ApproveLoan, CloseLoan, LoanCommand, OriginateLoan, SubmitLoan
from domain.loans.events import LoanEvent
from domain.loans.file import LoanFile
from domain.loans.state import Loan
from domain.loans.terms import LoanTerms, Valuation

NAMESPACE = UUID("6a3c8f9e-52d6-4c0b-9c4d-2b1c5a7e9f10")
LOAN_ID = uuid5(NAMESPACE, "loan")
BUILDER = uuid5(NAMESPACE, "builder")
OFFICER = uuid5(NAMESPACE, "officer")
LAND, FEE, SOFT, SITEWORK, FRAMING, MEP, FINISHES, CONTINGENCY, RESERVE = (
    "LAND",
    "FEE",
    "SOFT",
    "SITEWORK",
    "FRAMING",
    "MEP",
    "FINISHES",
    "CONTINGENCY",
    "RESERVE",
)

E3_LINES: dict[str, tuple[Category, str]] = {
    LAND: (Category.LAND, "250000.00"),
    FEE: (Category.FEE, "10000.00"),
    SOFT: (Category.SOFT, "60000.00"),
    SITEWORK: (Category.HARD, "180000.00"),
    FRAMING: (Category.HARD, "240000.00"),
    MEP: (Category.HARD, "160000.00"),
    FINISHES: (Category.HARD, "200000.00"),
    CONTINGENCY: (Category.CONTINGENCY, "50000.00"),
    RESERVE: (Category.INTEREST_RESERVE, "50000.00"),
}

# code -> (completed this period, stored now, retainage released)
Asked = dict[str, tuple[str, str, str]]


@dataclass(frozen=True)
class E3Draw:
    """One draw of the table: what it asks, when it was funded, and what it must come to."""

    funded_on: date
    asked: Asked
    l4: str
    l5: str
    l6: str
    l7: str
    l8: str
    l9: str


E3_DRAWS = (
    E3Draw(
        date(2025, 2, 10),
        {
            SITEWORK: ("120000.00", "0.00", "0.00"),
            FRAMING: ("0.00", "30000.00", "0.00"),
            SOFT: ("12000.00", "0.00", "0.00"),
        },
        *("162000.00", "15000.00", "147000.00", "0.00", "147000.00", "678000.00"),
    ),
    E3Draw(
        date(2025, 3, 12),
        {
            SITEWORK: ("60000.00", "0.00", "0.00"),
            FRAMING: ("150000.00", "0.00", "0.00"),
            MEP: ("40000.00", "25000.00", "0.00"),
            SOFT: ("8000.00", "0.00", "0.00"),
        },
        *("415000.00", "39500.00", "375500.00", "147000.00", "228500.00", "449500.00"),
    ),
    E3Draw(
        date(2025, 4, 15),
        {
            SITEWORK: ("0.00", "0.00", "18000.00"),
            FRAMING: ("90000.00", "0.00", "0.00"),
            MEP: ("95000.00", "0.00", "0.00"),
            FINISHES: ("70000.00", "20000.00", "0.00"),
            SOFT: ("10000.00", "0.00", "0.00"),
        },
        *("675000.00", "46500.00", "628500.00", "375500.00", "253000.00", "196500.00"),
    ),
)


def line_id(code: str) -> UUID:
    """The id of a budget line of the example."""
    return uuid5(LOAN_ID, code)


def e3_terms() -> LoanTerms:
    """The terms of the three-draw loan."""
    return LoanTerms(
        project_id=uuid5(NAMESPACE, "project"),
        project_name="Maple Street 14",
        borrower_id=uuid5(NAMESPACE, "borrower"),
        borrower_name="Maple Street Homes LLC",
        builder_user_id=BUILDER,
        commitment_cents=parse_money("960000.00"),
        rate=Rate("0.0975"),
        default_margin=Rate("0.05"),
        day_count=DayCount.ACT_360,
        rounding=Rounding.HALF_UP,
        maturity_on=date(2026, 1, 15),
        late_charge_rate=Rate("0.05"),
        grace_days=10,
        extension_options=(),
        valuation=Valuation(
            parse_money("400000.00"), parse_money("1400000.00"), date(2024, 12, 20)
        ),
        draw_policy=(),
        lines=tuple(
            LineTerms(
                line_id=line_id(code),
                code=code,
                name=code.title(),
                category=category,
                amount_cents=parse_money(amount),
                retainage_rate=Rate("0.1" if category is Category.HARD else "0"),
                stored_retainage_rate=Rate("0.1" if category is Category.HARD else "0"),
            )
            for code, (category, amount) in E3_LINES.items()
        ),
        sources=(
            Source(SourceKind.EQUITY, parse_money("240000.00"), line_id(LAND)),
            Source(SourceKind.LOAN, parse_money("960000.00")),
        ),
    )


CLOSING = CloseLoan(
    date(2025, 1, 15),
    (
        LineAmount(line_id(LAND), parse_money("10000.00")),
        LineAmount(line_id(FEE), parse_money("10000.00")),
        LineAmount(line_id(SOFT), parse_money("15000.00")),
    ),
)


def requested(asked: Asked) -> tuple[RequestedLine, ...]:
    """What a draw asks, from decimal text."""
    return tuple(
        RequestedLine(line_id(code), *(parse_money(amount) for amount in amounts))
        for code, amounts in asked.items()
    )


@dataclass
class Desk:
    """One loan worked by hand: decides as the service does, by `domain.decisions`, records, folds.

    What it refuses changes nothing.
    """

    loan: Loan | None = None
    draws: dict[UUID, Draw] = field(default_factory=dict)
    recorded: list[Event] = field(default_factory=list)
    periods: dict[date, AccrualPeriod] = field(default_factory=dict)

    @property
    def file(self) -> LoanFile:
        """The loan with all the months of its interest."""
        return LoanFile(self.the_loan, self.periods)

    @property
    def the_loan(self) -> Loan:
        """The loan, which must have been originated."""
        assert self.loan is not None
        return self.loan

    def originate(self, terms: LoanTerms | None = None) -> list[Event]:
        """Draw up the example's terms, or others."""
        command = OriginateLoan(LOAN_ID, "L-000001", terms or e3_terms())
        return self._record(loans.originate(self.loan, command))

    def on_loan(self, command: LoanCommand) -> list[Event]:
        """Decide a command on the loan."""
        return self.serve(command)

    def serve(self, command: FileCommand, draw: Draw | None = None) -> list[Event]:
        """Decide what is asked after closing."""
        return self._record(decide(self.file, command, draw))

    def close(self, business_on: date) -> list[Event]:
        """Bring the loan to the close of business on a date."""
        return self.serve(CloseBusiness(business_on))

    def create(
        self, draw_id: UUID, asked: Asked, period_to: date = date(2025, 2, 10)
    ) -> list[Event]:
        """Draft a progress draw."""
        command = CreateDraw(draw_id, DrawKind.PROGRESS, period_to, requested(asked))
        return self._record(list(create_draw(self.file, self.draws.get(draw_id), command)))

    def on_draw(self, draw_id: UUID, command: DrawCommand) -> list[Event]:
        """Decide a command on a draw."""
        return self._record(list(decide_draw(self.file, self.draws[draw_id], command)))

    def active(self, terms: LoanTerms | None = None) -> "Desk":
        """The loan closed, with its closing advance if these are the example's terms."""
        self.originate(terms)
        self.on_loan(SubmitLoan())
        self.on_loan(ApproveLoan())
        self.on_loan(CLOSING if terms is None else CloseLoan(CLOSING.closing_on))
        return self

    def in_review(self, draw_id: UUID, asked: Asked, period_to: date = date(2025, 2, 10)) -> None:
        """A draw as far as an approver's desk."""
        self.create(draw_id, asked, period_to)
        self.on_draw(draw_id, SubmitDraw(BUILDER, period_to))
        self.on_draw(draw_id, StartReview())

    def approved(self, draw_id: UUID, asked: Asked, period_to: date = date(2025, 2, 10)) -> None:
        """A draw approved by an officer."""
        self.in_review(draw_id, asked, period_to)
        self.on_draw(draw_id, ApproveDraw(OFFICER))

    def funded(self, draw_id: UUID, asked: Asked, funded_on: date) -> None:
        """A draw all the way to the bank."""
        self.approved(draw_id, asked, funded_on)
        self.on_draw(draw_id, InitiateFunding("wire"))
        self.on_draw(draw_id, ConfirmFunding(funded_on))

    def _record(self, events: list[Event]) -> list[Event]:
        self.fold(events)
        self.recorded.extend(events)
        return events

    def fold(self, events: Iterable[Event]) -> None:
        """Fold events onto the loan, its months and its draws."""
        for event in events:
            if isinstance(event, AccrualEvent):
                held = self.periods.get(event.month)
                self.periods = self.periods | {event.month: period_state.evolve(held, event)}
            elif stream_of(event) == LOAN_ID:
                self.loan = loan_state.evolve(self.loan, cast(LoanEvent, event))
            else:
                key = stream_of(event)
                self.draws[key] = draw_state.evolve(self.draws.get(key), cast(DrawEvent, event))


def draw_id(number: int) -> UUID:
    """The id of a draw of the example."""
    return uuid5(LOAN_ID, f"draw-{number}")


def three_draws() -> Desk:
    """The example after its third draw was funded."""
    desk = Desk().active()
    for number, draw in enumerate(E3_DRAWS, 1):
        desk.funded(draw_id(number), draw.asked, draw.funded_on)
    return desk


def with_policy(terms: LoanTerms, **changes: object) -> LoanTerms:
    """The terms with some of them changed."""
    return replace(terms, **changes)  # type: ignore[arg-type]  # a test names real fields
