"""What is shown of the ledger over HTTP: response types, each written once, beside its capability.

A resource is made to be written as JSON and is then let go. Its fields hold money and rates as the
text that is shown; dates, ids and enumerations as they are, which the encoder writes faster than we
could. ``FeeResource`` is called ``Fee`` in the OpenAPI document.
"""

from typing import Annotated, Protocol, TypeVar

from msgspec import Meta, Struct, json

Money = Annotated[str, Meta(extra_json_schema={"format": "decimal"})]
"""An amount with two decimals, as `format_money` writes it."""
Fraction = Annotated[str, Meta(extra_json_schema={"format": "decimal"})]
"""A rate or a share as a plain decimal fraction, as `rate_text` writes it."""
MonthText = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}$")]
"""A calendar month, as ``2025-03``."""
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""A moment after RFC 3339, in UTC, to the microsecond."""


class Resource(Struct, gc=False, kw_only=True):
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
