"""Money received pays what is owed in one order, to the cent."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.waterfall import Allocation, Due, Owed, allocate

APRIL, MAY = date(2025, 4, 1), date(2025, 5, 1)
LATE, EXIT, TAXES = UUID(int=1), UUID(int=2), UUID(int=3)
OWED = (
    Owed(Due.PROTECTIVE_ADVANCE, 400_00, advance_id=TAXES),
    Owed(Due.FEE, 216_05, fee_id=LATE),
    Owed(Due.FEE, 9_600_00, fee_id=EXIT),
    Owed(Due.DEFAULT_INTEREST, 1_119_87, month=MAY),
    Owed(Due.INTEREST, 4_321_09, month=APRIL),
    Owed(Due.INTEREST, 2_183_75, month=MAY),
    Owed(Due.NONACCRUAL_INTEREST, 10_00, month=MAY),
    Owed(Due.PRINCIPAL, 671_923_74),
)


@st.composite
def debts(draw: st.DrawFn) -> list[Owed]:
    """Things owed, in the order in which they are paid."""
    kinds = sorted(draw(st.lists(st.sampled_from(list(Due)), max_size=12)), key=list(Due).index)
    return [
        Owed(due, draw(st.integers(0, 10**9)), month=MAY, fee_id=UUID(int=n))
        for n, due in enumerate(kinds)
    ]


@given(st.integers(0, 10**10), debts())
def test_what_is_met_and_the_rest_are_the_amount(amount_cents: int, owed: list[Owed]) -> None:
    met, rest_cents = allocate(amount_cents, owed)
    assert sum(part.amount_cents for part in met) + rest_cents == amount_cents
    assert all(part.amount_cents > 0 for part in met)
    assert rest_cents == max(0, amount_cents - sum(thing.amount_cents for thing in owed))


@given(st.integers(0, 10**10), debts())
def test_nothing_is_paid_beyond_what_is_owed_and_nothing_out_of_turn(
    amount_cents: int, owed: list[Owed]
) -> None:
    met, _ = allocate(amount_cents, owed)
    paid_cents = {part.fee_id: part.amount_cents for part in met}
    short = False
    for thing in owed:
        paid = paid_cents.pop(thing.fee_id, 0)
        assert paid <= thing.amount_cents
        assert not (short and paid)
        short = short or paid < thing.amount_cents
    assert not paid_cents
    order = [thing.fee_id for thing in owed]
    positions = [order.index(part.fee_id) for part in met]
    assert positions == sorted(positions)


@given(st.integers(0, 10**9), st.integers(0, 10**9), debts())
def test_two_payments_meet_what_one_of_their_sum_meets(
    first_cents: int, second_cents: int, owed: list[Owed]
) -> None:
    met, rest_cents = allocate(first_cents, owed)
    paid_cents = {part.fee_id: part.amount_cents for part in met}
    left = [
        Owed(thing.due, thing.amount_cents - paid_cents.get(thing.fee_id, 0), thing.fee_id)
        for thing in owed
    ]
    later, later_rest_cents = allocate(second_cents + rest_cents, left)
    at_once, rest_at_once_cents = allocate(first_cents + second_cents, owed)
    for part in later:
        paid_cents[part.fee_id] = paid_cents.get(part.fee_id, 0) + part.amount_cents
    assert paid_cents == {part.fee_id: part.amount_cents for part in at_once}
    assert later_rest_cents == rest_at_once_cents


def test_a_protective_advance_is_paid_before_the_oldest_fee() -> None:
    met, rest_cents = allocate(400_01, OWED)
    assert met == (
        Allocation(Due.PROTECTIVE_ADVANCE, 400_00, advance_id=TAXES),
        Allocation(Due.FEE, 1, fee_id=LATE),
    )
    assert rest_cents == 0


def test_interest_is_paid_before_the_first_cent_of_principal() -> None:
    before_cents = sum(thing.amount_cents for thing in OWED[:-1])
    assert allocate(before_cents, OWED)[0][-1].due is Due.NONACCRUAL_INTEREST
    assert allocate(before_cents + 1, OWED)[0][-1] == Allocation(Due.PRINCIPAL, 1)


def test_one_cent_beyond_all_that_is_owed_is_left() -> None:
    all_cents = sum(thing.amount_cents for thing in OWED)
    assert allocate(all_cents, OWED)[1] == 0
    assert allocate(all_cents + 1, OWED)[1] == 1


def test_what_is_owed_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        allocate(1, (Owed(Due.PRINCIPAL, 1), Owed(Due.FEE, 1)))


@pytest.mark.parametrize(("amount_cents", "owed_cents"), [(-1, 1), (1, -1)])
def test_negative_money_is_refused(amount_cents: int, owed_cents: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(amount_cents, (Owed(Due.FEE, owed_cents),))
