"""Locks by key, made when first wanted and gone when nobody wants them."""

import asyncio
from collections.abc import Hashable
from types import TracebackType


class Crowded(Exception):
    """Too many want the same lock: it was not had in time, and nothing was done."""


class KeyedLocks:
    """One lock a key, within one event loop; who asked first has it first."""

    def __init__(self, wait_seconds_max: float | None = None) -> None:
        """Let nobody wait longer than that, if it is given."""
        self._wait_seconds_max = wait_seconds_max
        self._locks: dict[Hashable, _Lock] = {}

    def holding(self, key: Hashable) -> "_Lock":
        """The lock of a key, to be held with ``async with``."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = _Lock(self._locks, key, self._wait_seconds_max)
        return lock

    def __len__(self) -> int:
        return len(self._locks)


class _Lock:
    """A lock that knows how many want it, and leaves its table with the last of them."""

    __slots__ = ("_key", "_lock", "_table", "_wait_seconds_max", "_wanted")

    def __init__(
        self, table: "dict[Hashable, _Lock]", key: Hashable, wait_seconds_max: float | None
    ) -> None:
        self._table = table
        self._key = key
        self._wait_seconds_max = wait_seconds_max
        self._lock = asyncio.Lock()
        self._wanted = 0

    async def __aenter__(self) -> None:
        self._wanted += 1
        try:
            if self._lock.locked() and self._wait_seconds_max is not None:
                await self._acquire_in_time(self._wait_seconds_max)
            else:
                await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def _acquire_in_time(self, seconds_max: float) -> None:
        try:
            async with asyncio.timeout(seconds_max):
                await self._lock.acquire()
        except TimeoutError:
            raise Crowded(f"{self._wanted} want the same") from None

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._wanted -= 1
        if self._wanted == 0:
            del self._table[self._key]
