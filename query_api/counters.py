"""Sums over tables of counters: what a figure of a dashboard or the length of a list is read from.

A kind of row that names columns of such a table is enough to say what is summed: those of its
columns that are part of the table's key are what it is summed by, all others are added up.
"""

from sqlalchemy import Table

from query_api.database import Row


def sums(kind: type[Row], table: Table, *conditions: str) -> str:
    """The statement that sums a table into rows of a kind.

    Args:
        kind: of row; its fields are columns of the table.
        table: of counters. Where it counts by builder, ``%(whose)s`` says by which.
        conditions: that rows must meet to be counted.

    Raises:
        KeyError: the table has no such column.
    """
    columns = [table.columns[name] for name in kind.__struct_fields__]
    keys = [column.name for column in columns if column.primary_key]
    shown = ", ".join(
        column.name
        if column.primary_key
        else f"coalesce(sum({column.name}), 0)::bigint AS {column.name}"
        for column in columns
    )
    mine = ("builder_user_id = %(whose)s",) if "builder_user_id" in table.columns else ()
    chosen = " AND ".join((*mine, *conditions)) or "true"
    grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f"SELECT {shown} FROM {table.fullname} WHERE {chosen}{grouped}"  # noqa: S608  # names of columns
