"""Whatever is done with a loan, in whatever order it becomes known, its figures are the model's.

A state machine works a loan of any terms through the rules and tells a model (`tests/model`, which
shares no code with `domain`) the bare facts. After every step all that the loan owes, holds and has
posted must be what the model works out from those facts anew.
"""

from copy import deepcopy
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
)

from domain.budgets.commands import ApproveChangeOrder, ReallocateBudget
from domain.budgets.state import LineChange, Source, SourceKind
from domain.corrections.decide import Reversible
from domain.decisions import FileCommand
from domain.defaults.commands import ChangeAccrualStatus, CureDefault, DeclareDefault
from domain.defaults.events import AccrualStatus
from domain.fees.commands import AssessFee, RecordProtectiveAdvance, WaiveFee
from domain.kernel.errors import Refusal
from domain.kernel.rates import Rate
from domain.loans.events import AdvanceRecorded, ClosingAdvanceRecorded, LoanClosed
from domain.maturity.commands import ExtendMaturity
from domain.payments.commands import RecordEquityDeposit, RecordPayment
from domain.payoff.quotes import quote
from domain.rates.commands import ChangeRate
from domain.rates.events import RateChanged
from domain.receivables.events import (
    EquityDepositReceived,
    FeeAssessed,
    FeeKind,
    InterestCapitalized,
    PaymentReceived,
    ProtectiveAdvanceRecorded,
)
from tests.domain.agreement import assert_agree, name_of
from tests.domain.any_draws import BACK, DAY, AnyDraws
from tests.domain.any_terms import (
    DRAWN,
    RATES,
    draw_id,
    line_id,
)
from tests.domain.loan_desk import Entry
from tests.model import owed
from tests.model.arithmetic import counts_on
from tests.model.loan import Fee, Moved, RateSet, Span

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PERCENT = st.integers(0, 100)
CENTS = st.integers(1, 3_000_000)


