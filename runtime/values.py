"""Values as JSON and back: what the log holds of events, and read models of the states they fold.

`msgspec` writes and reads the structs of the domain by their fields, in one step and checked. It
knows every type that they hold but `Rate`, for which it asks here.
"""

from collections.abc import Callable
from decimal import DecimalException
from typing import Any, TypeVar

from msgspec.json import Decoder, Encoder

from domain.kernel.rates import Rate, format_rate

V = TypeVar("V")


def _written(value: Any) -> str:
    if isinstance(value, Rate):
        return format_rate(value)
    raise TypeError(f"a value does not hold a {type(value).__name__}")


def _read(kind: type, value: Any) -> Any:
    """A rate; text alone is one, because a number may have been through a float."""
    if kind is not Rate or not isinstance(value, str):
        raise ValueError("a rate is text")
    try:
        rate = Rate(value)
    except DecimalException:
        raise ValueError("a rate is a decimal") from None
    if not rate.is_finite():
        raise ValueError("a rate is finite")
    return rate


to_json = Encoder(enc_hook=_written).encode
"""A value as JSON, its fields in their order.

Raises:
    TypeError: it holds something that no value holds.
"""

to_sorted_json = Encoder(enc_hook=_written, order="sorted").encode
"""The same, its keys sorted."""


def json_reader(kind: type[V]) -> Callable[[bytes | str], V]:
    """What reads JSON as a value of a class; fields that the class does not know are left out.

    Strictly: text that looks like a number is no amount. What it gives raises `ValueError` when the
    JSON does not fit.
    """
    return Decoder(kind, dec_hook=_read).decode
