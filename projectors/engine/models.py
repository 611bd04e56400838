"""Which version of each read model is live.

A row of ``read.models`` changes only by who holds all checkpoints of its projection. So whoever holds
one of them knows, by asking in that transaction, whose rows he is about to change.
"""

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

from projectors.engine.projection import Projection
from projectors.schema import SCHEMA, Definition


class OtherVersion(Exception):
    """Another version of a read model is live than this code's, or none; the message says which."""


async def definitions(
    connection: AsyncConnection[Any], schema: str = SCHEMA
) -> dict[str, Definition]:
    """What is live, or what is kept of before, by the name of its projection."""
    found = await connection.execute(
        sql.SQL("SELECT projection, definition FROM {}.models ORDER BY projection").format(
            sql.Identifier(schema)
        )
    )
    return {name: Definition.stored(data) for name, data in await found.fetchall()}


async def prints(connection: AsyncConnection[Any], names: Collection[str]) -> Mapping[str, str]:
    """The prints of those of these read models that are live."""
    found = await connection.execute(
        "SELECT projection, print FROM read.models WHERE projection = ANY (%s)", [list(names)]
    )
    return dict(await found.fetchall())


def why_not(projection: Projection, live_print: str | None) -> str | None:
    """Why a projection may not touch what is live; `None` if that is its own."""
    if live_print == projection.definition.print:
        return None
    if live_print is None:
        return f"{projection.name} is not there: `drawbridge projections apply` makes it"
    return (
        f"another version of {projection.name} is live than this release's:"
        " `drawbridge projections apply` of one release makes it that one's"
    )


async def require(connection: AsyncConnection[Any], projections: Collection[Projection]) -> None:
    """Go on only where the live versions are this code's.

    Args:
        connection: that holds a checkpoint of each, so that what is true stays so.
        projections: whose rows are about to be changed.

    Raises:
        OtherVersion: one is not.
    """
    live = await prints(connection, [each.name for each in projections])
    for each in projections:
        reason = why_not(each, live.get(each.name))
        if reason is not None:
            raise OtherVersion(reason)


async def record(connection: AsyncConnection[Any], projection: Projection) -> None:
    """Say that the live tables of a read model are those that this code declares."""
    definition = projection.definition
    await connection.execute(
        "INSERT INTO read.models (projection, print, definition) VALUES (%s, %s, %s)"
        " ON CONFLICT (projection) DO UPDATE SET print = excluded.print,"
        " definition = excluded.definition, live_since = now(), closed_until = NULL",
        [projection.name, definition.print, Jsonb(definition.data)],
    )
