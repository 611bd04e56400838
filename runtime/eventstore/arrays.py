"""PostgreSQL's binary arrays, written in one go.

psycopg writes an array element by element through a dumper of Python objects, which for a flush of
a hundred events costs more than the database does. The columns of a flush are of five types only.
"""

from collections.abc import Sequence
from datetime import date
from struct import pack
from typing import Any
from uuid import UUID

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_UUID, _UUIDS = 2950, 2951
_BYTEA, _BYTEAS = 17, 1001
_INT, _INTS = 23, 1007
_TEXT, _TEXTS = 25, 1009
_DATE, _DATES = 1082, 1182
_NULL = b"\xff\xff\xff\xff"
_POSTGRES_DAY_ZERO = date(2000, 1, 1).toordinal()


class BinaryArray:
    """An array as PostgreSQL receives it; a subclass a type, so that psycopg knows its OID."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class UuidArray(BinaryArray):
    """``uuid[]``."""


class ByteaArray(BinaryArray):
    """``bytea[]``."""


class IntArray(BinaryArray):
    """``integer[]``."""


class TextArray(BinaryArray):
    """``text[]``."""


class DateArray(BinaryArray):
    """``date[]``."""


def uuids(values: Sequence[UUID | None]) -> UuidArray:
    """``uuid[]``, with nulls."""
    body = b"".join(
        [_NULL if value is None else b"\x00\x00\x00\x10" + value.bytes for value in values]
    )
    return UuidArray(_head(_UUID, len(values), has_null=True) + body)


def byteas(values: Sequence[bytes]) -> ByteaArray:
    """``bytea[]``."""
    body = b"".join([len(value).to_bytes(4) + value for value in values])
    return ByteaArray(_head(_BYTEA, len(values)) + body)


def texts(values: Sequence[str]) -> TextArray:
    """``text[]``."""
    encoded = [value.encode() for value in values]
    body = b"".join([len(value).to_bytes(4) + value for value in encoded])
    return TextArray(_head(_TEXT, len(values)) + body)


def ints(values: Sequence[int]) -> IntArray:
    """``integer[]``."""
    body = b"".join([pack("!ii", 4, value) for value in values])
    return IntArray(_head(_INT, len(values)) + body)


def dates(values: Sequence[date]) -> DateArray:
    """``date[]``."""
    body = b"".join([pack("!ii", 4, value.toordinal() - _POSTGRES_DAY_ZERO) for value in values])
    return DateArray(_head(_DATE, len(values)) + body)


def _head(element_oid: int, length: int, *, has_null: bool = False) -> bytes:
    if length == 0:
        return pack("!iii", 0, 0, element_oid)
    return pack("!iiiii", 1, int(has_null), element_oid, length, 1)


def _dumper(array_oid: int) -> type[Dumper]:
    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = array_oid

        def dump(self, obj: Any) -> bytes:
            return bytes(obj.data)

    return ArrayDumper


_DUMPERS = {
    UuidArray: _dumper(_UUIDS),
    ByteaArray: _dumper(_BYTEAS),
    IntArray: _dumper(_INTS),
    TextArray: _dumper(_TEXTS),
    DateArray: _dumper(_DATES),
}


def register(context: AdaptContext) -> None:
    """Teach a connection to send these arrays."""
    if context.adapters is None:
        raise ValueError("nothing to register the arrays on")
    for cls, dumper in _DUMPERS.items():
        context.adapters.register_dumper(cls, dumper)
