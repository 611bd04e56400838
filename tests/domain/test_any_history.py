"""Whatever a desk does with a loan, its limits hold and its books balance.

A state machine throws random commands at the rules and keeps accounts of its own, in plain sums
that share no code with `domain`.
"""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    DrawCommand,
    FailFunding,
    InitiateFunding,
    RejectDraw,
    ReturnDraw,
    StartReview,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.state import DrawState
from domain.events.catalogue import Event
from domain.kernel.errors import RuleBroken
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent
from tests.scenario import (
    BUILDER,
    FINISHES,
    FRAMING,
    MEP,
    OFFICER,
    SITEWORK,
    SOFT,
    Desk,
    draw_id,
)
from tests.thoroughness import examples

DAY = date(2025, 3, 1)
CODES = st.sampled_from([SOFT, SITEWORK, FRAMING, MEP, FINISHES])
SETBACKS = st.sampled_from(
    [ReturnDraw(("unclear",)), RejectDraw(), WithdrawDraw(), CancelDraw(), FailFunding()]
)
AMOUNTS = st.integers(0, 6_000_000).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
RELEASES = st.sampled_from(["0.00", "0.00", "0.00", "0.01", "500.00", "90000.00"])
ASKED = st.dictionaries(CODES, st.tuples(AMOUNTS, AMOUNTS, RELEASES), min_size=1)
NUMBERS = st.integers(1, 12)


class AnyHistory(RuleBasedStateMachine):
    """A desk, and a small model of what its loan must owe."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.paid_cents = 0
        self.held_cents: dict[UUID, int] = {}

    @initialize()
    def close(self) -> None:
        self.desk.active()
        self.paid_cents = 3_500_000

    def attempt(self, act: Callable[[], list[Event]]) -> bool:
        before = (self.desk.loan, dict(self.desk.draws))
        try:
            act()
        except (RuleBroken, KeyError):
            assert (self.desk.loan, self.desk.draws) == before
            return False
        return True

    @rule(number=NUMBERS, asked=ASKED, steps=st.integers(0, 5))
    def begin(self, number: int, asked: dict[str, tuple[str, str, str]], steps: int) -> None:
        if draw_id(number) not in self.desk.draws:
            self.attempt(lambda: self.desk.create(draw_id(number), asked, DAY))
        for _ in range(steps):
            self.go_on(number)

    @rule(number=NUMBERS)
    def go_on(self, number: int) -> None:
        """The next step of a draw that meets no obstacle."""
        draw = self.desk.draws.get(draw_id(number))
        if draw is None:
            return
        match draw.state:
            case DrawState.DRAFT | DrawState.RETURNED:
                self.order(number, SubmitDraw(BUILDER, DAY))
            case DrawState.SUBMITTED:
                self.order(number, StartReview())
            case DrawState.IN_REVIEW:
                if self.order(number, ApproveDraw(OFFICER)):
                    self.held_cents[draw_id(number)] = self.net_of(number)
            case DrawState.APPROVED:
                if self.order(number, InitiateFunding("w")):
                    self.held_cents[draw_id(number)] = self.net_of(number)
            case DrawState.FUNDING:
                if self.order(number, ConfirmFunding(DAY)):
                    self.paid_cents += self.held_cents.pop(draw_id(number))
            case _:
                pass

    @rule(number=NUMBERS, command=SETBACKS)
    def set_back(self, number: int, command: DrawCommand) -> None:
        if self.order(number, command) and isinstance(command, CancelDraw):
            self.held_cents.pop(draw_id(number), None)

    def order(self, number: int, command: DrawCommand) -> bool:
        return self.attempt(lambda: self.desk.on_draw(draw_id(number), command))

    def net_of(self, number: int) -> int:
        lines = self.desk.draws[draw_id(number)].application.lines
        before = sum(x.d_cents + x.previous_stored_cents - x.previous_i_cents for x in lines)
        return sum(x.d_cents + x.e_cents + x.f_cents - x.i_cents for x in lines) - before

    @invariant()
    def books_agree_with_plain_sums(self) -> None:
        if self.desk.loan is None or self.desk.loan.closed_on is None:
            return
        loan = self.desk.loan
        held_cents = sum(self.held_cents.values())
        assert loan.principal_cents == self.paid_cents
        assert loan.reserved_cents == held_cents
        assert loan.available_cents == 96_000_000 - self.paid_cents - held_cents >= 0
        assert loan.balance(Account.CASH) == 1_000_000 - self.paid_cents

    @invariant()
    def no_line_is_over_its_budget(self) -> None:
        if self.desk.loan is None:
            return
        budget = self.desk.loan.budget
        for line in budget.lines:
            held = budget.reserved_on(line.line_id).gross_cents
            assert line.gross_cents + max(0, held) <= line.budget_cents
            assert line.withheld_cents >= 0
        assert budget.withheld_cents == self.desk.loan.balance(Account.MEMO_RETAINAGE_WITHHELD)

    @invariant()
    def every_entry_balances_and_folds_again_to_the_same_state(self) -> None:
        total = sum(
            posting.debit_cents - posting.credit_cents
            for event in self.desk.recorded
            if isinstance(event, FinancialEvent)
            for posting in event.postings
        )
        assert total == 0
        again = Desk()
        again.fold(self.desk.recorded)
        assert (again.loan, again.draws) == (self.desk.loan, self.desk.draws)


AnyHistory.TestCase.settings = settings(
    max_examples=examples(100), stateful_step_count=50, deadline=None
)
TestAnyHistory = AnyHistory.TestCase
