"""An example of any event, made from its fields alone: a new event needs no code here.

The same fields give the same example, every optional field is filled in, every tuple holds two.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from msgspec import Struct

from domain.events.catalogue import Event
from domain.kernel.rates import Rate
from domain.ledger.accounts import Account
from domain.ledger.entries import Posting, Postings, transfer

NAMESPACE = UUID("0f4ccf52-4f9b-4d52-9a05-0a2f1d5a6f10")
DAY = date(2025, 1, 31)

_ASSET, _OTHER_ASSET = [account for account in Account if not account.is_memo][:2]


def example(cls: type[Event]) -> Event:
    """An event of a class."""
    made: Event = _value(cls, cls.__name__, 0)
    return made


def _value(kind: Any, path: str, index: int) -> Any:
    """A value of a type; ``path`` and ``index`` tell it from its neighbours."""
    if kind == Postings:
        return transfer(_ASSET, _OTHER_ASSET, 123_456)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _value(next(a for a in get_args(kind) if a is not NoneType), path, index)
    if origin is tuple:
        item = get_args(kind)[0]
        return tuple(_value(item, f"{path}[{n}]", n) for n in range(2))
    if kind is Posting:
        return Posting(_ASSET, debit_cents=1)
    if issubclass(kind, Struct):
        return _struct(kind, path)
    if issubclass(kind, Enum):
        members = list(kind)
        return members[index % len(members)]
    return _SCALARS[kind](path, index)


def _struct(cls: Any, path: str) -> Any:
    hints = get_type_hints(cls)
    return cls(
        **{
            name: _value(hints[name], f"{path}.{name}", number)
            for number, name in enumerate(cls.__struct_fields__)
        }
    )


_SCALARS: dict[type, Any] = {
    UUID: lambda path, index: uuid5(NAMESPACE, path),
    int: lambda path, index: 1_000_000_01 + index,
    bool: lambda path, index: index % 2 == 0,
    str: lambda path, index: f"{path.rpartition('.')[2]} “Añejo” \\ {index}",
    Rate: lambda path, index: Rate(Decimal("0.0975") + Decimal(index) / 10_000),
    date: lambda path, index: DAY + timedelta(days=index),
    datetime: lambda path, index: datetime.fromisoformat("2025-01-31T12:34:56.789012+00:00"),
}
