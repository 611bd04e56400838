"""What can become of a broker: away, killed, frozen, wiped, its topic deleted, its records expired.

After each of them the highest position that it may have forgotten is written down: nothing beyond
the store's head of that moment can have been in the topic.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from time import monotonic

import psutil
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaError

from local.embedded import ServerFailedError
from tests import servers
from tests.faults.checker.artefacts import Topic
from tests.faults.checker.collect import keep, messages_of
from tests.faults.history import History
from tests.faults.system import System
from tests.servers import Backend

KINDS = ("away", "killed", "frozen", "wiped", "topic deleted", "expired")
QUIET_SECONDS = (2.0, 12.0)
FROZEN_SECONDS = (1.0, 8.0)
ADMIN_SECONDS_MAX = 20.0
MADE_SECONDS_MAX = 60.0
MADE_LOOK_SECONDS = 0.2
START_ATTEMPTS_MAX = 10
EXPIRED_SHARE = 0.7


_RELAYED = "SELECT coalesce(max(position), 0) FROM ledger.relay_checkpoint WHERE topic = %s"


class Unsupported(Exception):
    """This run's broker does not know how."""


class BrokerFaults:
    """Strikes the broker.

    Attributes:
        counts: how often each kind came to pass; ``unsupported`` what this broker cannot do.
        away_seconds: the longest that it stays away.
    """

    def __init__(
        self, system: System, history: History, choose: random.Random, away_seconds: float = 60.0
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.unsupported: dict[str, str] = {}
        self.away_seconds = away_seconds
        self._system = system
        self._history = history
        self._choose = choose
        self._lost_up_to = 0

    @property
    def forgets(self) -> bool:
        """Whether a broker that was stopped comes back empty (the embedded one does)."""
        return servers.chosen() is Backend.EMBEDDED

    async def rage(self, until: float) -> None:
        """One fault after the other, until a time of the monotonic clock."""
        while monotonic() < until:
            kind = self._choose.choice(KINDS)
            left = until - monotonic()
            await self.strike(kind, away_seconds=min(self.away_seconds, left))
            await asyncio.sleep(min(self._choose.uniform(*QUIET_SECONDS), max(0.0, left)))

    async def strike(self, kind: str, *, away_seconds: float) -> None:
        """Let one fault come to pass, if this broker knows it."""
        self._history.fault(f"broker {kind}")
        try:
            match kind:
                case "away":
                    await self._away(away_seconds)
                case "killed":
                    await self._killed()
                case "frozen":
                    await self._frozen()
                case "wiped":
                    await self._wiped()
                case "topic deleted":
                    await self._topic_deleted()
                case _:
                    await self._expired()
        except Unsupported as error:
            self.unsupported[kind] = str(error)
            self._history.fault(f"broker {kind} unsupported", why=str(error))
        else:
            self.counts[kind] += 1

    async def _away(self, seconds: float) -> None:
        if self.forgets:
            await self._look()
        await self._system.at_broker(self._system.broker.stop)
        if self.forgets:
            await self._forgotten("away")
        await asyncio.sleep(seconds)
        await self._start(self._system.broker.start)
        await self._made_anew("away")

    async def _killed(self) -> None:
        if self.forgets:
            await self._look()
        await self._system.at_broker(self._system.broker.kill)
        if self.forgets:
            await self._forgotten("killed")
        await self._start(self._system.broker.start)
        await self._made_anew("killed")

    async def _frozen(self) -> None:
        pid: int | None = getattr(self._system.broker, "pid", None)
        if pid is None:
            raise Unsupported("its process is not ours")
        process = psutil.Process(pid)
        process.suspend()
        await asyncio.sleep(self._choose.uniform(*FROZEN_SECONDS))
        process.resume()

    async def _wiped(self) -> None:
        await self._look()
        await self._system.at_broker(self._system.broker.kill)
        await self._forgotten("wiped")
        await self._start(self._system.broker.start_empty)
        await self._made_anew("wiped")

    async def _topic_deleted(self) -> None:
        await self._look()
        async with _Admin(self._system) as admin:
            answer = await admin.delete_topics([self._system.topic])
            codes = [code for _, code, *_ in answer.topic_error_codes]
        if any(codes):
            raise Unsupported(f"delete_topics was answered {codes}")
        await self._forgotten("topic deleted")
        await self._made_anew("topic deleted")

    async def _expired(self) -> None:
        """Delete the older part of each partition, as retention would."""
        await self._look()
        consumer = AIOKafkaConsumer(
            self._system.topic, bootstrap_servers=self._system.broker.bootstrap
        )
        try:
            async with asyncio.timeout(ADMIN_SECONDS_MAX), consumer, _Admin(self._system) as admin:
                ends = await consumer.end_offsets(consumer.assignment())
                cut = {
                    at: RecordsToDelete(int(end * EXPIRED_SHARE)) for at, end in ends.items() if end
                }
                if not cut:
                    raise Unsupported("there is nothing yet that could expire")
                await admin.delete_records(cut)
        except (KafkaError, TimeoutError, OSError, IndexError) as error:
            raise Unsupported(f"delete_records: {error!r}") from error
        await self._forgotten("expired")

    async def _start(self, start: Callable[[], None]) -> None:
        """Start it on its own port, which what is left of the one before may hold a moment more."""
        for attempt in range(1, START_ATTEMPTS_MAX + 1):
            try:
                await self._system.at_broker(start)
            except ServerFailedError:
                if attempt == START_ATTEMPTS_MAX:
                    raise
                await asyncio.sleep(1.0)
            else:
                return

    async def _look(self) -> None:
        """Keep what the topic holds, for the checker, before it is forgotten."""
        topic = self._system.topic
        ((owed,),) = await self._system.ask(_RELAYED, topic)
        try:
            async with asyncio.timeout(ADMIN_SECONDS_MAX):
                messages = await messages_of(self._system.broker.bootstrap, topic)
        except (KafkaError, TimeoutError, OSError) as error:
            self._history.fault("topic not looked at", why=repr(error))
            return
        found = Topic(messages, self._lost_up_to, int(owed))
        await asyncio.to_thread(keep, found, self._history.path.parent)

    async def _made_anew(self, why: str) -> None:
        """Wait for the relay to make the topic that the embedded broker has forgotten.

        That broker acknowledges what it is sent for a topic that is not there, and the relay has
        it forget that, too, when it makes one.
        """
        if not self.forgets:
            return
        until = monotonic() + MADE_SECONDS_MAX
        while monotonic() < until and not await self._is_made():
            await asyncio.sleep(MADE_LOOK_SECONDS)
        await self._forgotten(f"{why}, and made anew")

    async def _is_made(self) -> bool:
        try:
            async with asyncio.timeout(ADMIN_SECONDS_MAX), _Admin(self._system) as admin:
                described = await admin.describe_topics([self._system.topic])
        except (Unsupported, KafkaError, TimeoutError, OSError):
            return False
        return any(each["partitions"] for each in described)

    async def _forgotten(self, why: str) -> None:
        ((head,),) = await self._system.ask("SELECT position FROM ledger.head")
        self._lost_up_to = int(head)
        self._history.loss(self._lost_up_to, why)


class _Admin:
    def __init__(self, system: System) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=system.broker.bootstrap)

    async def __aenter__(self) -> AIOKafkaAdminClient:
        try:
            async with asyncio.timeout(ADMIN_SECONDS_MAX):
                await self._admin.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await self._admin.close()
            raise Unsupported(f"no admin: {error!r}") from error
        return self._admin

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()
