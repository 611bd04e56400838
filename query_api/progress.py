"""How much of the log the read side has seen: what every answer says, and what a caller may await.

The figure is the position up to which every projection has applied every event, in every partition.
It is looked up at most once in some milliseconds, whatever the load, and always before the data it
is given with, so that it never promises too much.
"""

import asyncio
import time

from query_api.database import Database
from runtime.http import Seen
from runtime.problems import Unavailable

FRESH_SECONDS = 0.02
POLL_SECONDS = 0.008
"""Between looks while anybody waits; all who wait share them."""

_SEEN = """
WITH least AS (SELECT partition, min(position) AS position FROM read.checkpoints GROUP BY partition)
SELECT head.position,
       CASE WHEN NOT EXISTS (TABLE least) THEN 0
            ELSE coalesce(min(next.position) - 1, head.position) END
FROM ledger.head AS head
LEFT JOIN least ON true
LEFT JOIN LATERAL (
    SELECT e.position FROM ledger.events AS e
    WHERE e.partition = least.partition AND e.position > least.position
    ORDER BY e.position LIMIT 1
) AS next ON true
GROUP BY head.position
"""


class Progress:
    """Knows what has been seen, and waits for more; the query side's `ReadGate`."""

    def __init__(self, database: Database, wait_seconds_max: float) -> None:
        self._database = database
        self._wait_seconds_max = wait_seconds_max
        self._looked_at = 0.0
        self._latest: Seen | None = None
        self._looking: asyncio.Future[Seen] | None = None
        self._polling: asyncio.Future[Seen] | None = None

    async def look(self) -> Seen:
        """What has been seen, as of a few milliseconds ago at most."""
        if self._latest is not None and time.monotonic() - self._looked_at < FRESH_SECONDS:
            return self._latest
        return await self._look_now()

    async def reached(self, position: int) -> None:
        """Return once a position has been seen.

        Raises:
            Unavailable: that takes longer than the settings allow.
        """
        deadline = time.monotonic() + self._wait_seconds_max
        while (seen := (await self.look()).position) < position:
            if time.monotonic() >= deadline:
                raise Unavailable(f"The read side has seen position {seen}, not yet {position}.")
            if self._polling is None:
                self._polling = asyncio.ensure_future(self._poll())
            await asyncio.shield(self._polling)

    async def _poll(self) -> Seen:
        try:
            await asyncio.sleep(POLL_SECONDS)
            return await self._look_now()
        finally:
            self._polling = None

    async def _look_now(self) -> Seen:
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._looking)

    async def _ask(self) -> Seen:
        try:
            asked_at = time.monotonic()
            head, position = (await self._database.tuples(_SEEN))[0]
            self._latest = Seen(position, head - position)
            self._looked_at = asked_at
            return self._latest
        finally:
            self._looking = None
