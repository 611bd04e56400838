"""Loans that another process commands at the same time, and how both get on.

A process that has just appended to a loan knows its state, while one that lost the race for it has
to read first: left alone, the first wins again and again, and the other starves. So whoever has
lost a race for a loan of late lets others go first before it begins the next command on it; one
that is in the midst of a command does not.
"""

import asyncio
from collections import OrderedDict
from random import random
from uuid import UUID

REMEMBERED_SECONDS = 2.0
REMEMBERED_MAX = 1024
PAUSE_SECONDS_MAX = 0.06


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
