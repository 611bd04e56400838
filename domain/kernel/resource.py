"""What is shown of the ledger over HTTP: response types, each written once, beside its capability.

A resource is made to be written as JSON and is then let go. Its fields hold money and rates as the
text that is shown; dates, ids and enumerations as they are, which the encoder writes faster than we
could. ``FeeResource`` is called ``Fee`` in the OpenAPI document.
"""

from typing import Annotated, Protocol, TypeVar

from msgspec import Meta, Struct, json

Money = Annotated[
    str,
    Meta(
        title="Money",
        description="An amount with two decimals.",
        pattern=r"^-?\d+\.\d{2}$",
        examples=["1250.00"],
    ),
]
"""An amount as `format_money` writes it."""
Fraction = Annotated[
    str,
    Meta(
        title="Fraction",
        description="A plain decimal number; of a rate, a share or a ratio, 0.0975 is 9.75 %.",
        pattern=r"^-?\d+(\.\d+)?$",
        examples=["0.0975"],
    ),
]
"""A rate or a share as `rate_text` writes it."""
MonthText = Annotated[
    str,
    Meta(
        title="Month",
        description="A calendar month.",
        pattern=r"^\d{4}-\d{2}$",
        examples=["2025-03"],
    ),
]
"""A month as `month_text` writes it."""
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""A moment after RFC 3339, in UTC, to the microsecond."""


class Resource(Struct, gc=False):
    """The base of every response type.

    All fields are always shown, except one that admits `msgspec.UNSET`: that is left out while it
    is unset.
    """


class Versioned(Protocol):
    """A resource with the version of its stream, which whoever folded the stream knows."""

    version: int


OneVersioned = TypeVar("OneVersioned", bound=Versioned)


def at_version(resource: OneVersioned, version: int) -> OneVersioned:
    """The resource, its version filled in: a state does not know how many events it is made of."""
    resource.version = version
    return resource


resource_json = json.Encoder().encode
"""A resource, or anything made of resources, as JSON text in UTF-8, its fields in their order."""
