"""The whole system as its operators run it: real processes of ``deploy.cli``, each to be struck.

What dies is started again at once, as a supervisor would; the broker alone stays away for as long
as the nemesis wants. PostgreSQL is the embedded one on every backend, because only that can be
killed with all its processes.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import psutil
import psycopg

from deploy.preparing import prepare
from domain.kernel.actors import Role
from local.embedded import Child, DataFolder, Postgres, ServerFailedError, free_port
from runtime.ids import new_id
from runtime.passwords import hash_password
from runtime.postgres import pool
from runtime.settings import Settings
from runtime.users import Users
from tests import servers
from tests.environment import bare, bared
from tests.faults.clients import PASSWORD
from tests.faults.lives import USERS
from tests.servers import BrokerServer

CHECK_SECONDS = 0.05
READY_SECONDS_MAX = 180.0
STOP_SECONDS_MAX = 8.0
COMMAND_SECONDS_MAX = 300.0
QUESTION_SECONDS_MAX = 180.0
REQUESTS_PER_HOUR = "100000000"


@dataclass(slots=True)
class Member:
    """A process of the system, or PostgreSQL.

    Attributes:
        kind: what of: ``api``, ``query``, ``relay``, ``projector`` or ``postgres``.
        port: on which it listens, if it serves HTTP.
        started: how often.
    """

    name: str
    kind: str
    server: Child | Postgres
    port: int = 0
    started: int = 1
    starting: bool = False
    # The kernel takes the end of the thread that started a child for its parent's death.
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as we know."""
        return not self.starting and self.server.alive

    def processes(self) -> list[psutil.Process]:
        """Its process, and those that it made."""
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.server.pid)
            return [first, *first.children(recursive=True)]
        return []

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it and all that it made."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def ports(self) -> list[int]:
        """The local ends of its connections."""
        with suppress(psutil.Error):
            connections = psutil.Process(self.server.pid).net_connections(kind="tcp")
            return [each.laddr.port for each in connections]
        return []


