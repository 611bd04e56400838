"""How much of the log has been read that a read asks for: what its answer says, what it may await.

A read asks for the read models that its route declares, and for no others: one that is new, rests or
is being removed holds up nobody else. The figure is looked up at most once in some milliseconds,
whatever the load, and always before the data it is given with, so that it never promises too much.

So is what is live. This process declares what it reads; another release may put other tables in
their place meanwhile. Where those hold all that is declared here, in the same meaning, nothing
happens. Where they do not, what reads them is refused until a process comes that can. Such a read
model is closed a little before it changes, for longer than a look is believed; so only what takes
longer than that looks again before it is answered.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache

import psycopg
from sqlalchemy import Table

from projectors.bookkeeping import NOTICE_SECONDS
from projectors.schema import Definition, model_of
from projectors.standing import HEAD, STANDING, ReadSide
from query_api.database import Database
from runtime.http import Seen
from runtime.problems import Unavailable

FRESH_SECONDS = 0.02
POLL_SECONDS = 0.008
"""Between looks while anybody waits; all who wait share them."""
HEED_SECONDS = NOTICE_SECONDS - 0.1
"""How long a read may take, from the look that let it in, before it must look again."""
NOT_APPLIED = "Nobody has applied the read models: `drawbridge projections apply` makes them."
_BEING_MADE = "The read side is just being made or changed."


@cache
def declared(reads: tuple[Table, ...]) -> dict[str, Definition]:
    """The read models of tables, by name, as this process knows them."""
    return {model_of(table): Definition.of(table.metadata) for table in reads}


async def read_side(database: Database) -> ReadSide:
    """Where all of it stands; before anybody applied read models, there are none.

    Raises:
        Unavailable: they are being made at this moment.
    """
    try:
        return ReadSide.of(await database.tuples(STANDING))
    except psycopg.errors.UndefinedTable:
        ((head, is_applied),) = await database.tuples(HEAD)
        if is_applied:
            raise Unavailable(_BEING_MADE) from None
        return ReadSide(head, {})


class Progress:
    """Knows what has been taken and what is live, and waits for more; the query side's `ReadGate`."""

    def __init__(self, database: Database, wait_seconds_max: float) -> None:
        self._database = database
        self._wait_seconds_max = wait_seconds_max
        self._looked_at = float("-inf")
        self._latest = ReadSide(0, {})
        self._looking: asyncio.Future[None] | None = None
        self._polling: asyncio.Future[None] | None = None
        self._live: dict[str, Definition] = {}
        self._prints: dict[str, str | None] = {}

    @asynccontextmanager
    async def reading(
        self, reads: tuple[Table, ...], min_position: int | None
    ) -> AsyncIterator[Seen]:
        """Let a read in, once what it asks for has come as far as it wants.

        Args:
            reads: the tables that it may look at.
            min_position: what is to have been taken of them.

        Yields:
            What they had taken, as of a few milliseconds ago at most.

        Raises:
            Unavailable: that takes longer than the settings allow, or another version of a read
                model is live, which this process cannot read.
        """
        wanted = declared(reads)
        await self._look()
        self._check(wanted)
        if min_position is not None:
            await self._reached(wanted, min_position)
            self._check(wanted)  # Another version may have come while it waited.
        looked_at, side = self._looked_at, self._latest
        position = side.position(wanted)
        try:
            yield Seen(position, side.head - position, side.parked_events)
        except (psycopg.ProgrammingError, psycopg.NotSupportedError):
            # A table or a column that is no more, or is another: if what is live is another's or has
            # changed under our hands, it is not our fault.
            await self._look_after(time.monotonic())
            self._check(wanted)
            if any(self._since(self._latest, name) != self._since(side, name) for name in wanted):
                raise Unavailable(_BEING_MADE) from None
            raise
        if wanted and time.monotonic() - looked_at > HEED_SECONDS:
            await self._look_after(time.monotonic())
            self._check(wanted)

    async def unreadable(self, reads: tuple[Table, ...]) -> list[str]:
        """The read models of tables that this process cannot read as they are now."""
        await self._look()
        return self._unreadable(declared(reads))

    @staticmethod
    def _since(side: ReadSide, name: str) -> datetime | None:
        stands = side.models.get(name)
        return None if stands is None else stands.live_since

    def _check(self, wanted: dict[str, Definition]) -> None:
        if names := self._unreadable(wanted):
            if not self._latest.models:
                raise Unavailable(NOT_APPLIED)
            raise Unavailable(f"Another version of {', '.join(names)} is live, or just coming.")

    def _unreadable(self, wanted: dict[str, Definition]) -> list[str]:
        return [name for name, own in wanted.items() if not self._is_readable(name, own)]

    def _is_readable(self, name: str, own: Definition) -> bool:
        stands = self._latest.models.get(name)
        if stands is None or stands.is_closed:
            return False
        return stands.print == own.print or (name in self._live and self._live[name].serves(own))

    async def _reached(self, wanted: Collection[str], position: int) -> None:
        deadline = time.monotonic() + self._wait_seconds_max
        while (taken := self._latest.position(wanted)) < position:
            if time.monotonic() >= deadline:
                raise Unavailable(f"The read side has seen position {taken}, not yet {position}.")
            if self._polling is None:
                self._polling = asyncio.ensure_future(self._poll())
            await asyncio.shield(self._polling)

    async def _poll(self) -> None:
        try:
            await asyncio.sleep(POLL_SECONDS)
            await self._look_now()
        finally:
            self._polling = None

    async def _look(self) -> None:
        if time.monotonic() - self._looked_at >= FRESH_SECONDS:
            await self._look_now()

    async def _look_after(self, moment: float) -> None:
        """Look until a look began after a moment: one that is under way may have begun before it."""
        while self._looked_at < moment:
            await self._look_now()

    async def _look_now(self) -> None:
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._ask())
        await asyncio.shield(self._looking)

    async def _ask(self) -> None:
        try:
            asked_at = time.monotonic()
            side = await read_side(self._database)
            prints = {name: each.print for name, each in side.models.items()}
            if prints != self._prints and side.models:
                await self._learn()
                self._prints = prints
            self._latest, self._looked_at = side, asked_at
        finally:
            self._looking = None

    async def _learn(self) -> None:
        """Read what is live now, which changes with a release, if at all."""
        try:
            found = await self._database.tuples("SELECT projection, definition FROM read.models")
        except psycopg.errors.UndefinedTable:
            raise Unavailable(_BEING_MADE) from None
        self._live = {name: Definition.stored(data) for name, data in found}
