"""A wire that was under way when the loan ran out, and a maturity that moved."""

from datetime import date, timedelta

import pytest

from domain.defaults.events import DefaultDeclared
from domain.draws.commands import ConfirmFunding, InitiateFunding
from domain.events.catalogue import Event
from domain.loans.state import LoanState
from domain.maturity.events import LoanMatured, MaturityExtended
from tests.domain.draw_controls import record, refused
from tests.scenario import LOAN_ID, MEP, Asked, Desk, draw_id, three_draws

LAST_ON = date(2026, 1, 15)
ONE_DAY = timedelta(days=1)
ASKED: Asked = {MEP: ("1000.00", "0.00", "0.00")}
DRAW = draw_id(4)


def wired() -> Desk:
    desk = three_draws()
    desk.approved(DRAW, ASKED, LAST_ON)
    desk.on_draw(DRAW, InitiateFunding("wire"))
    return desk


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (LoanMatured(LOAN_ID, LAST_ON + ONE_DAY), LoanState.MATURED),
        (DefaultDeclared(LOAN_ID, LAST_ON, "Taxes unpaid"), LoanState.DEFAULT),
    ],
)
def test_a_wire_under_way_is_confirmed_whatever_became_of_the_loan(
    event: Event, state: LoanState
) -> None:
    desk = wired()
    before_cents = desk.the_loan.principal_cents
    record(desk, [event])
    assert desk.the_loan.state is state

    desk.on_draw(DRAW, ConfirmFunding(LAST_ON))

    assert desk.the_loan.principal_cents - before_cents == 90_000


def test_a_loan_in_default_orders_no_wire() -> None:
    desk = three_draws()
    desk.approved(DRAW, ASKED, LAST_ON)
    record(desk, [DefaultDeclared(LOAN_ID, LAST_ON, "Taxes unpaid")])

    refusal = refused(desk, lambda: desk.on_draw(DRAW, InitiateFunding("wire")))

    assert refusal.code == "LOAN_NOT_ACTIVE"


def test_a_wire_ordered_in_time_and_paid_after_maturity_is_booked_on_the_day_it_was_paid() -> None:
    desk = wired()
    before_cents = desk.the_loan.principal_cents
    record(desk, [LoanMatured(LOAN_ID, LAST_ON + ONE_DAY)])
    late = ConfirmFunding(LAST_ON + ONE_DAY)

    assert desk.on_draw(DRAW, late)

    assert desk.the_loan.principal_cents - before_cents == 90_000
    assert desk.draws[DRAW].funded_on == LAST_ON + ONE_DAY
    assert desk.on_draw(DRAW, late) == []


def test_no_wire_is_ordered_after_maturity_unless_the_loan_was_extended() -> None:
    desk = three_draws()
    desk.approved(DRAW, ASKED, LAST_ON)
    late = InitiateFunding("wire", LAST_ON + ONE_DAY)
    assert refused(desk, lambda: desk.on_draw(DRAW, late)).code == "LOAN_PAST_MATURITY"

    extended_on = LAST_ON + timedelta(days=90)
    record(desk, [MaturityExtended(LOAN_ID, extended_on, LAST_ON, True)])

    assert desk.on_draw(DRAW, late)


def test_a_period_may_run_to_the_extended_maturity() -> None:
    desk = three_draws()
    extended_on = LAST_ON + timedelta(days=90)
    late_on = extended_on + ONE_DAY
    record(desk, [MaturityExtended(LOAN_ID, extended_on, LAST_ON, True)])

    refusal = refused(desk, lambda: desk.create(DRAW, ASKED, late_on))
    assert refusal.code == "DRAW_PERIOD_AFTER_MATURITY"
    assert desk.create(DRAW, ASKED, extended_on)
