"""The few statements the engine runs, one of each kind a table, made once from its columns.

Rows travel as one array a column and are unnested on the server: one statement for a batch of any
size, so one plan and one round trip. Statements are kept as bytes, because composing one again costs
more than running it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from psycopg import sql
from sqlalchemy import Column, Table

from projectors.engine.projection import Key, RowValues, key_columns, value_columns
from projectors.schema import type_name
from runtime.arrays import ARRAY_TYPES, ArrayType, BinaryArray


def identifier(table: Table) -> sql.Identifier:
    """The qualified name of a table."""
    return sql.Identifier(cast(str, table.schema), table.name)


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of one table.

    Attributes:
        columns: names, in the order in which arrays are passed; ``types`` theirs, as SQL says them.
        select: the rows of given keys.
        insert: new rows.
        upsert: rows, in place of those with the same key.
        add: sums, onto those with the same key.
        drop_empty: those of the given keys whose first sum is zero.
        patches: `patch` by the columns it writes.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    select: bytes
    insert: bytes
    upsert: bytes
    add: bytes
    drop_empty: bytes
    patches: dict[frozenset[str], tuple[tuple[str, ...], bytes]]


@cache
def statements_of(table: Table) -> Statements:
    """The statements of a table."""
    keys, values = key_columns(table), value_columns(table)
    columns = list(table.columns)
    name, names = identifier(table), _names(columns)
    insert = sql.SQL("INSERT INTO {} AS held ({}) SELECT * FROM {}").format(
        name, names, _unnested(columns)
    )
    conflict = sql.SQL("{} ON CONFLICT ({}) DO UPDATE SET {}")
    assign = sql.SQL("{0} = excluded.{0}")
    add = sql.SQL("{0} = held.{0} + excluded.{0}")
    first_value = values[0].name if values else keys[0].name
    return Statements(
        columns=tuple(column.name for column in columns),
        types=tuple(type_name(column.type) for column in columns),
        select=sql.SQL("SELECT {} FROM {} WHERE ({}) IN (SELECT * FROM {})")
        .format(names, name, _names(keys), _unnested(keys))
        .as_bytes(),
        insert=insert.as_bytes(),
        upsert=conflict.format(insert, _names(keys), _each(assign, values)).as_bytes(),
        add=conflict.format(insert, _names(keys), _each(add, values)).as_bytes(),
        drop_empty=sql.SQL("DELETE FROM {} WHERE ({}) IN (SELECT * FROM {}) AND {} = 0")
        .format(name, _names(keys), _unnested(keys), sql.Identifier(first_value))
        .as_bytes(),
        patches={},
    )


def patch_of(table: Table, written: frozenset[str]) -> tuple[tuple[str, ...], bytes]:
    """The statement that writes some columns of rows that are there, and leaves the others.

    A long value that is not written stays where the server keeps it, which is most of what writing
    a row again would cost.

    Returns:
        The names of the arrays to pass, in order, and the statement.
    """
    patches = statements_of(table).patches
    if written not in patches:
        patches[written] = _patch(table, written)
    return patches[written]


def _patch(table: Table, written: frozenset[str]) -> tuple[tuple[str, ...], bytes]:
    keys = key_columns(table)
    values = [column for column in value_columns(table) if column.name in written]
    columns = [*keys, *values]
    statement = sql.SQL("UPDATE {} AS held SET {} FROM {} AS new ({}) WHERE {}").format(
        identifier(table),
        _each(sql.SQL("{0} = new.{0}"), values),
        _unnested(columns),
        _names(columns),
        sql.SQL(" AND ").join(
            sql.SQL("held.{0} = new.{0}").format(sql.Identifier(key.name)) for key in keys
        ),
    )
    return tuple(column.name for column in columns), statement.as_bytes()


def arrays_of(table: Table, columns: Sequence[str], rows: Sequence[RowValues]) -> list[BinaryArray]:
    """One array a column."""
    types = _array_types(table)
    return [types[column].of([row[column] for row in rows]) for column in columns]


def key_arrays(table: Table, keys: Sequence[Key]) -> list[BinaryArray]:
    """One array a column of the key."""
    types = _array_types(table)
    return [
        types[column.name].of(values)
        for column, values in zip(key_columns(table), zip(*keys, strict=True), strict=True)
    ]


@cache
def _array_types(table: Table) -> dict[str, ArrayType]:
    return {column.name: ARRAY_TYPES[type_name(column.type)] for column in table.columns}


def sum_rows(table: Table, sums: dict[Key, list[int]]) -> list[RowValues]:
    """Sums as rows of their table, by key: so processes that share rows lock them in one order."""
    keys = [column.name for column in key_columns(table)]
    values = [column.name for column in value_columns(table)]
    return [
        dict(zip(keys, key, strict=True)) | dict(zip(values, amounts, strict=True))
        for key, amounts in sorted(sums.items())
    ]


def _names(columns: Sequence[Column[Any]]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)


def _unnested(columns: Sequence[Column[Any]]) -> sql.Composed:
    arrays = sql.SQL(", ").join(
        sql.SQL("%b::{}[]").format(sql.SQL(type_name(column.type))) for column in columns
    )
    return sql.SQL("unnest({})").format(arrays)


def _each(form: sql.SQL, columns: Sequence[Column[Any]]) -> sql.Composed:
    return sql.SQL(", ").join(form.format(sql.Identifier(column.name)) for column in columns)
