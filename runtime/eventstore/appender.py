"""The asynchronous way into the store: locked group commit.

Whatever waits when a flush returns goes into the next one: one call, one lock, one fsync for many
commands, and no timer. Each command gets an outcome of its own. A flush that fails as a whole says
nothing about its commands, so it is sent again as it was: the command log tells the store which of
them it has already carried out, and none is carried out twice.

A store that was restored while we ran is another one. Every new connection asks which it is; what
was decided on the one before is then not sent, and whoever keeps something of it is told.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from runtime import postgres
from runtime.eventstore.batch import APPEND, Prepared, outcomes, parameters, prepare
from runtime.eventstore.records import (
    Append,
    Appended,
    KeyMismatch,
    Outcome,
    Replayed,
    Store,
    VersionConflict,
)
from runtime.metrics import APPENDED_EVENTS, APPENDS
from runtime.settings import Settings

# A caller waits no longer than this for an outcome, however the store is away; nor in the queue, so
# that under overload it holds no more than the store can do while callers have patience.
OUTCOME_SECONDS_MAX = 8.0
RESEND_SECONDS_MIN = 0.05
RESEND_SECONDS_MAX = 1.0
# Somebody may hold the head's lock and hang: then the flush gives up and is sent again.
TIMEOUTS = {"lock_timeout": "3s", "statement_timeout": "5s"}

# A month's or a year's interest caught up is hundreds of events: fewer commands then go together,
# so that a flush stays well within its timeout. One command alone may bring any number.
BATCH_EVENTS_MAX = 5_000

# Answers are kept for repeats as long as the API promises; some are forgotten every hour.
ANSWER_DAYS = 30
FORGET_SECONDS = 3600.0
FORGET_ROWS_MAX = 10_000
_FORGET = (
    "DELETE FROM ledger.command_log WHERE command_id IN (SELECT command_id FROM ledger.command_log"
    " WHERE recorded_at < now() - make_interval(days => %s) LIMIT %s)"
)

log = structlog.get_logger(__name__)


class QueueFull(Exception):
    """More commands wait than the store can take; nothing was stored."""


class OutcomeUnknown(Exception):
    """The store went away: the command may or may not have been carried out. Ask again."""


class FlushFailed(Exception):
    """The flush that a command was in failed as nobody expected; its cause says how."""


class _Waiting:
    __slots__ = ("done", "prepared", "since")

    def __init__(self, prepared: Prepared) -> None:
        loop = asyncio.get_running_loop()
        self.prepared = prepared
        self.since = loop.time()
        self.done: asyncio.Future[Outcome] = loop.create_future()


class Appender:
    """Appends for one process, on a connection of its own; an async context manager."""

    def __init__(self, settings: Settings, database: AsyncConnectionPool) -> None:
        self._settings = settings
        self._database = database
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._connection: AsyncConnection[Any] | None = None
        self._store: Store | None = None
        self._partition_count = 0
        self._on_another_store: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def on_another_store(self, forget: Callable[[], None]) -> None:
        """Call this when the store turns out to be another one than before, as after a restore."""
        self._on_another_store.append(forget)

    async def __aenter__(self) -> Self:
        await self._database.open()
        self._connection = await postgres.connect_at_start(self._settings, "command", **TIMEOUTS)
        self._store = await _store_behind(self._connection)
        self._partition_count = self._store.partition_count
        self._tasks = [
            asyncio.create_task(self._flush_forever()),
            asyncio.create_task(self._forget_forever()),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._turn_away("the process is stopping")
        await self._disconnect()

    async def append(self, request: Append) -> Outcome:
        """Append what a command decided, durably.

        Raises:
            QueueFull: too much is waiting; nothing was stored.
            OutcomeUnknown: the store went away and did not come back in time.
            ValueError, TypeError: the events cannot be stored as they are.
        """
        if len(self._queue) >= self._settings.append_queue_max:
            raise QueueFull(f"{len(self._queue)} commands wait")
        waiting = _Waiting(prepare(request, self._partition_count))
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

    async def forget(self) -> int:
        """Drop answers older than `ANSWER_DAYS`, a bounded number at a time; returns how many."""
        forgotten = 0
        async with self._database.connection() as connection:
            while True:
                cursor = await connection.execute(_FORGET, (ANSWER_DAYS, FORGET_ROWS_MAX))
                forgotten += cursor.rowcount
                if cursor.rowcount < FORGET_ROWS_MAX:
                    return forgotten

    async def _forget_forever(self) -> None:
        while True:
            await asyncio.sleep(FORGET_SECONDS)
            try:
                await self.forget()
            except (psycopg.Error, PoolTimeout):
                log.warning("forgetting_answers_failed", exc_info=True)

    async def _flush_forever(self) -> None:
        while True:
            await self._arrived.wait()
            taken = self._take()
            if not taken:
                self._arrived.clear()
                continue
            try:
                await self._flush(taken)
            except asyncio.CancelledError:
                for waiting in taken:
                    _fail(waiting, OutcomeUnknown("the process is stopping"))
                raise
            except OutcomeUnknown as error:
                log.error("append_unknown", commands=len(taken), waiting=len(self._queue))
                for waiting in taken:
                    _fail(waiting, OutcomeUnknown(*error.args), error)
                self._turn_away("the store does not answer")
            except Exception as error:
                log.exception("append_failed", commands=len(taken))
                if len(taken) == 1:
                    _fail(taken[0], error)
                for waiting in taken:
                    _fail(waiting, FlushFailed("the store could not be written to"), error)

    def _take(self) -> list[_Waiting]:
        """The next batch; who collides with one of it waits for the one after.

        Two collide when they are the same command, or one appends to a stream that the other
        appends to or has read. What both have only read is no collision: every financial command
        reads the accounting calendar.
        """
        taken: list[_Waiting] = []
        passed: list[_Waiting] = []
        events = 0
        read: set[UUID] = set()
        written: set[UUID] = set()
        commands: set[UUID] = set()
        late = asyncio.get_running_loop().time() - OUTCOME_SECONDS_MAX
        while self._queue and len(taken) < self._settings.append_batch_max:
            waiting = self._queue.popleft()
            if waiting.done.cancelled():
                continue
            if waiting.since < late:
                _fail(waiting, QueueFull("the store is slower than the commands come"))
                continue
            prepared = waiting.prepared
            events += len(prepared.events)
            if taken and events > BATCH_EVENTS_MAX:
                passed.append(waiting)
                break
            writes = prepared.written
            reads = frozenset(prepared.expected)
            collides = (
                prepared.command_id in commands
                or not written.isdisjoint(reads)
                or not read.isdisjoint(writes)
            )
            # A later one must not overtake an earlier one of the same stream.
            (passed if collides else taken).append(waiting)
            read |= reads
            written |= writes
            commands.add(prepared.command_id)
        self._queue.extendleft(reversed(passed))
        return taken

    async def _flush(self, taken: list[_Waiting]) -> None:
        try:
            found = await self._send([waiting.prepared for waiting in taken])
        except psycopg.Error:
            if len(taken) == 1:
                raise
            # One of them is at fault; alone, each finds out for itself.
            for waiting in taken:
                await self._flush_alone(waiting)
            return
        _count(found.values())
        for number, waiting in enumerate(taken):
            if not waiting.done.done():
                waiting.done.set_result(found[number])

    async def _flush_alone(self, waiting: _Waiting) -> None:
        try:
            await self._flush([waiting])
        except psycopg.Error as error:
            log.exception("append_refused", command_id=str(waiting.prepared.command_id))
            _fail(waiting, error)

    async def _send(self, batch: list[Prepared]) -> dict[int, Outcome]:
        """Send the batch until the store answers.

        Raises:
            OutcomeUnknown: it did not, for longer than a caller should wait.
            psycopg.Error: it answered that something in the batch is wrong; nothing was stored.
        """
        columns = parameters(batch)
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + OUTCOME_SECONDS_MAX
        pause_seconds = RESEND_SECONDS_MIN
        while True:
            try:
                connection = await self._connected()
                cursor = connection.cursor(binary=True)
                await cursor.execute(APPEND, columns, prepare=True)
                return outcomes(await cursor.fetchall())
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                await self._disconnect()
                if clock() + pause_seconds > give_up_at:
                    raise OutcomeUnknown("the store does not answer") from error
                log.warning("append_resent", error=str(error), pause_seconds=pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, RESEND_SECONDS_MAX)

    def _turn_away(self, why: str) -> None:
        """Fail everybody who has not been sent: their outcome is known, nothing was stored."""
        while self._queue:
            _fail(self._queue.popleft(), QueueFull(why))

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await postgres.connect(self._settings, "command", **TIMEOUTS)
            store = await _store_behind(self._connection)
            if store != self._store:
                self._begin_anew(store)
                raise OutcomeUnknown("the store was restored")
        return self._connection

    def _begin_anew(self, store: Store) -> None:
        log.warning("store_was_restored", epoch=str(store.epoch))
        self._store, self._partition_count = store, store.partition_count
        for forget in self._on_another_store:
            forget()
        self._turn_away("the store was restored")

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


_COUNTERS: dict[type[Outcome], Any] = {
    Appended: APPENDS.labels("appended"),
    Replayed: APPENDS.labels("replayed"),
    KeyMismatch: APPENDS.labels("mismatch"),
    VersionConflict: APPENDS.labels("conflict"),
}


def _count(outcomes: Collection[Outcome]) -> None:
    """Measure a flush: once for all of its commands, as a counter takes longer than counting."""
    for kind, commands in Counter(map(type, outcomes)).items():
        _COUNTERS[kind].inc(commands)
    APPENDED_EVENTS.inc(sum(one.events for one in outcomes if isinstance(one, Appended)))


async def _store_behind(connection: AsyncConnection[Any]) -> Store:
    """The identity of the store that a connection leads to."""
    cursor = await connection.execute("SELECT epoch, partition_count FROM ledger.store")
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the store has no identity: ledger.store is empty")
    return Store(*row)


def _fail(waiting: _Waiting, error: Exception, cause: Exception | None = None) -> None:
    """Give a waiting command its error.

    Args:
        waiting: the command.
        error: of its own: to each who awaits it an error is raised, which writes its traceback and
            context into it, and tasks that share one would write into one another's.
        cause: what failed for all of them.
    """
    if not waiting.done.done():
        if cause is not None:
            error.__cause__ = cause
        waiting.done.set_exception(error)
