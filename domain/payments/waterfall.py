"""The order in which money received pays what is owed.

**Source**: `RULES.md`, "Payments".
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Due(StrEnum):
    """What money may be owed for, in the order in which a payment meets it."""

    PROTECTIVE_ADVANCE = "PROTECTIVE_ADVANCE"
    FEE = "FEE"
    DEFAULT_INTEREST = "DEFAULT_INTEREST"
    INTEREST = "INTEREST"
    NONACCRUAL_INTEREST = "NONACCRUAL_INTEREST"
    PRINCIPAL = "PRINCIPAL"


class Owed(Struct, frozen=True):
    """One thing owed.

    Attributes:
        amount_cents: whole cents, zero or more.
        fee_id: of a fee; ``advance_id`` of a protective advance; ``month`` of interest.
    """

    due: Due
    amount_cents: int
    fee_id: UUID | None = None
    advance_id: UUID | None = None
    month: date | None = None


class Allocation(Struct, frozen=True):
    """What part of a payment met one thing owed, named as it was owed.

    Attributes:
        amount_cents: whole cents, above zero.
    """

    due: Due
    amount_cents: int
    fee_id: UUID | None = None
    advance_id: UUID | None = None
    month: date | None = None


def allocate(amount_cents: int, owed: Sequence[Owed]) -> tuple[tuple[Allocation, ...], int]:
    """Pay what is owed, one thing after the other, as far as the money goes.

    Args:
        amount_cents: whole cents, zero or more.
        owed: in the order of `Due`; within one kind as given, usually oldest first.

    Returns:
        What was met, in the order of ``owed``, and the cents that nothing was owed for. Together
        they are the amount; nothing is rounded.

    Raises:
        ValueError: an amount is negative, or the things owed stand out of order.
    """
    rest_cents = amount_cents
    if rest_cents < 0 or any(thing.amount_cents < 0 for thing in owed):
        raise ValueError("neither a payment nor what is owed is negative")
    ranks = [_RANK[thing.due] for thing in owed]
    if ranks != sorted(ranks):
        raise ValueError("what is owed stands in the order in which it is paid")
    met: list[Allocation] = []
    for thing in owed:
        paid_cents = min(rest_cents, thing.amount_cents)
        if paid_cents:
            met.append(
                Allocation(thing.due, paid_cents, thing.fee_id, thing.advance_id, thing.month)
            )
            rest_cents -= paid_cents
    return tuple(met), rest_cents


_RANK = {due: rank for rank, due in enumerate(Due)}
