"""The kinds of value that bodies and queries are made of, checked where they come in.

Money arrives as a string with two decimals and becomes whole cents; a number would already have
been through a float. A rate arrives as a decimal fraction string and becomes a `domain.kernel.rates.Rate`.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from domain.kernel import rates
from domain.kernel.money import parse_money

DATE_MIN = date(1990, 1, 1)
DATE_MAX = date(2199, 12, 31)
DAYS_KEPT_MAX = 1024
"""That are kept as they were read: the bodies and queries of a few weeks name few days."""

# What `parse_money` reads, as JSON Schema says it.
_ZERO = r"0\.00"
_POSITIVE = r"0\.(0[1-9]|[1-9][0-9])|[1-9][0-9]{0,10}\.[0-9]{2}|100000000000\.00"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NO_DATE = 'a date is an ISO string, such as "2025-01-15"'


def read_cents(value: object) -> int:
    """Read ``"-1234.50"`` as whole cents.

    Raises:
        ValueError: it is not a string, or not an amount as `domain.kernel.money` reads it.
    """
    if not isinstance(value, str):
        raise ValueError('an amount is a string with exactly two decimals, such as "1250.00"')
    return parse_money(value)


def _read_amount_cents(value: object) -> int:
    cents = read_cents(value)
    if cents <= 0 and str(value).startswith("-"):
        raise ValueError("this amount must not be negative")
    return cents


def _read_positive_cents(value: object) -> int:
    cents = read_cents(value)
    if cents <= 0:
        raise ValueError("this amount must be more than zero")
    return cents


def read_rate(value: object) -> rates.Rate:
    """Read ``"0.0975"`` as the fraction it is, unrounded.

    Raises:
        ValueError: it is not a string, or not a rate as `domain.kernel.rates` reads it.
    """
    if not isinstance(value, str):
        raise ValueError('a rate is a decimal fraction string, such as "0.0975"')
    return rates.parse_rate(value)


def read_date(value: object) -> date:
    """Read ``"2025-01-15"``; the years 1990 to 2199, which is far beyond any loan.

    Raises:
        ValueError: it is not such a date.
    """
    if not isinstance(value, str):
        raise ValueError(_NO_DATE)
    return _day(value)


@lru_cache(maxsize=DAYS_KEPT_MAX)
def _day(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(_NO_DATE)
    day = date.fromisoformat(text)
    if not DATE_MIN <= day <= DATE_MAX:
        raise ValueError("a date lies from 1990-01-01 to 2199-12-31")
    return day


def _refuse_nil(value: UUID) -> UUID:
    if value.int == 0:
        raise ValueError("the nil UUID names no person")
    return value


NAMED: dict[str, dict[str, Any]] = {}
"""Kinds of value that the document names once; a field of one bears the name as ``x-name``."""


def _named(name: str, pattern: str, example: str, description: str, **more: Any) -> WithJsonSchema:
    NAMED[name] = {
        "type": "string",
        "pattern": pattern,
        "examples": [example],
        "description": description,
        **more,
    }
    return WithJsonSchema({"x-name": name, **NAMED[name]})


Cents = Annotated[
    int,
    PlainValidator(read_cents),
    _named(
        "SignedAmount",
        rf"^-?({_ZERO}|{_POSITIVE})$",
        "-1250.00",
        "An amount with two decimals; may be negative.",
    ),
]
"""Whole cents out of a money string of either sign."""

AmountCents = Annotated[
    int,
    PlainValidator(_read_amount_cents),
    _named(
        "Amount",
        rf"^({_ZERO}|{_POSITIVE})$",
        "1250.00",
        "An amount with two decimals, zero or more.",
    ),
]
"""Whole cents, zero or more."""

PositiveCents = Annotated[
    int,
    PlainValidator(_read_positive_cents),
    _named(
        "PositiveAmount",
        rf"^({_POSITIVE})$",
        "1250.00",
        "An amount with two decimals, more than zero.",
    ),
]
"""Whole cents, more than zero."""

Rate = Annotated[
    rates.Rate,
    PlainValidator(read_rate),
    _named(
        "Rate",
        r"^(0(\.[0-9]{1,8})?|1(\.0{1,8})?)$",
        "0.0975",
        "A fraction from 0 to 1, at most eight places: 0.0975 is 9.75 %.",
    ),
]
"""A fraction from 0 to 1."""

IsoDate = Annotated[
    date,
    PlainValidator(read_date),
    _named("Date", r"^\d{4}-\d{2}-\d{2}$", "2025-01-15", "A date, 1990 to 2199.", format="date"),
]
"""A lender's date."""

UserId = Annotated[UUID, AfterValidator(_refuse_nil)]
"""The id of a person; the nil UUID is the system's."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A name or reason: one to two hundred characters."""

Memo = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
"""A longer remark: one to two thousand characters."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
"""A short machine-readable word, such as a line's code."""

Count = Annotated[int, Field(ge=0, le=10_000)]
"""A small whole number."""


class Body(BaseModel):
    """The base of every request body: nothing unknown, immutable, and read strictly by the kit.

    A subclass gives a whole example under ``model_config["json_schema_extra"]["example"]`` by
    ``model_config = example({...})``; the contract tests demand one of every body of a route.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class Params(BaseModel):
    """The base of every set of query parameters: an unknown one is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoBody(Body):
    """A command that needs no words: the body may be absent, or ``{}``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


def example(value: dict[str, Any]) -> ConfigDict:
    """The configuration that shows one whole example of a body in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [value]})
