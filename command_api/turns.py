"""Turns on a loan: one command at a time in a process, and how two processes both get on.

Commands on one loan and its draws queue, so within a process none loses a race. A process that has
just appended to a loan knows its state, while one that lost the race for it has to read first: left
alone, the first wins again and again, and the other starves. So whoever has lost a race for a loan
of late lets others go first before it begins the next command on it; one that is in the midst of a
command does not.
"""

import asyncio
from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from random import random
from time import monotonic
from uuid import UUID

from runtime.locks import KeyedLocks

TURN_SECONDS_MAX = 8.0
"""A command that does not have its turn on its loan by then is turned away, whether those of this
process are before it or those of another always faster."""
REMEMBERED_SECONDS = 2.0
REMEMBERED_MAX = 1024
PAUSE_SECONDS_MAX = 0.06


class Turns:
    """Gives commands their turns on what they queue for."""

    def __init__(self, seconds_max: float | None = None) -> None:
        """Let nobody wait longer than that for a turn, nor lose races for longer in one."""
        self._seconds_max = TURN_SECONDS_MAX if seconds_max is None else seconds_max
        self._locks = KeyedLocks(self._seconds_max)
        self._races = Races()

    def holding(self, key: UUID) -> AbstractAsyncContextManager[None]:
        """The turn on a loan, to be held with ``async with``.

        Raises:
            Crowded: on entering, when too many were before.
        """
        return self._locks.holding(key)

    async def begin(self, key: UUID) -> float:
        """Let others go first where a race was lost; when to give up, by the monotonic clock."""
        if self._races:
            await self._races.give_way(key)
        return monotonic() + self._seconds_max

    def lost(self, key: UUID) -> None:
        """Remember that another process was faster."""
        self._races.lost(key)


class Races:
    """Which loans a race was lost for, and until when that matters."""

    def __init__(self) -> None:
        self._until: OrderedDict[UUID, float] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._until)

    def lost(self, loan_id: UUID) -> None:
        """Remember that another process was faster."""
        self._until.pop(loan_id, None)
        self._until[loan_id] = asyncio.get_running_loop().time() + REMEMBERED_SECONDS
        if len(self._until) > REMEMBERED_MAX:
            self._until.popitem(last=False)

    async def give_way(self, loan_id: UUID) -> None:
        """Wait for a moment of random length, if a race was lost lately."""
        until = self._until.get(loan_id)
        if until is None:
            return
        if until < asyncio.get_running_loop().time():
            del self._until[loan_id]
            return
        await asyncio.sleep(random() * PAUSE_SECONDS_MAX)  # noqa: S311  # no secret: only to differ
