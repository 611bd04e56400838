"""Columns of rows as PostgreSQL's binary arrays, each of its column's own type.

psycopg looks at every element to choose an array's type: the smallest that its integers fit into,
none at all where all are null. So the types of one statement's arrays differ from batch to batch,
and each combination of them is parsed and planned as another statement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any

from psycopg import adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format

_NULL = b"\xff\xff\xff\xff"
_HAS_NULLS, _DIMENSIONS, _FIRST = 1, 1, 1
_HEAD, _EMPTY = Struct("!iiiii"), Struct("!iii")
_INTEGERS = {"smallint": "!ih", "integer": "!ii", "bigint": "!iq"}


class _Array(bytes):
    """An array as PostgreSQL receives it; a subclass a type, so that psycopg knows its OID."""


@dataclass(frozen=True, slots=True)
class ArrayType:
    """How values of one type travel.

    Attributes:
        write: an element, its length before it.
        array: the class of such arrays.
    """

    element_oid: int
    write: Callable[[Any], bytes]
    array: type[_Array]

    def of(self, values: Sequence[Any]) -> bytes:
        """An array of values, of which any may be null."""
        if not values:
            return self.array(_EMPTY.pack(0, 0, self.element_oid))
        head = _HEAD.pack(_DIMENSIONS, _HAS_NULLS, self.element_oid, len(values), _FIRST)
        write = self.write
        elements = [_NULL if value is None else write(value) for value in values]
        return self.array(head + b"".join(elements))


def _writer(name: str, oid: int) -> Callable[[Any], bytes]:
    if name in _INTEGERS:
        packed = Struct(_INTEGERS[name])
        length, pack = packed.size - 4, packed.pack
        return lambda value: pack(length, value)
    dump = adapters.get_dumper_by_oid(oid, Format.BINARY)(object).dump

    def write(value: Any) -> bytes:
        data = bytes(dump(value) or b"")
        return len(data).to_bytes(4) + data

    return write


def _array_type(name: str) -> ArrayType:
    known = adapters.types[name]

    class Array(_Array):
        pass

    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = known.array_oid

        def dump(self, obj: Any) -> bytes:
            return bytes(obj)

    adapters.register_dumper(Array, ArrayDumper)
    return ArrayType(known.oid, _writer(name, known.oid), Array)


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
        "date",
        "integer",
        "numeric",
        "smallint",
        "text",
        "timestamp with time zone",
        "uuid",
    )
}
