"""Events as bytes: canonical JSON out, validation on the way in.

What is written is RFC 8785's canonical form: keys sorted, no spaces, whole numbers only. Amounts
are whole cents and rates are text, so no event holds a number that JSON could blur. A test holds
the bytes against the `rfc8785` library.

Which events there are is the catalogue's to say, and the process's to have filled: no capability is
imported here.
"""

import json
from collections.abc import Callable
from functools import cache

import orjson

from domain.events.catalogue import CATALOGUE, Event
from domain.events.upcasting import upcast
from runtime.values import json_reader, to_sorted_json


def encode(event: Event) -> bytes:
    """The event's payload, exactly as stored, hashed and sent.

    A float in a field of whole numbers, or a plain `Decimal` in one of a `Rate`, is written as it is
    and not found here, because looking for them costs several times what writing does. That there
    are none is held by types: no field of an event is a float or a plain `Decimal`.

    Raises:
        TypeError: a field holds what no event may: a number beyond 53 bits, or something that is
            neither text, number, date, id, `Rate`, enumeration, struct, sequence nor mapping.
    """
    payload = to_sorted_json(event)
    if _SIXTEEN_DIGITS in payload.translate(_DIGITS_ALONE):
        _check_whole_numbers(payload)
    return payload


def decode(name: str, schema_version: int, payload: bytes) -> Event:
    """An event from its stored payload, lifted to today's schema and validated.

    Raises:
        LookupError: nobody knows this name, or an upcaster is missing.
        ValueError: the payload does not fit the event.
    """
    version, read = _reading(name)
    if schema_version != version:
        payload = orjson.dumps(upcast(name, schema_version, version, orjson.loads(payload)))
    return read(payload)


@cache
def _reading(name: str) -> tuple[int, Callable[[bytes], Event]]:
    """Today's version of an event's schema, and what makes the event of its JSON."""
    kind = CATALOGUE.named(name)
    return kind.version, json_reader(kind.cls)


_WHOLE_MAX = 2**53 - 1
"""Beyond it RFC 8785 has no whole numbers, and readers of JSON round each as they like."""

# The number has sixteen digits. Looking for as many in a row costs next to nothing, and what is
# found may still be part of a text.
_SIXTEEN_DIGITS = b"0" * len(str(_WHOLE_MAX))
_DIGITS_ALONE = bytes(ord("0") if chr(byte).isdecimal() else ord(" ") for byte in range(256))


def _check_whole_numbers(payload: bytes) -> None:
    json.loads(payload, parse_int=_whole)


def _whole(digits: str) -> int:
    number = int(digits)
    if abs(number) > _WHOLE_MAX:
        raise TypeError("an event holds a number beyond 53 bits")
    return number
