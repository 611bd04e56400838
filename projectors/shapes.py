"""What JSON the values of a class are written as, as far as the types of their fields decide it.

Rows keep states and answers as JSON. A row that was written before a class got a field is not what
its events make now, although its table has not changed; so what a class looks like belongs to the
definition of the read model that keeps it. Names of classes, descriptions, constraints and defaults
are left out: they may change, and every row stays as it is.
"""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from msgspec import Struct, inspect

from domain.kernel.resource import Resource

Shape = Any
"""As JSON: a name, or a mapping from one word to what the type is made of."""

_PLAIN = (
    inspect.AnyType,
    inspect.NoneType,
    inspect.BoolType,
    inspect.IntType,
    inspect.StrType,
    inspect.UUIDType,
    inspect.DateType,
    inspect.DateTimeType,
)


def print_of(told: str) -> str:
    """A digest of a text, short enough to be read out."""
    return sha256(told.encode()).hexdigest()[:16]


@cache
def held(kinds: tuple[type[Struct], ...]) -> dict[str, Shape]:
    """What rows hold as JSON.

    Args:
        kinds: states, which projectors alone read, and resources, which queries show.

    Returns:
        A ``print`` of all of them, the order of their fields too, for rows are compared as text; and
        what is ``shown``: the shapes of the resources.
    """
    shapes = [shape(kind) for kind in kinds]
    told = json.dumps(shapes, separators=(",", ":"))
    shown = [each for each, kind in zip(shapes, kinds, strict=True) if issubclass(kind, Resource)]
    return {"print": print_of(told), "shown": shown}


def shape(kind: type[Struct]) -> Shape:
    """The shape of a class, its fields in their order.

    Raises:
        TypeError: it has a field of a type that no state and no resource has had yet.
    """
    return _shape(inspect.type_info(kind))


def covers(one: Shape, other: Shape) -> bool:
    """Whether who expects the other shape finds in one all that he knows, of the same types."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(name in one and covers(one[name], its) for name, its in other.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(covers, one, other))
    return bool(one == other)


def _shape(of: inspect.Type) -> Shape:
    match of:
        case inspect.StructType():
            return {"object": {each.encode_name: _shape(each.type) for each in of.fields}}
        case inspect.Metadata():
            return _shape(of.type)
        case inspect.CustomType():
            return of.cls.__name__
        case inspect.EnumType():
            return {"one of": {value: {} for value in sorted(str(each.value) for each in of.cls)}}
        case inspect.UnionType():
            return {"either": _in_order([_shape(each) for each in of.types])}
        case inspect.VarTupleType() | inspect.ListType():
            return {"list": _shape(of.item_type)}
        case inspect.FrozenSetType():
            return {"set": _shape(of.item_type)}
        case inspect.DictType():
            return {"map": [_shape(of.key_type), _shape(of.value_type)]}
        case _ if isinstance(of, _PLAIN):
            return type(of).__name__.removesuffix("Type").lower()
        case _:
            raise TypeError(f"what a {type(of).__name__} is written as has to be said here")


def _in_order(shapes: Sequence[Shape]) -> list[Shape]:
    """The parts of a union in an order that is not that in which somebody wrote them."""
    return sorted(shapes, key=json.dumps)
