"""Making the read side what the code declares: whatever is missing, changed, or no more.

new         made empty; the projector fills it, and nobody who reads others waits for it
handed over there from before tables belonged to the code, and as declared: taken over as it is;
            its tables show whether they are, and `HANDED_OVER` says what their rows hold
changed     built beside the live version, and put in its place when it has come as far
removed     dropped, with all that stood beside it
unknown     some other release's, for all that this one knows: left as it is

A read model is removed where the code says that it was, or whoever applies says so. One that is
recorded and that this code has never heard of may be of a newer release than this one, which was put
back meanwhile; to drop it would cost that release a rebuild, and nobody told it to.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql

from projectors.bookkeeping import KEPT, NEXT, PREVIOUS
from projectors.engine import ddl, models, parked
from projectors.engine.projection import Projection
from projectors.engine.rebuild import work
from projectors.engine.rebuild.errors import RebuildRefused
from projectors.engine.rebuild.rebuilding import AS_EVER, Options, TellCount, rebuild_in
from projectors.engine.rebuild.swapping import LOCK_MILLISECONDS_MAX, tables_in, until_free
from projectors.engine.rebuild.workshop import workshop
from projectors.schema import SCHEMA
from runtime.settings import Settings

FIRST_VERSION = "1.0"
"""Of the rows of every table that was handed over."""
HANDED_OVER = {
    "budget_lines": "e2d28b4a142520b2",
    "draw_register": "f737cfafccf700b6",
    "history": "7fa926aea8ea4651",
    "loan_summary": "d90ac2d30e75cf5d",
    "payments": "b9955a68c110bd6b",
    "payoff_quotes": "4f3e0e0458a200ac",
}
"""The print of what those rows hold as JSON, which no table shows; never changed."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between what is declared and what is there; the names of read models.

    Attributes:
        made: that were not there.
        taken_over: that were there and as declared, though nobody had said so.
        changed: of which another version was live.
        removed: that are no more.
        unknown: that another release made, and that stay.
    """

    made: tuple[str, ...] = ()
    taken_over: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


async def apply(
    settings: Settings,
    projections: Sequence[Projection],
    progress: TellCount = lambda _done, _total: None,
    options: Options = AS_EVER,
    *,
    drop: Collection[str] = (),
    dry_run: bool = False,
) -> Changes:
    """Make the read side what the code declares; two that do so at once take turns.

    Args:
        settings: name the database.
        projections: every one that there is.
        progress: told how many steps of a phase are done, of how many, where one is built beside.
        options: how that is done.
        drop: the names of those that are no more.
        dry_run: look only.

    Returns:
        What was done, or is to be.

    Raises:
        RebuildRefused: what is changed could not be built; the live version is as it was.
    """
    async with workshop(settings, waits=True) as place:
        connection = place[0]
        found = await examine(connection, projections, drop)
        if dry_run:
            return found
        by_name = {each.name: each for each in projections}
        for name in found.made:
            async with connection.transaction():
                await ddl.make(connection, by_name[name].tables)
                await models.record(connection, by_name[name])
        for name in found.taken_over:
            await _take_over(connection, by_name[name])
        for name in found.removed:
            await _remove(connection, name)
        if found.changed:
            changed = [by_name[name] for name in found.changed]
            if await _nothing_is_recorded(connection):
                for each in changed:
                    await _remove(connection, each.name, coming=each)
            else:
                await rebuild_in(place, settings, changed, progress, options)
    return found


async def examine(
    connection: AsyncConnection[Any], projections: Sequence[Projection], drop: Collection[str] = ()
) -> Changes:
    """What would be done; told of a database whose bookkeeping is there.

    Raises:
        RebuildRefused: a read model declares a table that is another's.
    """
    live = await models.definitions(connection)
    owners = {table: name for name, its in live.items() for table in its.tables}
    for each in projections:
        _refuse_tables_of_others(each, owners)
    known = {name for (name,) in await _rows(connection, _KNOWN)}
    made, taken_over, changed = [], [], []
    for each in projections:
        stands = await tables_in(connection, SCHEMA, each)
        if each.name not in known and not stands:
            made.append(each.name)
        elif each.name in live:
            is_whole = len(stands) == len(each.tables)
            if not is_whole or live[each.name].print != each.definition.print:
                changed.append(each.name)
        elif await _is_as_handed_over(connection, each, SCHEMA):
            taken_over.append(each.name)
        else:
            changed.append(each.name)
    others = known - {each.name for each in projections}
    # What nobody recorded is from before tables belonged to the code: no release will come for it.
    unknown = others & live.keys() - set(drop)
    found = (made, taken_over, changed, sorted(others - unknown), sorted(unknown))
    return Changes(*map(tuple, found))


def _refuse_tables_of_others(projection: Projection, owners: Mapping[str, str]) -> None:
    """Refuse a table that is another live read model's: its rows are not this one's.

    Raises:
        RebuildRefused: it declares one, or is another's new name.
    """
    others = {owners.get(table.name, projection.name) for table in projection.tables}
    if others := others - {projection.name}:
        raise RebuildRefused(
            f"{projection.name} declares tables of {', '.join(sorted(others))}, which is live:"
            " give them names of their own"
        )


_KNOWN = "SELECT projection FROM read.models UNION SELECT projection FROM read.checkpoints"


async def _rows(connection: AsyncConnection[Any], statement: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(statement.encode())).fetchall()


def holds_what_was_handed_over(projection: Projection) -> bool:
    """Whether a read model's rows, as it declares them, hold what rows did that were handed over."""
    own = projection.definition
    holds = None if own.holds is None else own.holds["print"]
    return own.version == FIRST_VERSION and holds == HANDED_OVER.get(projection.name)


