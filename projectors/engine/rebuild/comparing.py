"""Comparing live tables with those made beside them, as they were at one common position.

Both must be seen as of the same events while the projector goes on. So its checkpoints are held
just long enough to bring the other tables level and to open a snapshot; looking takes its time.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.errors import LockNotAvailable
from sqlalchemy import Table

from projectors.engine import models, owner, parked
from projectors.engine.projection import key_columns
from projectors.engine.rebuild.errors import Busy
from projectors.engine.rebuild.following import Follower, LeavesOut, Live, live_of
from projectors.engine.statements import identifier
from projectors.schema import SCHEMA, Definition
from runtime.eventstore.records import Store
from runtime.settings import Settings

EXAMPLES_MAX = 5
HOLD_LOCK_SECONDS_MAX = 10
"""How long to wait for a live projector to end the batch it is at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a live table compares with a replay of the store up to the same position.

    Attributes:
        rows: in the live table.
        missing: rows that the replay has and the live table has not.
        surplus: rows that the live table has and the replay has not.
        examples: keys of a few of either.
    """

    projection: str
    table: str
    rows: int
    missing: int
    surplus: int
    examples: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every row is the same."""
        return self.missing == self.surplus == 0


@dataclass(frozen=True, slots=True)
class Weighed:
    """A table before and after a rebuild.

    Attributes:
        rows: how many, and ``checksum`` over all of them in no order; both `None` of a live table
            that was not compared.
        not_compared: why not.
    """

    projection: str
    table: str
    rows_before: int | None
    checksum_before: str | None
    rows_after: int
    checksum_after: str
    not_compared: str | None

    @property
    def differs(self) -> bool | None:
        """Whether any row differs; `None` where there was nothing to compare with."""
        if self.rows_before is None:
            return None
        before = (self.rows_before, self.checksum_before)
        return before != (self.rows_after, self.checksum_after)


@asynccontextmanager
async def level(
    settings: Settings, store: Store, follower: Follower, leaves_out: LeavesOut
) -> AsyncIterator[tuple[AsyncConnection[Any], str | None]]:
    """A snapshot in which live tables and those beside them are at one position.

    Args:
        settings: whose user owns the tables.
        store: that both are of.
        follower: of the tables beside the live ones, not far behind.
        leaves_out: what they are without.

    Yields:
        A connection in the snapshot's transaction, and why the two cannot be compared, if so.

    Raises:
        Busy: the live projector did not let its checkpoints go.
    """
    async with (
        await owner.connect(settings) as snapshot,
        snapshot.transaction(),
    ):
        await snapshot.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        name = follower.shadow.name
        async with (
            await owner.connect(settings) as holder,
            await owner.connect(settings) as writer,
            holder.transaction(),
        ):
            await _hold(holder, name)
            live = await live_of(holder, name)
            await writer.execute("SET synchronous_commit = off")
            if live.is_of(store.epoch, store.partition_count):
                await follower.follow(writer, live.positions, leaves_out(live))
            # A snapshot is taken by the first statement.
            own = (await models.definitions(snapshot)).get(name)
        yield snapshot, _why_not(live, store, follower, own)


def _why_not(live: Live, store: Store, follower: Follower, own: Definition | None) -> str | None:
    if own is None or own.print != follower.shadow.definition.print:
        return "the one before is of another definition"
    if not live.has_begun:
        return "the one before never ran"
    if not live.is_of(store.epoch, store.partition_count):
        return "the one before is of another store, or of another epoch"
    if live.positions != follower.positions:
        return "the one before was too far behind the store to be waited for"
    return None


async def _hold(holder: AsyncConnection[Any], name: str) -> None:
    wait = sql.SQL("SET LOCAL lock_timeout = {}").format(f"{HOLD_LOCK_SECONDS_MAX}s")
    await holder.execute(wait)
    try:
        await parked.lock(holder, name)
    except LockNotAvailable as error:
        raise Busy(f"the projector of {name} is in a long batch; try again") from error


async def weigh(
    connection: AsyncConnection[Any], follower: Follower, not_compared: str | None
) -> list[Weighed]:
    """Count live and new rows, and add up a hash of each, so that no order matters."""
    found: list[Weighed] = []
    for table in follower.shadow.tables:
        live = sql.Identifier(SCHEMA, table.name)
        after = await _sum(connection, table, identifier(table))
        rows, checksum = (None, None) if not_compared else await _sum(connection, table, live)
        name = follower.shadow.name
        found.append(Weighed(name, table.name, rows, checksum, *after, not_compared))
    return found


async def _sum(
    connection: AsyncConnection[Any], table: Table, name: sql.Identifier
) -> tuple[int, str]:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    found = await connection.execute(
        sql.SQL(
            "SELECT count(*), coalesce(sum(hash_record_extended(ROW({}), 0)), 0)::text FROM {}"
        ).format(columns, name)
    )
    rows, checksum = await found.fetchone() or (0, "0")
    return rows, checksum


async def differences(connection: AsyncConnection[Any], projection: str, table: Table) -> Verdict:
    """Compare a live table row by row with the one beside it."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    key = sql.SQL(" || ' ' || ").join(
        sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in key_columns(table)
    )
    found = await connection.execute(
        sql.SQL(
            "WITH live AS (SELECT {columns} FROM {live}), replayed AS (SELECT {columns} FROM {next}),"
            " missing AS (TABLE replayed EXCEPT ALL TABLE live),"
            " surplus AS (TABLE live EXCEPT ALL TABLE replayed)"
            " SELECT (SELECT count(*) FROM live), (SELECT count(*) FROM missing),"
            " (SELECT count(*) FROM surplus),"
            " array(SELECT {key} FROM (TABLE missing UNION ALL TABLE surplus) AS differing LIMIT {most})"
        ).format(
            columns=columns,
            live=sql.Identifier(SCHEMA, table.name),
            next=identifier(table),
            key=key,
            most=EXAMPLES_MAX,
        )
    )
    rows, missing, surplus, examples = await found.fetchone() or (0, 0, 0, [])
    return Verdict(projection, table.name, rows, missing, surplus, tuple(examples))
