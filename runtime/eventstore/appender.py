"""The asynchronous way into the store: locked group commit.

Whatever waits when a flush returns goes into the next one: one call, one lock, one fsync for many
commands, and no timer. Each command gets an outcome of its own. A flush that fails as a whole says
nothing about its commands, so it is sent again as it was: the command log tells the store which of
them it has already carried out, and none is carried out twice.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from runtime import postgres
from runtime.eventstore import arrays
from runtime.eventstore.batch import APPEND, Batch, expected_versions, outcomes
from runtime.eventstore.records import Append, KeyMismatch, Outcome, Replayed, Store
from runtime.settings import Settings

RESEND_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)

log = structlog.get_logger(__name__)


class QueueFull(Exception):  # noqa: N818  # named for what it says
    """More commands wait than the store can take; nothing was stored."""


class OutcomeUnknown(Exception):  # noqa: N818  # named for what it says
    """The store went away: the command may or may not have been carried out. Ask again."""


class _Waiting:
    __slots__ = ("done", "request", "streams")

    def __init__(self, request: Append) -> None:
        self.request = request
        self.streams = expected_versions(request).keys()
        self.done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


class Appender:
    """Appends for one process, on a connection of its own; an async context manager."""

    def __init__(self, settings: Settings, database: AsyncConnectionPool) -> None:
        self._settings = settings
        self._database = database
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._connection: AsyncConnection[Any] | None = None
        self._store: Store | None = None
        self._flushing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._database.open()
        connection = await self._connected()
        await postgres.check_durable(connection)
        row = await (
            await connection.execute("SELECT epoch, partition_count FROM ledger.store")
        ).fetchone()
        if row is None:
            raise LookupError("the store has no identity: ledger.store is empty")
        self._store = Store(*row)
        self._flushing = asyncio.create_task(self._flush_forever(self._store.partition_count))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
            await asyncio.gather(self._flushing, return_exceptions=True)
        while self._queue:
            _fail(self._queue.popleft(), QueueFull("the process is stopping"))
        await self._disconnect()

    @property
    def waiting(self) -> int:
        """How many commands wait for a flush."""
        return len(self._queue)

    async def append(self, request: Append) -> Outcome:
        """Append what a command decided, durably.

        Raises:
            QueueFull: too much is waiting; nothing was stored.
            OutcomeUnknown: the store went away and did not come back in time.
        """
        if len(self._queue) >= self._settings.append_queue_max:
            raise QueueFull(f"{len(self._queue)} commands wait")
        waiting = _Waiting(request)
        self._queue.append(waiting)
        self._arrived.set()
        return await waiting.done

    async def recall(self, command_id: UUID, payload_hash: bytes) -> Replayed | KeyMismatch | None:
        """What a command was answered, if it was carried out before."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT payload_hash, status, body, version, last_position"
                " FROM ledger.command_log WHERE command_id = %s",
                (command_id,),
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        return Replayed(*row[1:]) if row[0] == payload_hash else KeyMismatch()

    async def _flush_forever(self, partition_count: int) -> None:
        while True:
            await self._arrived.wait()
            taken = self._take()
            if not taken:
                self._arrived.clear()
                continue
            try:
                await self._flush(taken, partition_count)
            except asyncio.CancelledError:
                for waiting in taken:
                    _fail(waiting, OutcomeUnknown("the process is stopping"))
                raise
            except Exception as error:
                log.exception("append_failed", commands=len(taken))
                for waiting in taken:
                    _fail(waiting, error)

    def _take(self) -> list[_Waiting]:
        """The next batch: no stream and no command twice; who collides waits for the one after."""
        taken: list[_Waiting] = []
        passed: list[_Waiting] = []
        streams: set[UUID] = set()
        commands: set[UUID] = set()
        while self._queue and len(taken) < self._settings.append_batch_max:
            waiting = self._queue.popleft()
            if waiting.done.cancelled():
                continue
            collides = waiting.request.command_id in commands or not streams.isdisjoint(
                waiting.streams
            )
            # A later one must not overtake an earlier one of the same stream.
            (passed if collides else taken).append(waiting)
            streams.update(waiting.streams)
            commands.add(waiting.request.command_id)
        self._queue.extendleft(reversed(passed))
        return taken

    async def _flush(self, taken: list[_Waiting], partition_count: int) -> None:
        batch = Batch(partition_count)
        for waiting in taken:
            batch.add(waiting.request)
        try:
            found = await self._send(batch)
        except psycopg.Error:
            if len(taken) == 1:
                raise
            # One of them is at fault; alone, each finds out for itself.
            for waiting in taken:
                await self._flush_alone(waiting, partition_count)
            return
        for number, waiting in enumerate(taken):
            if not waiting.done.done():
                waiting.done.set_result(found[number])

    async def _flush_alone(self, waiting: _Waiting, partition_count: int) -> None:
        try:
            await self._flush([waiting], partition_count)
        except psycopg.Error as error:
            log.exception("append_refused", command_id=str(waiting.request.command_id))
            _fail(waiting, error)

    async def _send(self, batch: Batch) -> dict[int, Outcome]:
        """Send the batch until the store answers.

        Raises:
            OutcomeUnknown: it did not, for longer than a caller should wait.
            psycopg.Error: it answered that something in the batch is wrong; nothing was stored.
        """
        parameters = batch.parameters()
        for pause in (*RESEND_SECONDS, None):
            try:
                connection = await self._connected()
                cursor = connection.cursor(binary=True)
                await cursor.execute(APPEND, parameters, prepare=True)
                return outcomes(await cursor.fetchall())
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                await self._disconnect()
                if pause is None:
                    raise OutcomeUnknown("the store does not answer") from error
                log.warning("append_resent", error=str(error), pause_seconds=pause)
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await postgres.connect(
                self._settings, "command", statement_timeout="10s"
            )
            arrays.register(self._connection)
        return self._connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _fail(waiting: _Waiting, error: BaseException) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(error)
