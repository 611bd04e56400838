"""Answers as bytes: the envelope of a success, and the headers that every answer carries."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from msgspec import Struct

from domain.kernel.resource import resource_json

SECURITY: list[tuple[bytes, bytes]] = [
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
NO_STORE = (b"cache-control", b"no-store")
CSP = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
EXPOSED = (
    b"etag, location, idempotency-key, idempotent-replayed, retry-after, x-ledger-lag, "
    b"x-ledger-position, x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset"
)


def render(data: Any, meta: Any) -> bytes:
    """The body of a success: the envelope around data and meta."""
    return b"".join(
        (
            b'{"success":true,"data":',
            resource_json(data)
            if _is_of_resources(data)
            else orjson.dumps(data, _plain, orjson.OPT_UTC_Z),
            b',"meta":',
            orjson.dumps(meta, _plain, orjson.OPT_UTC_Z) if meta else b"{}",
            b"}",
        )
    )


def _is_of_resources(data: Any) -> bool:
    """Whether it is a resource, or a list, which is made of them if it begins with one."""
    return isinstance(data[0] if type(data) is list and data else data, Struct)


def _plain(value: Any) -> Any:
    """Resources as their JSON, decimals as plain strings, never in exponents."""
    if isinstance(value, Struct):
        return orjson.Fragment(resource_json(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):  # A subclass, such as uuid_utils makes.
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
