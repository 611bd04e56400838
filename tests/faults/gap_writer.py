"""A process of the gap hunt: some writers over one appender, appending without pause but at random.

Run as ``python -m tests.faults.gap_writer <writers> <events> <seed>`` on the database of
``DRAWBRIDGE_DATABASE_URL``. What is acknowledged goes to standard output at once, a line a command:
first position, last position, stream.
"""

import asyncio
import random
import sys
from datetime import date
from hashlib import sha256
from uuid import UUID

from domain.kernel.actors import SYSTEM
from domain.loans.events import LoanDeclined
from runtime.eventstore.appender import Appender
from runtime.eventstore.records import Append, Appended, Proposed
from runtime.ids import new_id
from runtime.postgres import pool
from runtime.settings import Settings

DAY = date(2025, 2, 10)
EVENTS_A_COMMAND_MAX = 6
DELAY_SECONDS_MAX = 0.002


def command(stream_id: UUID, version: int, events: int) -> Append:
    """Some events after a version of a stream."""
    command_id = new_id()
    return Append(
        command_id=command_id,
        payload_hash=sha256(command_id.bytes).digest(),
        actor=SYSTEM,
        correlation_id=command_id,
        causation_id=None,
        proposed=tuple(
            Proposed(LoanDeclined(stream_id, "gap hunt"), version + n, DAY)
            for n in range(1, events + 1)
        ),
        status=200,
        body=b"{}",
        version=version + events,
    )


async def write(appender: Appender, events: int, choose: random.Random) -> None:
    """Append ``events`` events to streams of its own, one command after the other."""
    stream_id, version = new_id(), 0
    while events > 0:
        some = min(events, choose.randint(1, EVENTS_A_COMMAND_MAX))
        outcome = await appender.append(command(stream_id, version, some))
        if not isinstance(outcome, Appended):
            raise AssertionError(f"a stream of our own gave {outcome}")
        print(outcome.first_position, outcome.last_position, stream_id, flush=True)
        events, version = events - some, version + some
        if choose.random() < 0.3:
            stream_id, version = new_id(), 0
        await asyncio.sleep(choose.random() * DELAY_SECONDS_MAX)


async def main(writers: int, events: int, seed: int) -> None:
    """Run the writers side by side on one appender."""
    settings = Settings()
    async with pool(settings, "command", max_size=1) as database, Appender(settings, database) as a:
        shares = [events // writers + (n < events % writers) for n in range(writers)]
        choices = [random.Random(seed * 1000 + n) for n in range(writers)]
        await asyncio.gather(*map(write, [a] * writers, shares, choices))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
