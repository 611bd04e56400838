"""Columns of rows as PostgreSQL's binary arrays, each of its column's own type, written in one go.

psycopg writes an array element by element through a dumper of Python objects, which for a flush of a
hundred events costs more than the database does. And it looks at every element to choose the array's
type: the smallest that its integers fit into, none at all where all are null. So the types of one
statement's arrays would differ from batch to batch, and each combination of them be parsed and planned
as another statement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from struct import Struct
from typing import Any

from psycopg import adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format

_NULL = b"\xff\xff\xff\xff"
_HAS_NULLS, _DIMENSIONS, _FIRST = 1, 1, 1
_HEAD, _EMPTY = Struct("!iiiii"), Struct("!iii")
_INTEGERS = {"smallint": "!ih", "integer": "!ii", "bigint": "!iq"}
_DAY = Struct("!ii").pack
_DAY_ZERO = date(2000, 1, 1).toordinal()
"""From which PostgreSQL counts its days."""


class BinaryArray:
    """An array as PostgreSQL receives it; a subclass a type, so that psycopg knows its OID."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


Elements = Callable[[Sequence[Any]], list[bytes]]
"""Writes each of some values, its length before it, or a null."""


@dataclass(frozen=True, slots=True)
class ArrayType:
    """How values of one type travel.

    Attributes:
        elements: writes them.
        array: the class of such arrays.
    """

    element_oid: int
    elements: Elements
    array: type[BinaryArray]

    def of(self, values: Sequence[Any]) -> BinaryArray:
        """An array of values, of which any may be null."""
        if not values:
            return self.array(_EMPTY.pack(0, 0, self.element_oid))
        head = _HEAD.pack(_DIMENSIONS, _HAS_NULLS, self.element_oid, len(values), _FIRST)
        return self.array(head + b"".join(self.elements(values)))


def _uuids(values: Sequence[Any]) -> list[bytes]:
    return [_NULL if value is None else b"\x00\x00\x00\x10" + value.bytes for value in values]


def _byteas(values: Sequence[Any]) -> list[bytes]:
    return [_NULL if value is None else len(value).to_bytes(4) + value for value in values]


def _texts(values: Sequence[Any]) -> list[bytes]:
    return _byteas([None if value is None else value.encode() for value in values])


def _dates(values: Sequence[Any]) -> list[bytes]:
    return [_NULL if value is None else _DAY(4, value.toordinal() - _DAY_ZERO) for value in values]


def _integers(form: str) -> Elements:
    packed = Struct(form)
    length, pack = packed.size - 4, packed.pack
    return lambda values: [_NULL if value is None else pack(length, value) for value in values]


def _others(oid: int) -> Elements:
    """As psycopg writes one of them."""
    dump = adapters.get_dumper_by_oid(oid, Format.BINARY)(object).dump

    def element(value: Any) -> bytes:
        data = bytes(dump(value) or b"")
        return len(data).to_bytes(4) + data

    return lambda values: [_NULL if value is None else element(value) for value in values]


_ELEMENTS: dict[str, Elements] = {
    "bytea": _byteas,
    "date": _dates,
    "text": _texts,
    "uuid": _uuids,
    **{name: _integers(form) for name, form in _INTEGERS.items()},
}


def _array_type(name: str) -> ArrayType:
    known = adapters.types[name]

    class Array(BinaryArray):
        __slots__ = ()

    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = known.array_oid

        def dump(self, obj: Any) -> bytes:
            return bytes(obj.data)

    adapters.register_dumper(Array, ArrayDumper)
    return ArrayType(known.oid, _ELEMENTS.get(name) or _others(known.oid), Array)


def _refuse_what_does_not_fit(name: str, form: str) -> None:
    """Have a COPY raise `struct.error` where psycopg's own dumper cuts an integer off."""
    pack = Struct(form).pack

    class Checked(Dumper):
        format = Format.BINARY
        oid = adapters.types[name].oid

        def dump(self, obj: Any) -> bytes:
            return pack(obj)

    adapters.register_dumper(None, Checked)


_refuse_what_does_not_fit("smallint", "!h")
_refuse_what_does_not_fit("integer", "!i")

# All at once: a connection knows the dumpers that were there when it was made.
ARRAY_TYPES = {
    name: _array_type(name)
    for name in (
        "bigint",
        "boolean",
        "bytea",
        "date",
        "integer",
        "numeric",
        "smallint",
        "text",
        "timestamp with time zone",
        "uuid",
    )
}
uuids, byteas, texts, ints, dates = (
    ARRAY_TYPES[name].of for name in ("uuid", "bytea", "text", "integer", "date")
)
"""Arrays of the types that the event store's flushes are of."""
