"""A payoff of nothing, a payoff that is no payment, and what a payoff leaves behind."""

from datetime import date
from uuid import uuid5

import pytest

from domain.close_of_business.commands import CloseBusiness
from domain.decisions import FileCommand
from domain.defaults.events import Delinquency
from domain.fees.commands import AssessFee
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.loans.state import LoanState
from domain.payments.commands import RecordPayment
from domain.payoff.commands import RecordPayoff
from domain.payoff.events import LoanPaidOff
from domain.receivables.events import (
    FeeKind,
    InterestCapitalized,
    PaymentApplied,
    PaymentReceived,
)
from tests.domain.corrections_desk import closed, entries, refused, three_draws, undo
from tests.domain.loan_desk import LOAN_ID, LoanDesk

DAY, NEXT = date(2025, 5, 6), date(2025, 5, 7)
SATURDAY = date(2025, 5, 10)
NOTHING = RecordPayoff(uuid5(LOAN_ID, "nothing"), 0, NEXT, "WIRE")
FEE = AssessFee(uuid5(LOAN_ID, "a last fee"), FeeKind.WIRE, 30_00, DAY)


def owed_cents(desk: LoanDesk) -> int:
    """Principal and interest."""
    return desk.loan.principal_cents + desk.the_file.unpaid_interest.total_cents


def repaid(too_much_cents: int = 0) -> LoanDesk:
    """A loan whose last cent was repaid the day before, and perhaps more."""
    desk = closed()
    desk.serve(CloseBusiness(DAY))
    all_cents = owed_cents(desk) + too_much_cents
    desk.serve(RecordPayment(uuid5(LOAN_ID, "all"), all_cents, DAY, "WIRE"))
    return desk


def test_a_loan_that_owes_nothing_is_paid_off_with_nothing_received() -> None:
    desk = repaid()

    assert desk.serve(NOTHING) == [LoanPaidOff(LOAN_ID, NOTHING.payment_id, NEXT)]
    assert desk.loan.state is LoanState.PAID_OFF


def test_a_cent_brought_to_a_loan_that_owes_nothing_is_unapplied() -> None:
    desk = repaid()

    desk.serve(replace(NOTHING, amount_cents=1))

    assert desk.loan.state is LoanState.PAID_OFF
    assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 1


def test_what_unapplied_cash_pays_at_the_end_is_a_payment_that_can_be_reversed() -> None:
    desk = repaid(too_much_cents=30_00)
    desk.serve(FEE)

    events = desk.serve(NOTHING)

    assert [type(event) for event in events] == [PaymentReceived, PaymentApplied, LoanPaidOff]
    assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0
    undo(desk, entries(desk, PaymentReceived)[-1])
    assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 30_00


def test_a_cent_owed_beyond_unapplied_cash_must_be_brought() -> None:
    desk = repaid(too_much_cents=29_99)
    desk.serve(FEE)

    assert refused(lambda: desk.serve(NOTHING)) == "PAYOFF_SHORT"
    assert desk.serve(replace(NOTHING, amount_cents=1))


def test_a_payoff_of_nothing_decides_nothing_when_it_comes_again() -> None:
    desk = repaid()
    desk.serve(NOTHING)

    assert desk.serve(NOTHING) == []


@pytest.mark.parametrize(
    "another",
    [
        replace(NOTHING, received_on=date(2025, 5, 8)),
        replace(NOTHING, amount_cents=1),
        replace(NOTHING, after_cut_off=True),
        RecordPayment(NOTHING.payment_id, 1, NEXT, "WIRE"),
    ],
)
def test_another_under_the_id_of_a_payoff_of_nothing_collides(another: FileCommand) -> None:
    desk = repaid()
    desk.serve(NOTHING)

    assert refused(lambda: desk.serve(another)) == "PAYMENT_EXISTS"


def test_when_the_last_payment_comes_back_so_does_a_loan_paid_off_with_nothing() -> None:
    desk = repaid()
    desk.serve(NOTHING)

    undo(desk, entries(desk, PaymentReceived)[-1])
    never_paid = closed()
    for each in (desk, never_paid):
        each.serve(CloseBusiness(date(2025, 6, 10)))

    assert desk.loan.state is LoanState.ACTIVE
    assert owed_cents(desk) == owed_cents(never_paid)


def paid_off(received_on: date = DAY, *, late: bool = False) -> tuple[LoanDesk, RecordPayoff]:
    """A loan with a payoff."""
    desk = closed()
    command = RecordPayoff(uuid5(LOAN_ID, "payoff"), 50_000_00, received_on, "WIRE", "wire 9", late)
    desk.serve(command)
    assert desk.loan.state is LoanState.PAID_OFF
    return desk, command


def as_payment(command: RecordPayoff) -> RecordPayment:
    """An ordinary payment of the same facts."""
    return RecordPayment(
        command.payment_id,
        command.amount_cents,
        command.received_on,
        command.method,
        command.external_ref,
    )


def test_a_payoff_with_the_facts_of_a_payment_does_not_pass_for_it() -> None:
    _, command = paid_off()
    desk = closed()
    desk.serve(as_payment(command))

    assert refused(lambda: desk.serve(command)) == "PAYMENT_EXISTS"
    other_id = replace(command, payment_id=uuid5(LOAN_ID, "another id"))
    assert refused(lambda: desk.serve(other_id)) == "PAYMENT_EXISTS"


def test_a_payment_with_the_facts_of_a_payoff_does_not_pass_for_it() -> None:
    desk, command = paid_off()

    assert refused(lambda: desk.serve(as_payment(command))) == "PAYMENT_EXISTS"


@pytest.mark.parametrize("late", [False, True])
def test_a_payoff_told_to_have_come_on_the_other_side_of_the_cut_off_collides(
    *, late: bool
) -> None:
    desk, command = paid_off(late=late)
    other = replace(command, after_cut_off=not late)

    assert desk.serve(command) == []
    assert refused(lambda: desk.serve(other)) == "PAYMENT_EXISTS"


def test_on_a_day_without_business_both_sides_of_the_cut_off_are_the_same() -> None:
    desk, command = paid_off(SATURDAY)

    assert desk.serve(replace(command, after_cut_off=True)) == []


def test_a_payoff_that_came_back_decides_nothing_when_it_comes_again() -> None:
    desk, command = paid_off()
    undo(desk, entries(desk, PaymentReceived)[-1])

    assert desk.serve(command) == []
    assert desk.loan.state is LoanState.ACTIVE


def test_a_loan_that_was_paid_off_is_current() -> None:
    desk = three_draws()
    for month in (2, 3, 4, 5):
        desk.serve(CloseBusiness(date(2025, month, 1)))
    undo(desk, entries(desk, InterestCapitalized)[0])
    desk.serve(CloseBusiness(NEXT))
    late = desk.loan.delinquency
    desk.serve(replace(NOTHING, amount_cents=1_000_000_00))

    assert [late, desk.loan.delinquency] == [Delinquency.DAYS_90, Delinquency.CURRENT]


def test_a_payoff_that_came_back_leaves_the_loan_as_late_as_it_was() -> None:
    desk = three_draws(date(2025, 3, 1))
    undo(desk, entries(desk, InterestCapitalized)[0])
    desk.serve(CloseBusiness(NEXT))
    late = desk.loan.delinquency
    desk.serve(replace(NOTHING, amount_cents=1_000_000_00))

    undo(desk, entries(desk, PaymentReceived)[-1])
    desk.serve(CloseBusiness(date(2025, 5, 8)))

    assert desk.loan.delinquency is late is not Delinquency.CURRENT
