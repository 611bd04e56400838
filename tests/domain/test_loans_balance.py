"""Whether a loan is in balance, and the draw stop that comes and goes with it."""

from datetime import date

import pytest

from domain.budgets.commands import ApproveChangeOrder, ReallocateBudget, RecordCostToComplete
from domain.budgets.events import LineCost
from domain.budgets.state import LineChange, Source, SourceKind
from domain.draws.commands import ApproveDraw
from domain.events.catalogue import Event
from domain.kernel.money import format_money, parse_money
from domain.kernel.values import replace
from domain.loans import decide as loans
from domain.loans.balance import BALANCE_STOP, balance_test
from domain.loans.commands import ChangeDrawPolicy, LiftDrawStop, LoanCommand, PlaceDrawStop
from domain.loans.events import DrawStopLifted, DrawStopPlaced
from domain.loans.state import LoanState
from domain.loans.terms import PolicyRule
from tests.domain.draw_controls import DAY, deposit, desk_that_asks, record, refused
from tests.scenario import (
    CONTINGENCY,
    FINISHES,
    MEP,
    OFFICER,
    SOFT,
    Desk,
    draw_id,
    e3_terms,
    line_id,
    three_draws,
)


def estimate(amount: str, code: str = MEP) -> RecordCostToComplete:
    return RecordCostToComplete(DAY, (LineCost(line_id(code), parse_money(amount)),))


def decided(desk: Desk, command: LoanCommand) -> list[Event]:
    """What a command and the test of balance after it decide."""
    before = desk.the_loan
    events = desk.on_loan(command)
    return [*events, *record(desk, balance_test(before, desk.the_loan))]


def balanced_desk() -> Desk:
    """A loan that must be in balance, with 50,000.00 of contingency to spare."""
    return desk_that_asks(PolicyRule.IN_BALANCE)


@pytest.mark.parametrize(("amount", "deficiency"), [("75000.00", "0.00"), ("75000.01", "0.01")])
def test_contingency_is_a_means_and_not_a_cost(amount: str, deficiency: str) -> None:
    # MEP has 25,000.00 unbilled; 50,000.00 more eats up the contingency.
    desk = three_draws()

    desk.on_loan(estimate(amount))

    assert format_money(desk.the_loan.deficiency_cents) == deficiency


def test_retainage_withheld_is_still_to_be_paid() -> None:
    desk = three_draws()
    desk.on_loan(estimate("75000.01"))

    desk.funded(draw_id(4), {FINISHES: ("1000.00", "20000.00", "0.00")}, date(2025, 5, 1))

    assert desk.the_loan.deficiency_cents == 1


def test_what_is_approved_and_unfunded_is_still_a_cost() -> None:
    desk = three_draws()
    desk.on_loan(estimate("75000.01"))

    desk.approved(draw_id(4), {FINISHES: ("1000.00", "20000.00", "0.00")}, date(2025, 5, 1))

    assert desk.the_loan.deficiency_cents == 1


def test_equity_promised_counts_until_it_is_paid_in_and_then_as_a_deposit() -> None:
    desk = balanced_desk()
    equity = Source(SourceKind.EQUITY, parse_money("30000.00"))
    order = ApproveChangeOrder(
        "CO-1", (LineChange(line_id(FINISHES), parse_money("30000.00")),), (equity,)
    )
    desk.on_loan(order)
    desk.on_loan(estimate("210000.01"))
    assert desk.the_loan.equity_to_come_cents == 3_000_000
    assert desk.the_loan.deficiency_cents == 1

    deposit(desk, "10000.00")
    assert desk.the_loan.equity_to_come_cents == 2_000_000
    assert desk.the_loan.deficiency_cents == 1

    deposit(desk, "20000.01")
    assert desk.the_loan.equity_to_come_cents == 0
    assert desk.the_loan.deficiency_cents == 0


@pytest.mark.parametrize(("added", "deficiency"), [("50000.00", "0.00"), ("50000.01", "0.01")])
def test_a_deferred_cost_is_paid_for_by_waiting(added: str, deficiency: str) -> None:
    # What is deferred puts no loan out of balance; a cost beyond the contingency does.
    desk = three_draws()
    fee = parse_money("80000.00")
    desk.on_loan(
        ApproveChangeOrder(
            "CO-1", (LineChange(line_id(SOFT), fee),), (Source(SourceKind.DEFERRED, fee),)
        )
    )
    assert desk.the_loan.deficiency_cents == 0

    desk.on_loan(estimate(format_money(parse_money("25000.00") + parse_money(added))))

    assert format_money(desk.the_loan.deficiency_cents) == deficiency


