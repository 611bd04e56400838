"""Dividing whole cents by shares, so that the parts are the whole.

**Source**: `RULES.md`, "Participations": largest remainder, ties to the lowest index.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def split(amount_cents: int, weights: Sequence[Decimal | Fraction]) -> tuple[int, ...]:
    """Divide an amount by weights, none of which need be a share of one.

    Every part is its exact share cut to whole cents, and the cents still missing go one each to
    the largest cut-off remainders; among equal remainders the lower index comes first. A negative
    amount is divided as its mirror, so that what reverses an entry divides as the entry did.

    Args:
        amount_cents: whole cents, of either sign.
        weights: zero or more each and above zero together, such as ``0.55, 0.30, 0.15``.

    Returns:
        Whole cents a weight, in the order of the weights; their sum is the amount.

    Raises:
        ValueError: a weight is negative, or none is above zero.
    """
    shares = [Fraction(weight) for weight in weights]
    whole = sum(shares, Fraction(0))
    if whole <= 0 or min(shares) < 0:
        raise ValueError("an amount is divided by weights of zero or more, not all of them zero")
    if amount_cents < 0:
        return tuple(-part for part in split(-amount_cents, weights))
    exact = [amount_cents * share / whole for share in shares]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for index in by_remainder[: amount_cents - sum(parts)]:
        parts[index] += 1
    return tuple(parts)
