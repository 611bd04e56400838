"""Where read tables are made, changed and dropped: by one at a time, whatever he is at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection

from projectors.engine import owner
from projectors.engine.rebuild.errors import Busy
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store
from runtime.postgres import pool
from runtime.settings import Settings

LOCK_KEY = 0x6472_6272_6275  # "drbrbu"

Workplace = tuple[AsyncConnection[Any], Reader, Store]
"""A connection of the tables' owner, alone at this work, a reader of the store, and its identity."""


@asynccontextmanager
async def workshop(settings: Settings, *, waits: bool = False) -> AsyncIterator[Workplace]:
    """Come in, alone.

    What the read side keeps about itself is there, and is as this code has it.

    Args:
        settings: name the database.
        waits: for whoever is at it, however long that takes.

    Raises:
        Busy: somebody else is at it.
    """
    async with (
        await owner.connect(settings) as connection,
        pool(settings, "projector", max_size=2) as connections,
    ):
        if waits:
            await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        else:
            held = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
            if (await held.fetchone() or [False])[0] is not True:
                raise Busy("another rebuild, verification or rollback is under way")
        try:
            await owner.prepare(connection)
            reader = Reader(connections)
            yield connection, reader, await reader.store()
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])
