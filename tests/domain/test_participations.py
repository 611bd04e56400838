"""Participations: what is divided is the whole, to the cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import MONEY_CENTS_MAX
from domain.participations.split import split

AMOUNTS = st.integers(-MONEY_CENTS_MAX, MONEY_CENTS_MAX)
WEIGHTS = st.lists(
    st.decimals(0, 1, allow_nan=False, places=8), min_size=1, max_size=8
).filter(any)  # fmt: skip


def test_example_e7_a_months_interest_by_55_30_and_15_per_cent() -> None:
    shares = [Decimal("0.55"), Decimal("0.30"), Decimal("0.15")]

    assert split(4_463_82, shares) == (2_455_10, 1_339_15, 669_57)


@given(AMOUNTS, WEIGHTS)
def test_the_parts_are_the_whole(amount_cents: int, weights: list[Decimal]) -> None:
    assert sum(split(amount_cents, weights)) == amount_cents


@given(AMOUNTS, WEIGHTS)
def test_no_part_is_a_cent_or_more_from_its_exact_share(
    amount_cents: int, weights: list[Decimal]
) -> None:
    whole = sum(map(Fraction, weights))

    for part, weight in zip(split(amount_cents, weights), weights, strict=True):
        assert abs(part - amount_cents * Fraction(weight) / whole) < 1


@given(AMOUNTS, WEIGHTS)
def test_a_negative_amount_divides_as_its_mirror(amount_cents: int, weights: list[Decimal]) -> None:
    mirrored = tuple(-part for part in split(amount_cents, weights))

    assert split(-amount_cents, weights) == mirrored


@given(AMOUNTS, WEIGHTS)
def test_a_weight_of_zero_gets_nothing(amount_cents: int, weights: list[Decimal]) -> None:
    assert split(amount_cents, [Decimal(0), *weights])[0] == 0


def test_among_equal_remainders_the_lower_index_gets_the_cent() -> None:
    assert split(1, [Decimal("0.5"), Decimal("0.5")]) == (1, 0)
    assert split(-1, [Decimal("0.5"), Decimal("0.5")]) == (-1, 0)
    assert split(2, [Fraction(1, 3)] * 3) == (1, 1, 0)


def test_weights_need_not_sum_to_one() -> None:
    assert split(100, [Fraction(2), Fraction(3)]) == (40, 60)


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal("1.1"), Decimal("-0.1")]])
def test_an_amount_cannot_be_divided_by_nothing(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weights of zero or more"):
        split(1, weights)
