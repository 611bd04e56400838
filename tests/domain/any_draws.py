"""A loan of any terms beside its model: closing business, and draws."""

from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
)

from domain.close_of_business.commands import CloseBusiness
from domain.close_of_business.decide import first_open_day
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    FailFunding,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.draws.events import DrawKind
from domain.draws.g702 import RequestedLine
from domain.draws.state import DrawState
from domain.kernel.errors import Refusal
from domain.loans.commands import ApproveLoan, CloseLoan, SubmitLoan
from tests.domain.agreement import assert_agree, assert_same_standing, name_of
from tests.domain.any_terms import (
    BUILDER,
    DRAWN,
    OFFICER,
    PlannedLoan,
    draw_id,
    line_id,
    plans,
)
from tests.domain.loan_desk import LOAN_ID, LoanDesk
from tests.model import owed
from tests.model.applications import Asked, Billed, application
from tests.model.arithmetic import first_of_next_month
from tests.model.loan import Model, Moved

DAY = timedelta(days=1)
BACK = st.sampled_from([0, 1, 3, 12, 31, 45, 75])
PERCENTS = st.dictionaries(
    st.sampled_from(DRAWN),
    st.tuples(st.integers(0, 40), st.integers(0, 20), st.sampled_from([0, 0, 0, 50, 101])),
    min_size=1,
)
NUMBERS = st.integers(1, 8)


class AnyDraws(RuleBasedStateMachine):
    """A loan whose business is closed and whose draws are worked, beside the model of it.

    Attributes:
        through: the day through which business is closed in the model.
        asked: what every draw asks, and ``billed`` what it came to when its wire was ordered.
        met: what every payment paid, by its id.
    """

    fault: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.asked: dict[int, Asked] = {}
        self.billed: dict[int, dict[str, Billed]] = {}
        self.undone: set[UUID] = set()

    @initialize(plan=plans())
    def close(self, plan: PlannedLoan) -> None:
        self.desk = LoanDesk(plan.closing_on)
        self.model: Model = plan.model
        self.model.fault = self.fault
        self.through = plan.closing_on
        self.desk.originate(plan.terms)
        self.desk.on_loan(SubmitLoan())
        self.desk.on_loan(ApproveLoan())
        self.desk.on_loan(CloseLoan(plan.closing_on, plan.advance))

    def fresh(self) -> UUID:
        self.count += 1
        return uuid5(LOAN_ID, f"thing {self.count}")

    def day(self, back: int) -> date:
        """A day not long ago, and not before closing."""
        return max(self.desk.today - back * DAY, self.model.closed_on)

    def closed_through(self, day: date) -> None:
        """Tell the model that business was closed."""
        if day >= self.through:
            owed.close_business(self.model, self.through, day)
            self.through = day
        for fee in self.desk.loan.receivables.fees:
            # Days that bore no interest leave no trace, so that what was late on them is dated by
            # its own day, even where it was learnt later.
            told = self.model.fees.get(name_of(fee))
            if fee.month and told and fee.assessed_on < told.on:
                grace_ended_on = first_of_next_month(fee.month) + self.model.grace_days * DAY
                assert fee.assessed_on > grace_ended_on
                told.on = fee.assessed_on
        self.desk.today = max(self.desk.today, day)

    @property
    def accrued_until(self) -> date:
        """The first day without an entry of its own.

        A day whose interest is no cent yet has none. What is learnt of it later is entered at the
        next close, and not at once.
        """
        return min(self.through, first_open_day(self.desk.the_file))

    def known(self) -> None:
        """Tell the model that something was learnt."""
        owed.credit(self.model, self.accrued_until)

    @rule(days=st.sampled_from([28, 31, 35, 17]))
    def close_a_month(self, days: int) -> None:
        self.close_business(days)

    @rule(days=st.sampled_from([1, 2, 0, 5, 10]))
    def close_some_days(self, days: int) -> None:
        self.close_business(days)

    def close_business(self, days: int) -> None:
        day = self.desk.today + days * DAY
        live = self.desk.loan.is_live
        done = self.desk.attempt(lambda: self.desk.serve(CloseBusiness(day)))
        if live:
            assert not isinstance(done, Refusal), done
            self.closed_through(day)
            assert_agree(self.desk, self.model, self.through)
            assert_same_standing(self.desk.loan, self.model, self.through)

    @rule(number=NUMBERS, percents=PERCENTS, steps=st.sampled_from([6, 6, 6, 5, 3]), back=BACK)
    def begin_draw(
        self, number: int, percents: dict[str, tuple[int, int, int]], steps: int, back: int
    ) -> None:
        if draw_id(number) in self.desk.draws:
            return
        asked = {}
        for code, (work, stored, release) in percents.items():
            line = self.model.lines[code]
            left = line.budget - line.gross
            asked[code] = (
                left * work // 100,
                max(0, left) * stored // 100,
                max(0, line.withheld) * release // 100,
            )
        lines = tuple(RequestedLine(line_id(code), *amounts) for code, amounts in asked.items())
        command = CreateDraw(draw_id(number), DrawKind.PROGRESS, self.day(0), lines)
        if isinstance(self.desk.attempt(lambda: self.desk.create(command)), Refusal):
            return
        self.asked[number] = asked
        for _ in range(steps):
            self.go_on(number, back)

    @rule(number=NUMBERS, back=BACK)
    def go_on(self, number: int, back: int) -> None:
        """The next step of a draw that meets no obstacle."""
        draw = self.desk.draws.get(draw_id(number))
        if draw is None:
            return
        match draw.state:
            case DrawState.DRAFT | DrawState.RETURNED:
                self.order(number, SubmitDraw(BUILDER, self.day(0)))
            case DrawState.SUBMITTED:
                self.order(number, StartReview())
            case DrawState.IN_REVIEW:
                if self.order(number, ApproveDraw(OFFICER)):
                    self.hold(number)
            case DrawState.APPROVED:
                if self.order(number, InitiateFunding("w")):
                    self.hold(number)
            case DrawState.FUNDING:
                on = self.day(back)
                if self.order(number, ConfirmFunding(on)):
                    self.fund(number, on)
            case _:
                pass

    def hold(self, number: int) -> None:
        billed = application(self.model.lines, self.asked[number], self.model.rounding)
        self.billed[number] = billed
        self.release(number)
        net = sum(part.net for part in billed.values())
        own = min(net, owed.deposits_left(self.model))
        self.model.deposits_used[str(number)] = own
        self.model.reserved[str(number)] = net - own

    def release(self, number: int) -> None:
        self.model.reserved.pop(str(number), None)
        self.model.deposits_used.pop(str(number), None)

    def fund(self, number: int, on: date) -> None:
        cents = self.model.reserved.pop(str(number))
        for code, part in self.billed[number].items():
            self.model.lines[code].draws.append(part)
        self.model.moved.append(Moved(on, cents))
        self.known()

    @rule(number=NUMBERS, failed=st.booleans())
    def set_back(self, number: int, failed: bool) -> None:
        if draw_id(number) in self.desk.draws:
            command = FailFunding() if failed else CancelDraw()
            if self.order(number, command) and not failed:
                self.release(number)

    def order(self, number: int, command: DrawCommand) -> bool:
        done = self.desk.attempt(lambda: self.desk.on_draw(draw_id(number), command))
        return not isinstance(done, Refusal) and bool(done)
