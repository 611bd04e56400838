"""Strikes the system: kills, pauses and a broker that forgets, in an order that a seed decides."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from signal import SIGCONT, SIGKILL, SIGSTOP
from time import monotonic

from tests.faults.broker_faults import BrokerFaults
from tests.faults.clients import Front
from tests.faults.evidence import UnderWay, frozen_at_work, leads
from tests.faults.history import History
from tests.faults.system import Member, System, answers

VICTIMS = ("api", "relay", "projector", "postgres")
PAUSED = ("api", "relay", "projector")
PAUSE_SECONDS = (0.5, 8.0)
"""Longer than a session of the consumer group, sometimes: then a zombie wakes up."""
UP_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.05
SETTLE_SECONDS = (0.05, 0.4)


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill -9, and what it interrupted."""

    kind: str
    name: str
    interrupted: UnderWay


class Nemesis:
    """Kills and pauses processes.

    Attributes:
        kills: all kills so far; ``pauses`` how many pauses, by kind.
    """

    def __init__(self, system: System, front: Front, history: History, seed: int) -> None:
        self.kills: list[Kill] = []
        self.pauses: Counter[str] = Counter()
        choose_broker = random.Random(f"broker {seed}")
        self.broker = BrokerFaults(system, history, choose_broker)
        self._system = system
        self._front = front
        self._history = history
        self._choose = random.Random(f"processes {seed}")

    async def kill_all_kinds(self, kills: int) -> None:
        """So many kills, all kinds as often, in a random order."""
        kinds = [VICTIMS[number % len(VICTIMS)] for number in range(kills)]
        self._choose.shuffle(kinds)
        for kind in kinds:
            await self.kill(kind)
            await asyncio.sleep(self._choose.uniform(*SETTLE_SECONDS))

    async def rage(self, until: float) -> None:
        """Kill and pause at random until a time of the monotonic clock."""
        while monotonic() < until:
            if self._choose.random() < 0.75:
                await self.kill(self._choose.choice(VICTIMS))
            else:
                await self.pause(self._choose.choice(PAUSED))
            await asyncio.sleep(self._choose.uniform(0.1, 2.0))

    async def kill(self, kind: str) -> None:
        """kill -9 a process of a kind, at work if one can be found so."""
        until = monotonic() + UP_SECONDS_MAX
        while True:
            member = await self._at_work(kind)
            interrupted = await frozen_at_work(self._system, self._front, member)
            if interrupted.count or monotonic() > until:
                break
        self._history.fault(f"kill {member.name}", interrupted=interrupted.count)
        member.send(SIGKILL)
        self.kills.append(Kill(kind, member.name, interrupted))

    async def pause(self, kind: str) -> None:
        """Freeze a process for a while, and let it go on."""
        member = await self._at_work(kind)
        seconds = self._choose.uniform(*PAUSE_SECONDS)
        self._history.fault(f"pause {member.name}", seconds=seconds)
        member.send(SIGSTOP)
        await asyncio.sleep(seconds)
        member.send(SIGCONT)
        self.pauses[kind] += 1

    async def _at_work(self, kind: str) -> Member:
        """A member that is up; of the relays, the one that leads."""
        members = self._system.of(kind)
        self._choose.shuffle(members)
        until = monotonic() + UP_SECONDS_MAX
        while monotonic() < until:
            for member in members:
                if await self._is_at_work(member):
                    return member
            await asyncio.sleep(LOOK_SECONDS)
        return members[0]

    async def _is_at_work(self, member: Member) -> bool:
        if not member.alive or not self._system.postgres.alive:
            return False
        match member.kind:
            case "api":
                return await answers(self._front.apis[0].client, member)
            case "relay":
                return await leads(self._system, member)
            case "projector":
                return len(await asyncio.to_thread(member.ports)) > 0
            case _:
                return True


def struck_at_work(kills: Sequence[Kill]) -> float:
    """The share of kills that interrupted something."""
    return sum(kill.interrupted.count > 0 for kill in kills) / max(1, len(kills))
