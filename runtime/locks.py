"""Locks by key, made when first wanted and gone when nobody wants them."""

import asyncio
from collections.abc import Hashable
from types import TracebackType


class KeyedLocks:
    """One lock a key, within one event loop."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, _Lock] = {}

    def holding(self, key: Hashable) -> "_Lock":
        """The lock of a key, to be held with ``async with``."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = _Lock(self._locks, key)
        return lock

    def __len__(self) -> int:
        return len(self._locks)


class _Lock:
    """A lock that knows how many want it, and leaves its table with the last of them."""

    __slots__ = ("_key", "_lock", "_table", "_wanted")

    def __init__(self, table: "dict[Hashable, _Lock]", key: Hashable) -> None:
        self._table = table
        self._key = key
        self._lock = asyncio.Lock()
        self._wanted = 0

    async def __aenter__(self) -> None:
        self._wanted += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

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
