"""Being the active relay: a lock that lasts as long as one database session, and that session's care.

The session is given to the lock and the checkpoint alone, and says something every second. The
server ends it when it says nothing for some seconds, so that a relay which is frozen, or cut off
from the database, does not keep the others waiting: whoever stands by has the lock a look later. A
relay that wakes up without its session finds that out at its next word, and stands by again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from relay import checkpoint
from relay.checkpoint import Checkpoint
from relay.metrics import RELAY_POSITION
from runtime.eventstore.records import Store
from runtime.postgres import connect
from runtime.settings import Settings

STANDBY_SECONDS = 0.5
"""Between a standby's looks at the lock."""
SILENCE_SECONDS_MAX = 5
"""After this the server ends the session of a relay that does not speak, or the relay gives up one
whose server does not answer."""
WORD_SECONDS = 1.0
"""Between two words on the session, when there is nothing to say."""
MOVE_SECONDS = 0.05
"""Between two moves of the checkpoint at least: what lies between them is written as one."""

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """The session with the lock is gone: another relay may lead by now."""


class Lease:
    """The right to relay to a topic, and the checkpoint that goes with it."""

    def __init__(self, connection: AsyncConnection[Any], settings: Settings, store: Store) -> None:
        self._connection = connection
        self._topic = settings.kafka_topic
        self._store = store
        self._position = 0

    async def wait(self) -> None:
        """Stand by until the lock is ours."""
        if await checkpoint.try_lock(self._connection, self._topic):
            return
        log.info("relay_stands_by")
        while not await checkpoint.try_lock(self._connection, self._topic):  # noqa: ASYNC110  # asked of the database
            await asyncio.sleep(STANDBY_SECONDS)

    async def begin(self) -> Checkpoint:
        """Where the relay before us got to."""
        found = await checkpoint.load(
            self._connection, self._store.epoch, self._topic, self._store.partition_count
        )
        self._position = found.position
        return found

    async def keep(self, acknowledged: Callable[[], int], progress: asyncio.Event) -> None:
        """Move the checkpoint behind the acknowledgements, and keep the session alive; for ever.

        Args:
            acknowledged: the position up to which the broker has every event.
            progress: set when that may have moved.

        Raises:
            LeaseLost: the session is gone, or the store is another one now.
            CheckpointMoved: another relay leads.
        """
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(progress.wait(), WORD_SECONDS)
            progress.clear()
            try:
                async with asyncio.timeout(SILENCE_SECONDS_MAX):
                    await self._speak(acknowledged())
            except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError) as error:
                raise LeaseLost(str(error) or "the database does not answer") from error
            await asyncio.sleep(MOVE_SECONDS)

    async def _speak(self, acknowledged: int) -> None:
        if acknowledged > self._position:
            await checkpoint.move(
                self._connection,
                self._store.epoch,
                self._topic,
                from_position=self._position,
                to=acknowledged,
            )
            self._position = acknowledged
            RELAY_POSITION.set(acknowledged)
            return
        found = await self._connection.execute("SELECT epoch FROM ledger.store")
        if await found.fetchone() != (self._store.epoch,):
            raise LeaseLost("the store has begun another epoch")


@asynccontextmanager
async def session(settings: Settings) -> AsyncIterator[AsyncConnection[Any]]:
    """A session for the lock and the checkpoint.

    What a crash of the server takes of the checkpoint is sent again, so that moving it need not
    wait for the disk.
    """
    connection = await connect(
        settings,
        "command",
        idle_session_timeout=f"{SILENCE_SECONDS_MAX}s",
        synchronous_commit="off",
    )
    async with connection:
        yield connection
