"""What a replay is of, kept beside its tables: its identity, its chunks, how far it has come.

A chunk is a range of partition keys, so of whole loans, with about as many events as fit a
transaction of a few seconds. Its rows and the mark that it is done are committed together, which is
all that a killed worker, a killed command and Ctrl-C need.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

import domain
import projectors
import runtime
from projectors.bookkeeping import REPLAY
from projectors.engine.projection import Projection
from runtime.eventstore.records import Store

CHUNK_EVENTS = 20_000

_CHUNKS = """
INSERT INTO {schema}.chunks (number, first_key, last_key, events)
SELECT chunk, min(key)::uuid, max(key)::uuid, sum(events)
FROM (
    SELECT key, events, ((sum(events) OVER (ORDER BY key) - events) / {size})::integer AS chunk
    FROM (
        SELECT partition_key::text COLLATE "C" AS key, count(*) AS events
        FROM ledger.events WHERE position <= {last} GROUP BY partition_key
    ) AS loans
) AS cut
GROUP BY chunk
"""


class Phase(StrEnum):
    """How far a replay has come."""

    REPLAYING = "replaying"
    INDEXING = "indexing"
    FOLLOWING = "following"


@dataclass(frozen=True, slots=True)
class Target:
    """How far one projection is replayed, and without what.

    Attributes:
        positions: up to which, one a partition.
        left_out: positions of events that are not applied.
    """

    positions: tuple[int, ...]
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Work:
    """A replay's identity; whoever finds another in its place begins anew."""

    store: Store
    with_skipped: bool
    targets: Mapping[str, Target]
    code: str
    tables: str
    phase: Phase = Phase.REPLAYING

    @property
    def last(self) -> int:
        """The last position anybody wants."""
        return max((max(each.positions) for each in self.targets.values()), default=0)


@dataclass(frozen=True, slots=True)
class Counted:
    """Events of a replay.

    Attributes:
        events: that it covers; ``done`` of them, those of the chunks that are done.
        read: those that any of its projections wants, of the chunks that are done.
        open_chunks: how many are not done.
    """

    events: int
    done: int
    read: int
    open_chunks: int


def new_work(
    store: Store, with_skipped: bool, targets: Mapping[str, Target], chosen: Sequence[Projection]
) -> Work:
    """The identity of a replay by the code that is running."""
    return Work(store, with_skipped, targets, code_print(), tables_print(chosen))


@cache
def code_print() -> str:
    """A fingerprint of all code that rows come from."""
    digest = sha256()
    for package in (domain, projectors, runtime):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def tables_print(chosen: Collection[Projection]) -> str:
    """A fingerprint of what they declare."""
    return " ".join(sorted(f"{each.name}={each.definition.print}" for each in chosen))


async def unfinished(connection: AsyncConnection[Any], schema: str) -> Work | None:
    """The replay that somebody began and did not end, if there is one."""
    found = await connection.execute(
        sql.SQL(
            "SELECT store_epoch, with_skipped, targets, code, tables, phase FROM {}.work"
        ).format(sql.Identifier(schema))
    )
    row = await found.fetchone()
    if row is None:
        return None
    epoch, with_skipped, targets, code, columns, phase = row
    count = max((len(each["positions"]) for each in targets.values()), default=0)
    return Work(
        Store(epoch, count),
        with_skipped,
        {name: target_from(each) for name, each in targets.items()},
        code,
        columns,
        Phase(phase),
    )


def target_from(stored: Mapping[str, Any]) -> Target:
    """A target as it was stored."""
    return Target(tuple(stored["positions"]), frozenset(stored["left_out"]))


def why_not(found: Work, wanted: Work) -> str | None:
    """Why an unfinished replay is not the one that is wanted; `None` if it is."""
    if set(found.targets) != set(wanted.targets):
        return "it was of " + ", ".join(sorted(found.targets))
    if found.store.epoch != wanted.store.epoch:
        return "the store has begun another epoch since"
    if found.code != wanted.code:
        return "the code has changed since"
    if found.tables != wanted.tables:
        return "the tables have changed since"
    if found.with_skipped != wanted.with_skipped:
        return "it treated skipped events otherwise"
    for name, target in found.targets.items():
        now = {each for each in wanted.targets[name].left_out if each <= max(target.positions)}
        if now != target.left_out:
            return f"other events of {name} are skipped now"
    return None


