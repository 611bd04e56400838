"""Loan numbers: consecutive but for gaps, and without a round trip a loan.

The sequence moves by fifty; each process hands out its fifty before it asks again. A number that
was handed out to a refused origination is not used again.
"""

import asyncio

from psycopg_pool import AsyncConnectionPool

BLOCK = 50


class LoanNumbers:
    """Hands out the numbers of loans."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._next = 0
        self._end = 0
        self._lock = asyncio.Lock()

    def begin_anew(self) -> None:
        """Hand out no more of these fifty: the store was restored, and gives them out again."""
        self._next = self._end = 0

    async def take(self) -> str:
        """The next number, such as ``L-000051``."""
        if self._next == self._end:
            async with self._lock:
                if self._next == self._end:
                    await self._take_block()
        number = self._next
        self._next += 1
        return f"L-{number:06d}"

    async def _take_block(self) -> None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute("SELECT nextval('ledger.loan_number')")
            row = await cursor.fetchone()
        if row is None:
            raise LookupError("the sequence of loan numbers gave nothing")
        self._next = int(row[0])
        self._end = self._next + BLOCK
