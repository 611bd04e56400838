"""The only place where an amount is rounded: once, last, to whole cents."""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Rounding(StrEnum):
    """How a half cent falls; fixed for a loan when it is originated."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"


def to_cents(exact_cents: Fraction, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Round an exact number of cents to a whole one.

    Args:
        exact_cents: cents, with whatever fraction of a cent the arithmetic left.
        rounding: where exactly half a cent goes: away from zero, or to the even cent.

    Returns:
        Whole cents.
    """
    if rounding is Rounding.HALF_EVEN:
        return round(exact_cents)
    magnitude = abs(exact_cents)
    whole = (2 * magnitude.numerator + magnitude.denominator) // (2 * magnitude.denominator)
    return whole if exact_cents >= 0 else -whole


def share_of(amount_cents: int, rate: Decimal, rounding: Rounding = Rounding.HALF_UP) -> int:
    """A fraction of an amount, such as the retainage on work in place.

    Args:
        amount_cents: whole cents.
        rate: a decimal fraction (``Decimal("0.10")`` is ten per cent).
        rounding: where half a cent goes.

    Returns:
        Whole cents, rounded once.
    """
    return to_cents(amount_cents * Fraction(rate), rounding)
