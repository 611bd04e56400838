"""Applying a batch of events to one projection, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, assert_never

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from sqlalchemy import Table

from domain.events.envelope import Recorded
from projectors.engine.kept import KeptByPartition
from projectors.engine.projection import (
    AppendedRows,
    Counters,
    FoldedRows,
    Key,
    Part,
    RowValues,
    Summed,
    add_to,
    key_columns,
)
from projectors.engine.statements import (
    arrays_of,
    key_arrays,
    patch_of,
    statements_of,
    sum_rows,
)


async def apply(
    connection: AsyncConnection[Any],
    part: Part,
    batch: Sequence[Recorded],
    kept: KeptByPartition | None = None,
) -> None:
    """Bring one part's table from before a batch to after it.

    Args:
        connection: in a transaction that also moves the checkpoint.
        part: of a projection.
        batch: consecutive events of one partition, or of each of several.
        kept: what the caller knows of the rows of each of them, and is to know of them once the
            transaction is committed.
    """
    match part:
        case FoldedRows():
            await _fold(connection, part, batch, kept)
        case AppendedRows():
            await _append(connection, part, batch)
        case Summed():
            sums: dict[Key, list[int]] = {}
            for recorded in batch:
                add_to(sums, part.of(recorded))
            await _add(connection, part, sums)
        case _:
            assert_never(part)


async def _fold(
    connection: AsyncConnection[Any],
    part: FoldedRows[Any],
    batch: Sequence[Recorded],
    kept: KeptByPartition | None,
) -> None:
    touched = [(recorded, keys) for recorded in batch if (keys := part.keys(recorded))]
    partitions = {key: recorded.partition for recorded, keys in touched for key in keys}
    if not partitions:
        return
    before, states = await _entries(connection, part, partitions, kept)
    fold_into(states, part, touched)
    after = {key: part.dump(states[key]) for key in partitions}
    if kept is not None:
        for key, partition in partitions.items():
            state = part.settle(states[key], after[key])
            kept[partition].stage(part.table.name, key, (state, after[key]))
    changed = {key: row for key, row in after.items() if row != before.get(key)}
    if not changed:
        return
    await _write(connection, part.table, before, changed)
    for counters in part.counters:
        await _count(connection, counters, before, changed)
    if part.details is not None:
        below = [row for key in partitions for row in part.details.of(states[key])]
        await _run(connection, part.details.table, statements_of(part.details.table).upsert, below)


async def _entries(
    connection: AsyncConnection[Any],
    part: FoldedRows[Any],
    partitions: Mapping[Key, int],
    kept: KeptByPartition | None,
) -> tuple[dict[Key, RowValues], dict[Key, Any]]:
    """The rows of keys before a batch and their states: as they are kept, or else as they are read."""
    before: dict[Key, RowValues] = {}
    states: dict[Key, Any] = {}
    unknown: list[Key] = []
    for key, partition in partitions.items():
        entry = None if kept is None else kept[partition].get(part.table.name, key)
        if entry is None:
            unknown.append(key)
        else:
            states[key], before[key] = entry
    if unknown:
        read = await _rows(connection, part, unknown)
        before |= read
        states |= {key: part.load(row) for key, row in read.items()}
    return before, states


def fold_into(
    states: dict[Key, Any],
    part: FoldedRows[Any],
    touched: Iterable[tuple[Recorded, Sequence[Key]]],
) -> None:
    """Fold events into the states of their keys; the one step that live and rebuild share."""
    for recorded, keys in touched:
        for key in keys:
            states[key] = part.fold(states.get(key), recorded, key)


async def _write(
    connection: AsyncConnection[Any],
    table: Table,
    before: dict[Key, RowValues],
    after: dict[Key, RowValues],
) -> None:
    """Bring rows from before to after: whole ones that are new, of others the columns that differ."""
    new = [row for key, row in after.items() if key not in before]
    if new:
        await _run(connection, table, statements_of(table).upsert, new)
    changed = [(row, before[key]) for key, row in after.items() if key in before]
    if changed:
        written = frozenset(
            name for row, held in changed for name, value in row.items() if value != held[name]
        )
        columns, statement = patch_of(table, written)
        rows = [row for row, _ in changed]
        await connection.execute(statement, arrays_of(table, columns, rows), prepare=True)


async def _rows(
    connection: AsyncConnection[Any], part: FoldedRows[Any], keys: Sequence[Key]
) -> dict[Key, RowValues]:
    names = [column.name for column in key_columns(part.table)]
    async with connection.cursor(row_factory=dict_row) as cursor:
        select = statements_of(part.table).select
        await cursor.execute(select, key_arrays(part.table, keys), prepare=True)
        return {tuple(row[name] for name in names): row async for row in cursor}


async def _count(
    connection: AsyncConnection[Any],
    counters: Counters,
    before: dict[Key, RowValues],
    after: dict[Key, RowValues],
) -> None:
    sums: dict[Key, list[int]] = {}
    for key, row in after.items():
        added = counters.of(row)
        taken_off = counters.of(before[key]) if key in before else {}
        if added != taken_off:
            add_to(sums, taken_off, sign=-1)
            add_to(sums, added)
    changed = {key: amounts for key, amounts in sums.items() if any(amounts)}
    await _add(connection, counters, changed)
    emptied = [key for key, amounts in changed.items() if amounts[0] < 0]
    if emptied:
        statement = statements_of(counters.table).drop_empty
        arrays = key_arrays(counters.table, emptied)
        await connection.execute(statement, arrays, prepare=True)


async def _add(
    connection: AsyncConnection[Any], part: Summed | Counters, sums: dict[Key, list[int]]
) -> None:
    if sums:
        rows = sum_rows(part.table, sums)
        await _run(connection, part.table, statements_of(part.table).add, rows)


async def _append(
    connection: AsyncConnection[Any], part: AppendedRows, batch: Sequence[Recorded]
) -> None:
    rows = [row for recorded in batch for row in part.rows(recorded)]
    if rows:
        await _run(connection, part.table, statements_of(part.table).insert, rows)


async def _run(
    connection: AsyncConnection[Any], table: Table, statement: bytes, rows: Sequence[RowValues]
) -> None:
    """Run a statement that takes whole rows."""
    arrays = arrays_of(table, statements_of(table).columns, rows)
    await connection.execute(statement, arrays, prepare=True)