class System:
    """Servers and processes that run; see `running_system`."""

    def __init__(self, folder: DataFolder, broker: BrokerServer, postgres: Postgres) -> None:
        self.folder = folder
        self.broker = broker
        self.topic = f"drawbridge.events.{uuid4().hex[:12]}"
        self.database_url = postgres.url()
        self.postgres = Member("postgres", "postgres", postgres)
        self.members: list[Member] = [self.postgres]
        self.broker_thread = ThreadPoolExecutor(1)
        self.environment = self._environment()

    def _environment(self) -> dict[str, str]:
        return bare() | {
            "DRAWBRIDGE_DATABASE_URL": self.database_url,
            "DRAWBRIDGE_KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "DRAWBRIDGE_KAFKA_IDEMPOTENCE": str(self.broker.idempotence),
            "DRAWBRIDGE_KAFKA_TOPIC": self.topic,
            "DRAWBRIDGE_ANONYMOUS_REQUESTS_PER_HOUR": REQUESTS_PER_HOUR,
            "DRAWBRIDGE_AUTHENTICATED_REQUESTS_PER_HOUR": REQUESTS_PER_HOUR,
        }

    def of(self, kind: str) -> list[Member]:
        """The members of a kind."""
        return [member for member in self.members if member.kind == kind]

    def urls(self, kind: str) -> list[str]:
        """Where the members of a kind serve HTTP."""
        return [f"http://127.0.0.1:{member.port}" for member in self.of(kind)]

    def command(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end, with some settings changed."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=self.environment | settings,
            timeout=COMMAND_SECONDS_MAX,
        )

    async def add(self, kind: str, number: int, *arguments: str) -> Member:
        """Start a process of the command line and keep it running."""
        port = free_port() if kind in ("api", "query") else 0
        name = f"{kind}-{number}"
        place = ("--port", str(port)) if port else ()
        program = [sys.executable, "-m", "deploy.cli", *arguments, *place]
        return await self.keep(name, kind, program, port)

    async def keep(self, name: str, kind: str, program: Sequence[str], port: int = 0) -> Member:
        """Start a program and keep it running."""
        log = self.folder.logs / f"{name}.log"
        child = Child(name, program, log=log, env=self.environment, stop_seconds=STOP_SECONDS_MAX)
        member = Member(name, kind, child, port)
        await _in(member.thread, child.start)
        self.members.append(member)
        return member

    async def supervise(self) -> None:
        """Start again whatever died, for ever."""
        while True:
            for member in self.members:
                if not member.alive and not member.starting:
                    member.starting = True
                    asyncio.ensure_future(self._start_again(member))  # noqa: RUF006  # it marks its own end
            await asyncio.sleep(CHECK_SECONDS)

    async def _start_again(self, member: Member) -> None:
        try:
            await _in(member.thread, member.server.start)
            member.started += 1
        except ServerFailedError as error:
            print(error, file=sys.stderr)
        finally:
            member.starting = False

    async def at_broker(self, act: Callable[[], None]) -> None:
        """Start or stop the broker, by the one thread whose life its own hangs on."""
        await _in(self.broker_thread, act)

    async def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database, again and again while it is away."""
        until = monotonic() + QUESTION_SECONDS_MAX
        while True:
            try:
                return await asyncio.to_thread(self._ask, question, values)
            except psycopg.Error:
                if monotonic() > until:
                    raise
                await asyncio.sleep(0.1)

    def _ask(self, question: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(question.encode(), values).fetchall()

    async def ready(self, members: Sequence[Member] | None = None) -> None:
        """Wait until those who serve HTTP answer."""
        async with httpx.AsyncClient(timeout=1.0) as client, asyncio.timeout(READY_SECONDS_MAX):
            for member in members or self.members:
                while member.port and not await answers(client, member):
                    await asyncio.sleep(CHECK_SECONDS)

    async def stop(self, *kinds: str) -> None:
        """End the processes of some kinds in order, and start them no more."""
        leaving = [member for member in self.members if member.kind in kinds]
        self.members = [member for member in self.members if member not in leaving]
        for member in leaving:
            while member.starting:
                await asyncio.sleep(CHECK_SECONDS)
            member.send(signal.SIGCONT)
            member.send(signal.SIGTERM)
        for member in leaving:
            if isinstance(member.server, Child):
                await _in(member.thread, member.server.stop)
            member.thread.shutdown()


async def answers(client: httpx.AsyncClient, member: Member) -> bool:
    """Whether a member that serves HTTP does so now."""
    if not member.alive:
        return False
    try:
        answer = await client.get(f"http://127.0.0.1:{member.port}/health/live")
    except httpx.HTTPError:
        return False
    return answer.is_success


@asynccontextmanager
async def running_system(
    folder: DataFolder, *, apis: int = 2, relays: int = 2, projectors: int = 2
) -> AsyncIterator[System]:
    """A migrated system with its users, all of it running.

    Args:
        folder: an entered data folder.
        apis: command APIs; beside them runs one query API.
        relays: of which one works at a time.
        projectors: that share the partitions.
    """
    broker = servers.a_broker(servers.chosen(), folder, name="broker")
    postgres = Postgres(folder)
    async with AsyncExitStack() as stack:
        system = await _servers(stack, folder, broker, postgres)
        await asyncio.to_thread(_prepare, system)
        supervising = asyncio.create_task(system.supervise())
        try:
            for kind, count, arguments in (
                ("api", apis, ("serve", "command")),
                ("query", 1, ("serve", "query")),
                ("relay", relays, ("relay",)),
                ("projector", projectors, ("project",)),
            ):
                for number in range(1, count + 1):
                    await system.add(kind, number, *arguments)
            await system.ready()
            yield system
        finally:
            supervising.cancel()
            await system.stop("api", "query", "relay", "projector", "tail")


async def _servers(
    stack: AsyncExitStack, folder: DataFolder, broker: BrokerServer, postgres: Postgres
) -> System:
    """Both servers, each started by a thread that lives as long as they do."""
    threads = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    for server, thread in zip((postgres, broker), threads, strict=True):
        stack.callback(thread.shutdown)
        stack.callback(server.stop)
        await _in(thread, server.start)
    system = System(folder, broker, postgres)
    system.postgres.thread, system.broker_thread = threads
    return system


def _prepare(system: System) -> None:
    """Migrate, and make those who sign in; here, for each would be a process to start."""
    with bared():
        prepare(system.database_url)
        asyncio.run(_make_users(Settings(database_url=system.database_url)))


async def _make_users(settings: Settings) -> None:
    hashed = await hash_password(PASSWORD)
    async with pool(settings, "command") as database:
        users = Users(database)
        for email, role in USERS.items():
            await users.create(new_id(), email, role.title(), Role(role), hashed)


async def user_id(system: System, email: str) -> str:
    """The id of a user."""
    ((identity,),) = await system.ask("SELECT id::text FROM auth.users WHERE email = %s", email)
    return str(identity)


async def _in(thread: ThreadPoolExecutor, act: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(thread, act)
