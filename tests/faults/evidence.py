"""What a process had under way at the moment it was struck.

A kill that interrupted nothing proves nothing. So a process is frozen first (SIGSTOP), looked at
while it can neither begin nor end anything, and only then killed. PostgreSQL cannot be asked while
it is frozen: it is asked the instant before.
"""

import asyncio
from dataclasses import dataclass
from signal import SIGCONT, SIGSTOP
from typing import Final

from tests.faults.clients import Front
from tests.faults.system import Member, System

LOOKS_MAX = 80
LOOK_AGAIN_SECONDS = 0.015
DRAIN_SECONDS = 0.01
"""Time for what a frozen process had already sent to arrive."""

# Committed, and not yet known to be in the topic.
_UNRELAYED: Final = (
    "SELECT h.position - coalesce(max(c.position), 0)"
    " FROM ledger.head h LEFT JOIN ledger.relay_checkpoint c ON c.topic = %s GROUP BY h.position"
)
# A transaction that has written: checkpoints moved and rows applied, and not committed.
_UNCOMMITTED: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE client_port = ANY(%s) AND backend_xid IS NOT NULL"
)
_WRITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
_LEADING: Final = (
    "SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted"
)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What was under way: so many requests, events or transactions."""

    what: str
    count: int


async def frozen_at_work(system: System, front: Front, member: Member) -> UnderWay:
    """Freeze a process while it has work under way, if it has any within a second or two."""
    found = UnderWay("nothing", 0)
    for _ in range(LOOKS_MAX):
        if member.kind == "postgres":
            found = await _of_postgres(system, front)
            if found.count:
                member.send(SIGSTOP)
                return found
        else:
            member.send(SIGSTOP)
            await asyncio.sleep(DRAIN_SECONDS)
            found = await under_way(system, front, member)
            if found.count:
                return found
            member.send(SIGCONT)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return found


async def under_way(system: System, front: Front, member: Member) -> UnderWay:
    """What a frozen process has under way."""
    match member.kind:
        case "api":
            number = system.of("api").index(member)
            return UnderWay("requests", len(front.apis[number].open))
        case "relay":
            if not await leads(system, member):
                return UnderWay("events", 0)
            ((events,),) = await system.ask(_UNRELAYED, system.topic)
            return UnderWay("events", int(events))
        case _:
            ports = await asyncio.to_thread(member.ports)
            ((transactions,),) = await system.ask(_UNCOMMITTED, ports)
            return UnderWay("transactions", int(transactions))


async def _of_postgres(system: System, front: Front) -> UnderWay:
    ((transactions,),) = await system.ask(_WRITING)
    return UnderWay("transactions", min(int(transactions), front.open_requests()))


async def leads(system: System, member: Member) -> bool:
    """Whether a relay is the one at work, which holds a lock."""
    ports = set(await asyncio.to_thread(member.ports))
    return any(port in ports for (port,) in await system.ask(_LEADING))
