"""A process of the gap hunt: some writers over one appender, appending without pause but at random.

Run as ``python -m tests.faults.gap_writer <writers> <events> <seed>`` on the database of
``DRAWBRIDGE_DATABASE_URL``. What was acknowledged goes to standard output: first and last position
and stream of each command.
"""

import asyncio
import random
import sys
from datetime import date
from hashlib import sha256
from uuid import UUID

import orjson

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

Acknowledged = tuple[int | None, int | None, str]


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


async def write(appender: Appender, events: int, choose: random.Random) -> list[Acknowledged]:
    """Append ``events`` events to streams of its own, one command after the other."""
    acknowledged: list[Acknowledged] = []
    stream_id, version = new_id(), 0
    while events > 0:
        some = min(events, choose.randint(1, EVENTS_A_COMMAND_MAX))
        outcome = await appender.append(command(stream_id, version, some))
        if not isinstance(outcome, Appended):
            raise AssertionError(f"a stream of our own gave {outcome}")
        acknowledged.append((outcome.first_position, outcome.last_position, str(stream_id)))
        events, version = events - some, version + some
        if choose.random() < 0.3:
            stream_id, version = new_id(), 0
        await asyncio.sleep(choose.random() * DELAY_SECONDS_MAX)
    return acknowledged


async def main(writers: int, events: int, seed: int) -> list[Acknowledged]:
    """Run the writers side by side on one appender."""
    settings = Settings()
    async with pool(settings, "command", max_size=1) as database, Appender(settings, database) as a:
        shares = [events // writers + (n < events % writers) for n in range(writers)]
        choices = [random.Random(seed * 1000 + n) for n in range(writers)]  # noqa: S311  # to be repeatable
        done = await asyncio.gather(*map(write, [a] * writers, shares, choices))
    return [each for acknowledged in done for each in acknowledged]


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(main(*numbers))))