async def _is_as_handed_over(
    connection: AsyncConnection[Any], projection: Projection, schema: str
) -> bool:
    if not holds_what_was_handed_over(projection):
        return False
    return await ddl.differing(connection, projection.tables, schema) is None


async def _take_over(connection: AsyncConnection[Any], projection: Projection) -> None:
    """Say whose the tables are, those of before the last rebuild too; no row is touched."""
    has_previous = await _is_as_handed_over(connection, projection, PREVIOUS)
    async with connection.transaction():
        await parked.lock(connection, projection.name)
        await models.record(connection, projection)
        if has_previous:
            await connection.execute(
                "INSERT INTO read_previous.models SELECT * FROM read.models WHERE projection = %s"
                " ON CONFLICT DO NOTHING",
                [projection.name],
            )


async def _nothing_is_recorded(connection: AsyncConnection[Any]) -> bool:
    """Whether the store holds no event, so that there is nothing to build."""
    ((head,),) = await _rows(connection, "SELECT position FROM ledger.head")
    return bool(head == 0)


async def _remove(
    connection: AsyncConnection[Any], name: str, *, coming: Projection | None = None
) -> None:
    """Drop a read model's tables, those of before, and all that stood beside either.

    Args:
        connection: outside a transaction.
        name: of the read model.
        coming: what is made in its place at once, empty and without checkpoints; its tables go too,
            should nobody have recorded whose they are.
    """
    declared = () if coming is None else [table.name for table in coming.tables]
    unfinished = await work.unfinished(connection, NEXT)
    if unfinished is not None and name in unfinished.targets:
        await work.forget(connection, NEXT)

    async def attempt() -> None:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_MILLISECONDS_MAX}ms'")
            await parked.lock(connection, name)
            for schema in (PREVIOUS, SCHEMA):
                stood = (await models.definitions(connection, schema)).get(name)
                tables = sorted({*declared, *(() if stood is None else stood.tables)})
                await ddl.drop(connection, (sql.Identifier(schema, each) for each in tables))
                for kept in KEPT:
                    await connection.execute(
                        sql.SQL("DELETE FROM {} WHERE projection = %s").format(
                            sql.Identifier(schema, kept)
                        ),
                        [name],
                    )
            if coming is not None:
                await ddl.make(connection, coming.tables)
                await models.record(connection, coming)

    await until_free(name, attempt)