async def begin(
    connection: AsyncConnection[Any], schema: str, work: Work, chunk_events: int | None = None
) -> None:
    """Cut the store into chunks, by an index alone, and write down whose they are.

    Args:
        connection: that may write.
        schema: of the replay.
        work: its identity.
        chunk_events: about how many events a chunk has, never less than a loan's.
    """
    name = sql.Identifier(schema)
    targets = {
        each: {"positions": target.positions, "left_out": sorted(target.left_out)}
        for each, target in work.targets.items()
    }
    async with connection.transaction():
        await connection.execute(
            sql.SQL("TRUNCATE {0}.work, {0}.chunks, {0}.checkpoints").format(name)
        )
        for setting in ("enable_seqscan", "enable_bitmapscan", "enable_hashagg"):
            await connection.execute(sql.SQL("SET LOCAL {} = off").format(sql.Identifier(setting)))
        await connection.execute(
            sql.SQL(_CHUNKS).format(schema=name, size=chunk_events or CHUNK_EVENTS, last=work.last)
        )
        await connection.execute(
            sql.SQL(
                "INSERT INTO {}.work (projections, store_epoch, code, tables, with_skipped, targets,"
                " phase) VALUES (%s, %s, %s, %s, %s, %s, %s)"
            ).format(name),
            [
                list(targets),
                work.store.epoch,
                work.code,
                work.tables,
                work.with_skipped,
                Jsonb(targets),
                Phase.REPLAYING,
            ],
        )


async def counted(connection: AsyncConnection[Any], schema: str) -> Counted:
    """How many events there are, and how many are done."""
    found = await connection.execute(
        sql.SQL(
            "SELECT coalesce(sum(events), 0)::bigint,"
            " coalesce(sum(events) FILTER (WHERE events_read IS NOT NULL), 0)::bigint,"
            " coalesce(sum(events_read), 0)::bigint, count(*) FILTER (WHERE events_read IS NULL)"
            " FROM {}.chunks"
        ).format(sql.Identifier(schema))
    )
    return Counted(*(await found.fetchone() or (0, 0, 0, 0)))


async def enter(
    connection: AsyncConnection[Any], schema: str, phase: Phase, work: Work | None = None
) -> None:
    """Note that a phase has begun; following begins where the replay has ended.

    Args:
        connection: that may write.
        schema: of the replay.
        phase: that begins.
        work: where following begins; not given for another phase.
    """
    name = sql.Identifier(schema)
    async with connection.transaction():
        await connection.execute(sql.SQL("UPDATE {}.work SET phase = %s").format(name), [phase])
        for projection, target in (work.targets if work else {}).items():
            await connection.execute(
                sql.SQL(
                    "INSERT INTO {}.checkpoints SELECT %s, n - 1, position"
                    " FROM unnest(%s::bigint[]) WITH ORDINALITY AS target (position, n)"
                ).format(name),
                [projection, list(target.positions)],
            )


async def forget(connection: AsyncConnection[Any], schema: str) -> None:
    """Drop all that a replay keeps, its tables too."""
    found = await connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> ALL (%s)",
        [schema, list(REPLAY)],
    )
    for (table,) in await found.fetchall():
        await connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(schema, table)))
    name = sql.Identifier(schema)
    await connection.execute(sql.SQL("TRUNCATE {0}.work, {0}.chunks, {0}.checkpoints").format(name))


async def leave(connection: AsyncConnection[Any], schema: str, projection: str) -> None:
    """Note, in the transaction that puts it in place, that one projection is done."""
    await connection.execute(
        sql.SQL("DELETE FROM {}.checkpoints WHERE projection = %s").format(sql.Identifier(schema)),
        [projection],
    )
