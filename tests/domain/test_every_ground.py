"""Grounds on which a command may be refused that no story of its own leads to, each met once."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domain.budgets.commands import ApproveChangeOrder, ReallocateBudget, RecordAcceptedProgress
from domain.budgets.events import LineProgress
from domain.budgets.state import LineAmount, LineChange, LineTerms, Source, SourceKind
from domain.charge_off.commands import ChargeOff
from domain.charge_off.events import LoanChargedOff
from domain.corrections.commands import ReverseEvent
from domain.corrections.decide import to_undo
from domain.decisions import decide
from domain.defaults.commands import ChangeAccrualStatus
from domain.defaults.events import AccrualStatus, DefaultDeclared
from domain.fees.commands import AssessFee, WaiveFee
from domain.kernel.errors import Refusal
from domain.kernel.money import parse_money
from domain.kernel.values import replace
from domain.loans.commands import (
    ApproveLoan,
    ChangeDrawPolicy,
    CloseLoan,
    LoanCommand,
    PlaceDrawStop,
    SubmitLoan,
)
from domain.loans.events import LoanClosed
from domain.loans.file import LoanFile
from domain.maturity.events import LoanMatured
from domain.payments.commands import RecordPayment
from domain.payoff.commands import RecordPayoff
from domain.payoff.quotes import quote
from domain.receivables.events import FeeKind
from tests.scenario import (
    CONTINGENCY,
    FRAMING,
    LAND,
    LOAN_ID,
    MEP,
    Desk,
    draw_id,
    e3_terms,
    line_id,
    three_draws,
)

DAY, CENTURY = date(2025, 5, 1), date(2125, 5, 1)
THING = UUID(int=11)


def refused(attempt: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        attempt()
    return caught.value.code


def paid_off() -> Desk:
    desk = Desk().active()
    desk.serve(RecordPayoff(THING, parse_money("40000.00"), DAY, "WIRE"))
    return desk


def changes(*deltas: tuple[UUID, str]) -> tuple[LineChange, ...]:
    return tuple(LineChange(line, parse_money(delta)) for line, delta in deltas)


UNKNOWN = (UUID(int=7), "0.00")
TWICE = ((line_id(MEP), "1.00"), (line_id(MEP), "-1.00"))
CUT = ((line_id(FRAMING), "-0.01"), (line_id(CONTINGENCY), "0.01"))


@pytest.mark.parametrize(
    ("deltas", "code"),
    [(CUT, "LINE_BELOW_FLOOR"), (TWICE, "LINE_TWICE"), ((UNKNOWN,), "LINE_NOT_IN_BUDGET")],
)
def test_a_budget_changes_by_the_same_rules_however_it_changes(
    deltas: tuple[tuple[UUID, str], ...], code: str
) -> None:
    desk = three_draws()

    assert refused(lambda: desk.on_loan(ReallocateBudget(changes(*deltas), "Rot"))) == code
    assert refused(lambda: desk.on_loan(ApproveChangeOrder("CO-1", changes(*deltas)))) == code


def test_progress_is_of_a_line_in_the_budget() -> None:
    found = RecordAcceptedProgress(DAY, (LineProgress(UUID(int=7), Decimal("0.5")),))

    assert refused(lambda: three_draws().on_loan(found)) == "LINE_NOT_IN_BUDGET"


@pytest.mark.parametrize(
    "command",
    [
        ReallocateBudget(changes(*CUT), "Rot"),
        ApproveChangeOrder("CO-1", changes(*CUT)),
        ChangeDrawPolicy((), "No waivers in this county"),
        PlaceDrawStop("MECHANICS_LIEN"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_loan_that_is_over_has_its_draws_controlled_no_more(command: LoanCommand) -> None:
    desk = paid_off()

    assert refused(lambda: desk.on_loan(command)) == "LOAN_NOT_ACTIVE"


def test_closing_pays_no_line_twice_and_no_more_than_the_commitment() -> None:
    def closing(*advance: LineAmount) -> str:
        desk = Desk()
        terms = e3_terms()
        lines = tuple(replace(line, amount_cents=line.amount_cents * 9) for line in terms.lines)
        desk.originate(replace(terms, lines=lines, sources=sources(sum_of(lines))))
        desk.on_loan(SubmitLoan())
        desk.on_loan(ApproveLoan())
        return refused(lambda: desk.on_loan(CloseLoan(date(2025, 1, 15), advance)))

    def sum_of(lines: tuple[LineTerms, ...]) -> int:
        return sum(line.amount_cents for line in lines)

    def sources(total_cents: int) -> tuple[Source, ...]:
        lent_cents = parse_money("960000.00")
        return (
            Source(SourceKind.EQUITY, total_cents - lent_cents),
            Source(SourceKind.LOAN, lent_cents),
        )

    part = LineAmount(line_id(LAND), parse_money("960000.01"))
    assert closing(part) == "ADVANCE_EXCEEDS_COMMITMENT"
    assert closing(replace(part, amount_cents=1), replace(part, amount_cents=1)) == "LINE_TWICE"


def test_only_equity_is_spent_before_closing() -> None:
    terms = e3_terms()
    spent = (terms.sources[0], replace(terms.sources[1], spent_on_line=line_id(LAND)))

    assert refused(lambda: Desk().originate(replace(terms, sources=spent))) == "EQUITY_LINE_UNKNOWN"


def test_money_that_is_said_to_count_in_a_century_is_a_slip_of_the_pen() -> None:
    desk = three_draws()
    paid = RecordPayment(THING, 1, CENTURY, "WIRE")
    all_of_it = RecordPayoff(THING, parse_money("999999.00"), CENTURY, "WIRE")
    given_up = ChargeOff(CENTURY, "Bankrupt")
    failed = LoanFile(desk.the_loan).after([DefaultDeclared(LOAN_ID, DAY, "fraud")])

    assert refused(lambda: desk.serve(paid)) == "BUSINESS_DATE_TOO_FAR"
    assert refused(lambda: desk.serve(all_of_it)) == "BUSINESS_DATE_TOO_FAR"
    assert refused(lambda: decide(failed, given_up)) == "BUSINESS_DATE_TOO_FAR"


def test_a_quote_after_principal_moved_in_a_century_is_too_far() -> None:
    desk = three_draws()
    loan = replace(desk.the_loan, timeline=desk.the_loan.timeline.moved(CENTURY, 1))

    assert refused(lambda: quote(LoanFile(loan), 9, CENTURY, CENTURY)) == "BUSINESS_DATE_TOO_FAR"


def test_nothing_is_paid_off_before_closing() -> None:
    early = RecordPayoff(THING, parse_money("40000.00"), date(2025, 1, 14), "WIRE")

    assert refused(lambda: Desk().active().serve(early)) == "PAYMENT_BEFORE_CLOSING"


def test_no_fee_of_a_loan_given_up_is_waived() -> None:
    desk = three_draws()
    desk.serve(AssessFee(THING, FeeKind.WIRE, 2500, DAY))
    given_up = LoanFile(desk.the_loan).after([LoanChargedOff(LOAN_ID, DAY, "Bankrupt", ())])

    assert refused(lambda: decide(given_up, WaiveFee(THING, DAY, "kindness"))) == "LOAN_NOT_LIVE"


def test_the_closing_of_a_loan_that_has_matured_is_not_reversed() -> None:
    desk = Desk().active()
    closed = next(event for event in desk.recorded if isinstance(event, LoanClosed))
    matured = LoanFile(desk.the_loan).after([LoanMatured(LOAN_ID, date(2026, 1, 16))])
    undone = ReverseEvent(THING, closed, closed.closed_on, closed.closed_on, "Never signed")

    assert refused(lambda: decide(matured, undone)) == "LOAN_NOT_ACTIVE"


def test_income_that_stops_late_takes_no_principal_back_that_was_repaid() -> None:
    desk = three_draws()
    desk.serve(RecordPayment(THING, parse_money("671923.74"), DAY, "WIRE"))
    stopped = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, date(2025, 2, 1))

    assert refused(lambda: desk.serve(stopped)) == "PRINCIPAL_REPAID"


def test_a_draw_that_was_not_funded_is_not_undone() -> None:
    desk = Desk().active()
    desk.in_review(draw_id(1), {FRAMING: ("1.00", "0.00", "0.00")})

    assert refused(lambda: to_undo(desk.draws[draw_id(1)])) == "DRAW_NOT_FUNDED"
