"""Rates are decimal fractions of up to eight places: 9.75 % is ``Decimal("0.0975")``."""

import re
from decimal import Decimal

RATE_PLACES_MAX = 8

_RATE_TEXT = re.compile(rf"(0|1)(\.[0-9]{{1,{RATE_PLACES_MAX}}})?")


class Rate(Decimal):
    """A decimal that events and states keep: a fraction, or an exact amount a day.

    It is a class of its own because `msgspec` writes a plain decimal as ``str`` does, ``"1E-8"`` or
    ``"0.0850"``, and asks nobody; of a class that it does not know it asks `runtime.values`, which
    writes `format_rate`. Arithmetic gives plain decimals, so what is kept is made one anew.
    """

    __slots__ = ()


def parse_rate(text: str) -> Rate:
    """Read a rate such as ``"0.0975"``.

    Returns:
        A fraction from 0 to 1, exact, and without trailing zeros: what is answered at once then
        looks like what is read back from the log.

    Raises:
        ValueError: it is no plain decimal, has more than eight places, or is above one.
    """
    if not _RATE_TEXT.fullmatch(text):
        raise ValueError('a rate is a decimal fraction of up to 8 places, such as "0.0975"')
    rate = Decimal(text)
    if rate > 1:
        raise ValueError("a rate is a fraction: 9.75 % is written 0.0975")
    return Rate(format_rate(rate))


def format_rate(rate: Decimal) -> str:
    """Write a rate without exponent or trailing zeros: ``Decimal("0.09750")`` is ``"0.0975"``."""
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rate_text(rate: Decimal) -> str:
    """A rate as a plain decimal fraction, never in exponent notation."""
    return format(rate, "f")