class AnyLoan(AnyDraws):
    """A loan worked through all the rules, beside the model of it."""

    @rule(back=BACK, of_interest=st.sampled_from([100, 50, 130]))
    def pay_interest(self, back: int, of_interest: int) -> None:
        unpaid = owed.unpaid_interest(self.model, self.day(back)).values()
        self.pay(sum(sum(left.values()) for left in unpaid) * of_interest // 100, back)

    @rule(back=BACK, part=st.sampled_from([2, 1, 20]))
    def pay_down(self, back: int, part: int) -> None:
        self.pay(owed.payoff(self.model, self.day(back))["total"] // part, back)

    @rule(cents=CENTS, back=BACK)
    def pay_some(self, cents: int, back: int) -> None:
        self.pay(cents, back)

    def pay(self, cents: int, back: int) -> None:
        on = self.day(back)
        payment_id = self.fresh()
        command = RecordPayment(payment_id, cents, on, "WIRE")
        done = self.desk.attempt(lambda: self.desk.serve(command))
        if isinstance(done, Refusal):
            return
        self.closed_through(on)
        owed.pay(self.model, str(payment_id), on, cents)
        self.known()

    @rule(cents=CENTS, back=BACK)
    def assess_fee(self, cents: int, back: int) -> None:
        fee_id, on = self.fresh(), self.day(back)
        command = AssessFee(fee_id, FeeKind.INSPECTION, cents // 100 + 1, on)
        if self.served(command):
            self.model.fees[str(fee_id)] = Fee(on, cents // 100 + 1)

    @rule(which=st.integers(0, 20), part=st.integers(1, 100))
    def waive_fee(self, which: int, part: int) -> None:
        fees = self.desk.loan.receivables.fees
        if not fees:
            return
        fee = fees[which % len(fees)]
        cents = max(1, fee.unpaid_cents * part // 100)
        if self.served(WaiveFee(fee.fee_id, self.day(0), "kindness", cents)):
            self.model.fees[name_of(fee)].waived += cents

    @rule(cents=CENTS, back=BACK)
    def protect(self, cents: int, back: int) -> None:
        advance_id, on = self.fresh(), self.day(back)
        command = RecordProtectiveAdvance(advance_id, cents // 10 + 1, "County", "taxes", on)
        if self.served(command):
            self.model.protective[str(advance_id)] = (on, cents // 10 + 1)

    @rule(cents=CENTS, back=BACK)
    def deposit(self, cents: int, back: int) -> None:
        deposit_id, on = self.fresh(), self.day(back)
        if self.served(RecordEquityDeposit(deposit_id, cents, on)):
            self.model.deposits[str(deposit_id)] = cents

    @rule(rate=RATES, back=BACK)
    def change_rate(self, rate: Rate, back: int) -> None:
        on = self.day(back)
        if self.served(ChangeRate(rate, on)):
            self.model.rates.append(RateSet(on, Fraction(rate)))
            self.known()

    @rule(back=BACK)
    def default_or_cure(self, back: int) -> None:
        on, spans = self.day(back), self.model.defaults
        if spans and spans[-1].until is None:
            if self.served(CureDefault(on)):
                spans[-1] = Span(spans[-1].on, on)
                self.known()
        elif self.served(DeclareDefault(on, "missed")):
            spans.append(Span(on))
            self.known()

    @rule(back=BACK)
    def stop_or_resume_income(self, back: int) -> None:
        on, spans = self.day(back), self.model.nonaccruals
        if spans and spans[-1].until is None:
            if self.served(ChangeAccrualStatus(AccrualStatus.ACCRUAL, on)):
                spans[-1] = Span(spans[-1].on, on)
                self.known()
        elif self.served(ChangeAccrualStatus(AccrualStatus.NONACCRUAL, on)):
            spans.append(Span(on))
            self.known()

    @rule(
        out=st.sampled_from(["CONTINGENCY", "SOFT", "RESERVE"]),
        into=st.sampled_from([*DRAWN, "RESERVE"]),
        part=PERCENT,
    )
    def reallocate(self, out: str, into: str, part: int) -> None:
        line = self.model.lines[out]
        cents = max(0, line.budget - line.before) * part // 300
        moves = (LineChange(line_id(out), -cents), LineChange(line_id(into), cents))
        done = self.desk.attempt(lambda: self.desk.on_loan(ReallocateBudget(moves, "shift")))
        if not isinstance(done, Refusal) and done:
            line.budget -= cents
            self.model.lines[into].budget += cents

    @rule(code=st.sampled_from([*DRAWN, "RESERVE"]), cents=CENTS)
    def change_order(self, code: str, cents: int) -> None:
        command = ApproveChangeOrder(
            f"CO-{self.fresh()}",
            (LineChange(line_id(code), cents),),
            (Source(SourceKind.EQUITY, cents),),
        )
        done = self.desk.attempt(lambda: self.desk.on_loan(command))
        if not isinstance(done, Refusal):
            self.model.lines[code].budget += cents

    @precondition(lambda self: self.desk.loan.extensions_used < 2)
    @rule()
    def extend(self) -> None:
        fee_id, on = self.fresh(), self.day(0)
        command = ExtendMaturity(on, fee_id)
        if self.served(command):
            fee = self.desk.loan.receivables.fee(fee_id)
            if fee is not None:
                cents = owed.extension_fee(self.model, Fraction("0.0025"))
                self.model.fees[str(fee_id)] = Fee(on, cents)

    @rule(ahead=st.sampled_from([0, 1, 4, 20, 40]))
    def quote_payoff(self, ahead: int) -> None:
        """What would pay the loan off then, closing every day until then."""
        received = [self.desk.today + (ahead + n) * DAY for n in range(3)]
        latest = max(self.desk.loan.timeline.movements, default=received[0])
        if not self.desk.loan.is_live or received[0] < latest:
            return
        quoted = quote(self.desk.the_file, 1, received[0], received[-1])
        model = deepcopy(self.model)
        through = self.through
        for day, total in zip(received, quoted.totals_by_date, strict=True):
            on = counts_on(day)
            owed.close_business(model, through, on)
            through = max(through, on)
            figures = owed.payoff(model, day)
            assert total.counts_on == on
            assert total.total_cents == figures["total"]
            assert total.principal_cents == figures["principal"]
            assert total.interest_cents == figures["interest"]

    def served(self, command: FileCommand) -> bool:
        """Whether a command was decided, and changed something."""
        done = self.desk.attempt(lambda: self.desk.serve(command))
        return not isinstance(done, Refusal) and bool(done)

    @rule(which=st.integers(0, 200), back=BACK)
    def reverse(self, which: int, back: int) -> None:
        entries = [
            entry
            for entry in self.desk.journal
            if isinstance(entry.event, Reversible)
            and not isinstance(entry.event, LoanClosed)
            and entry.event_id not in self.undone
        ]
        if not entries:
            return
        entry = entries[-1 - which % len(entries)]
        on = max(entry.counts_on, self.day(back)) if back else entry.counts_on
        done = self.desk.attempt(lambda: self.desk.serve(self.desk.reversal(entry, on)))
        if not isinstance(done, Refusal):
            self.undone.add(entry.event_id)
            self.undo(entry, on)
            self.known()

    def undo(self, entry: Entry, on: date) -> None:
        """Tell the model what was undone from a day on."""
        model = self.model
        match entry.event:
            case AdvanceRecorded() as event:
                number = next(n for n in self.billed if draw_id(n) == event.draw_id)
                for code, part in self.billed[number].items():
                    model.lines[code].draws.remove(part)
                own = model.deposits_used.pop(str(number))
                net = sum(part.net for part in self.billed[number].values())
                model.moved.append(Moved(on, own - net))
            case ClosingAdvanceRecorded() as event:
                for part in event.lines:
                    code = next(code for code in model.lines if line_id(code) == part.line_id)
                    model.lines[code].before -= part.amount_cents
                    model.moved.append(Moved(on, -part.amount_cents))
            case PaymentReceived() as event:
                owed.take_back(model, str(event.payment_id), on)
            case FeeAssessed() as event:
                del model.fees[f"late {event.month}" if event.month else str(event.fee_id)]
            case ProtectiveAdvanceRecorded() as event:
                del model.protective[str(event.advance_id)]
            case EquityDepositReceived() as event:
                del model.deposits[str(event.deposit_id)]
            case RateChanged():
                changes = [it for it in self.desk.journal if isinstance(it.event, RateChanged)]
                at = changes.index(entry)
                model.rates[at] = RateSet(entry.counts_on, model.rates[at].rate, on)
            case InterestCapitalized() as event:
                month = model.walk(self.through).months[event.month]
                model.frozen[event.month] = month.capitalised
                model.moved.append(Moved(on, -month.capitalised))
            case _:
                raise AssertionError(f"{entry.event} is not known to be reversible")

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "model"):
            assert_agree(self.desk, self.model, self.accrued_until)
            if self.accrued_until < self.through and self.desk.loan.is_live:
                self.close_business(0)


AnyLoan.TestCase.settings = settings(
    max_examples=200, stateful_step_count=50, deadline=None, derandomize=True
)
TestAnyLoan = AnyLoan.TestCase
