"""Sums over tables of counters: what a figure of a dashboard or the length of a list is read from.

A kind of row that names columns of such a table is enough to say what is summed: those of its
columns that are part of the table's key are what it is summed by, all others are added up.
"""

from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec.structs import astuple
from sqlalchemy import Table

from query_api.database import AnyRow, Row

_NOTHING: Mapping[str, str] = {}


def sums(kind: type[Row], table: Table, *conditions: str, by: Mapping[str, str] = _NOTHING) -> str:
    """The statement that sums a table into rows of a kind.

    Args:
        kind: of row; its fields are columns of the table, or named in ``by``.
        table: of counters. Where it counts by builder, ``%(whose)s`` says by which.
        conditions: that rows must meet to be counted.
        by: expressions to sum by besides columns of the key.

    Raises:
        KeyError: the table has no such column.
    """
    keys = [name for name in kind.__struct_fields__ if name in by or _column(table, name)]
    shown = ", ".join(
        f"{by.get(name, name)} AS {name}"
        if name in keys
        else f"coalesce(sum({name}), 0)::bigint AS {name}"
        for name in kind.__struct_fields__
    )
    mine = ("builder_user_id = %(whose)s",) if "builder_user_id" in table.columns else ()
    chosen = " AND ".join((*mine, *conditions)) or "true"
    grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f"SELECT {shown} FROM {table.fullname} WHERE {chosen}{grouped}"  # noqa: S608  # names of columns


def added(kind: type[AnyRow], rows: Iterable[AnyRow]) -> AnyRow:
    """The sum of rows over the fields of a kind; of rows of a further kind, over those alone."""
    # The fields of a kind come first in those that add to it.
    width = len(kind.__struct_fields__)
    columns = islice(zip(*map(astuple, rows), strict=True), width)
    return kind(*([sum(column) for column in columns] or [0] * width))


def _column(table: Table, name: str) -> bool:
    return table.columns[name].primary_key