def test_a_deposit_that_was_spent_is_no_longer_to_come() -> None:
    desk = balanced_desk()
    deposit(desk, "1000.00")
    desk.on_loan(estimate("211000.00"))
    assert desk.the_loan.deficiency_cents == 0

    desk.funded(draw_id(1), {SOFT: ("1000.00", "0.00", "0.00")}, DAY)

    assert desk.the_loan.deficiency_cents == 0
    desk.on_loan(estimate("211000.01"))
    assert desk.the_loan.deficiency_cents == 1


def test_one_cent_out_of_balance_places_the_stop_and_the_cent_back_lifts_it() -> None:
    desk = balanced_desk()
    assert decided(desk, estimate("210000.00"))[1:] == []

    stopped = decided(desk, estimate("210000.01"))
    assert stopped[1:] == [DrawStopPlaced(desk.the_loan.loan_id, BALANCE_STOP)]
    assert decided(desk, estimate("210000.02"))[1:] == []

    before = desk.the_loan
    deposit(desk, "0.02")
    assert balance_test(before, desk.the_loan) == [
        DrawStopLifted(desk.the_loan.loan_id, BALANCE_STOP)
    ]


def test_the_stop_holds_draws() -> None:
    desk = balanced_desk()
    desk.in_review(draw_id(1), {SOFT: ("1.00", "0.00", "0.00")})
    decided(desk, estimate("210000.01"))

    refusal = refused(desk, lambda: desk.on_draw(draw_id(1), ApproveDraw(OFFICER)))

    assert (refusal.code, refusal.details[0].message) == ("DRAW_STOPPED", BALANCE_STOP)


def test_contingency_moved_to_a_line_that_nobody_estimated_is_a_cost() -> None:
    desk = balanced_desk()
    decided(desk, estimate("210000.00"))
    moves = (LineChange(line_id(FINISHES), 1), LineChange(line_id(CONTINGENCY), -1))

    stopped = decided(desk, ReallocateBudget(moves, "One more cent of tiles"))

    assert stopped[1:] == [DrawStopPlaced(desk.the_loan.loan_id, BALANCE_STOP)]


def test_a_loan_that_need_not_be_in_balance_is_not_stopped_and_keeps_a_stop_placed_by_hand() -> (
    None
):
    desk = desk_that_asks()
    assert decided(desk, estimate("999999.00"))[1:] == []
    assert decided(desk, PlaceDrawStop(BALANCE_STOP))[1:] == []

    desk.on_loan(estimate("0.00"))

    assert balance_test(desk.the_loan, desk.the_loan) == []
    assert desk.on_loan(LiftDrawStop(BALANCE_STOP))


def test_asking_for_balance_places_the_stop_and_asking_no_longer_lifts_it() -> None:
    desk = desk_that_asks()
    desk.on_loan(estimate("210000.01"))

    asked = decided(desk, ChangeDrawPolicy((PolicyRule.IN_BALANCE,), "Overrun"))
    assert isinstance(asked[-1], DrawStopPlaced)
    waived = decided(desk, ChangeDrawPolicy((), "The borrower's guaranty was called"))

    assert isinstance(waived[-1], DrawStopLifted)


def test_the_stop_is_not_lifted_by_hand_while_the_loan_is_out_of_balance() -> None:
    desk = balanced_desk()
    decided(desk, estimate("210000.01"))

    refusal = refused(desk, lambda: desk.on_loan(LiftDrawStop(BALANCE_STOP)))

    assert (refusal.code, refusal.details[0].message) == ("OUT_OF_BALANCE", "0.01")


def test_a_loan_that_has_not_closed_or_is_over_is_not_tested() -> None:
    desk = Desk()
    desk.originate(replace(e3_terms(), draw_policy=(PolicyRule.IN_BALANCE,)))
    assert balance_test(desk.the_loan, desk.the_loan) == []
    assert desk.the_loan.deficiency_cents == 0

    over = balanced_desk()
    over.on_loan(estimate("210000.01"))
    paid_off = replace(over.the_loan, state=LoanState.PAID_OFF)

    assert balance_test(paid_off, paid_off) == []
    assert refused(over, lambda: loans.decide(paid_off, estimate("1.00"))).code == "LOAN_NOT_ACTIVE"
