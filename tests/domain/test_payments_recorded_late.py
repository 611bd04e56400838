"""A payment recorded late pays what it would have paid in time, and no day ends below zero."""

from datetime import date

import pytest

from domain.close_of_business.commands import CloseBusiness
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.payments.debt import owed_on
from domain.payments.waterfall import Due
from domain.receivables.events import FeeKind
from tests.domain.open_file import OpenFile, applied, three_draws

MAY_1, MAY_13, MAY_20 = (date(2025, 5, day) for day in (1, 13, 20))


def recorded_late(amount: str, on: date, known_on: date) -> tuple[OpenFile, OpenFile]:
    """A payment recorded in time and one recorded late, both closed through the same day."""
    in_time, late = three_draws(), three_draws().close(known_on)
    in_time.pay(amount, on)
    late.pay(amount, on)
    for opened in (in_time, late):
        opened.serve(CloseBusiness(known_on))
    return in_time, late


@pytest.mark.parametrize(
    ("amount", "on"),
    [
        ("500.00", MAY_20),
        ("100000.00", MAY_20),
        ("100000.00", date(2025, 4, 20)),
        ("300000.00", date(2025, 3, 31)),
        ("250.00", date(2025, 2, 5)),
        ("100000.00", MAY_1),
    ],
)
def test_a_payment_recorded_late_leaves_what_one_in_time_leaves(amount: str, on: date) -> None:
    in_time, late = recorded_late(amount, on, date(2025, 6, 10))

    assert late.loan.principal_cents == in_time.loan.principal_cents
    assert late.loan.timeline == in_time.loan.timeline
    assert late.file.unpaid_interest == in_time.file.unpaid_interest
    assert late.loan.interest_reserve_cents == in_time.loan.interest_reserve_cents
    assert {a: cents for a, cents in late.loan.balances.items() if cents} == {
        a: cents for a, cents in in_time.loan.balances.items() if cents
    }


def test_a_payment_recorded_late_repays_no_more_than_later_payments_left() -> None:
    opened = three_draws()
    opened.pay("675381.00", MAY_20, "all but 35 cents")

    events = opened.pay("1000.00", date(2025, 5, 10), "recorded late")

    assert all(opened.loan.timeline.principal_on(day) >= 0 for day in (MAY_13, MAY_20))
    assert applied(events)["PRINCIPAL"] <= 35
    assert opened.loan.principal_cents == 0
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) > 0


def test_interest_paid_ahead_late_cannot_take_principal_below_zero() -> None:
    opened = three_draws().close(MAY_1)
    opened.pay("672000.00", MAY_1, "all principal, April's interest in it")

    events = opened.pay("100.00", date(2025, 4, 20), "recorded late")

    assert opened.loan.principal_cents == 0
    assert applied(events) == {}
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 176_26


def test_cash_received_later_pays_nothing_earlier() -> None:
    opened = three_draws()
    opened.pay("675481.35", MAY_20, "all and a hundred more")
    opened.charge(FeeKind.WIRE, "30.00", date(2025, 5, 10))

    events = opened.pay("10.00", date(2025, 5, 12), "recorded late")

    assert applied(events) == {"FEE": 10_00}
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) >= 100_00


def test_no_more_principal_is_owed_than_a_later_day_has() -> None:
    loan = three_draws().close(MAY_1).loan
    undone = replace(loan, timeline=loan.timeline.moved(MAY_20, -253_000_00))

    assert owed_on(undone, MAY_13).cents(Due.PRINCIPAL) == 671_923_74 - 253_000_00
    assert owed_on(loan, MAY_13).cents(Due.PRINCIPAL) == 671_923_74
