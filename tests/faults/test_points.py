"""R1: killed at each named point, and what was unknown is repeated with its key.

Inside a process, the process takes its own life there (`tests.faults.dying`). Inside the database, a
trigger or a lock makes the append wait at the point; then the process that sent it is killed, or its
session is cut, and the append goes on or is undone without anybody to tell.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGKILL
from typing import Any, Final

import psycopg
import pytest
from psycopg import AsyncConnection

from tests.faults.checker import check
from tests.faults.dying import deaths
from tests.faults.points import POINTS
from tests.faults.run import Run, running
from tests.faults.system import Member

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.only_on("embedded", "kafka")]

DEATHS_EACH = 1
STRIKE_SECONDS_MAX = 180.0
LOOK_SECONDS = 0.02
WORDS: Final = {"api": ("serve", "command"), "relay": ("relay",), "projector": ("project",)}

# Whoever comes by waits while the test holds the lock of that number.
_WAIT_HERE: Final = """
CREATE FUNCTION ledger.wait_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint);
    RETURN NULL;
END
$$;
CREATE TRIGGER wait_insert BEFORE INSERT ON ledger.events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.wait_here(7001);
CREATE TRIGGER wait_claim BEFORE INSERT ON ledger.command_log
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.wait_here(7002);
CREATE CONSTRAINT TRIGGER wait_commit AFTER INSERT ON ledger.command_log
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.wait_here(7003);
"""
HOLDS: Final = {
    "lock": "SELECT position FROM ledger.head FOR UPDATE",
    "insert": "SELECT pg_advisory_xact_lock(7001)",
    "key claim": "SELECT pg_advisory_xact_lock(7002)",
    "commit": "SELECT pg_advisory_xact_lock(7003)",
}
_WAITING: Final = (
    "SELECT pid, client_port FROM pg_stat_activity WHERE application_name = 'drawbridge-command'"
    " AND %s = ANY (pg_blocking_pids(pid)) LIMIT 1"
)

Strike = Callable[[Run, int, int], Coroutine[Any, Any, None]]


async def kill_sender(run: Run, _pid: int, port: int) -> None:
    """kill -9 the process at the other end of a session."""
    for member in run.system.of("api"):
        if port in await asyncio.to_thread(member.ports):
            member.send(SIGKILL)
            return
    raise AssertionError("nobody is at the other end")


async def cut_session(run: Run, pid: int, _port: int) -> None:
    """End a session, as the server does when it is told to."""
    await run.system.ask("SELECT pg_terminate_backend(%s)", pid)


async def strike_inside(run: Run, hold: str, strike: Strike) -> None:
    """Make an append wait at a point in the database, strike, and let it go on."""
    async with await AsyncConnection.connect(run.system.database_url) as holder:
        await holder.execute(hold.encode())
        async with asyncio.timeout(STRIKE_SECONDS_MAX):
            while not (waiting := await run.system.ask(_WAITING, holder.info.backend_pid)):
                await asyncio.sleep(LOOK_SECONDS)
        await strike(run, *waiting[0])
        await holder.rollback()


@asynccontextmanager
async def mortal(
    run: Run, name: str, path: Path, words: Sequence[str], port: int
) -> AsyncIterator[Member]:
    """A process that dies at a point, and is started again as often as it does."""
    kind = POINTS[name].kind
    program = [sys.executable, "-m", "tests.faults.dying", name, str(path), str(DEATHS_EACH)]
    victim = await run.system.keep(f"{kind}-{name}", f"mortal {kind}", [*program, *words], port)
    try:
        yield victim
    finally:
        await run.system.stop(f"mortal {kind}")


async def die_at_all(run: Run, kind: str) -> None:
    """One after the other, processes of a kind that die at each of its points."""
    port = run.system.of(kind)[0].port
    words = (*WORDS[kind], *(("--port", str(port)) if port else ()))
    await run.system.stop(kind)
    for name, point in POINTS.items():
        if point.kind != kind:
            continue
        path = run.folder / f"deaths {name}"
        async with mortal(run, name, path, words, port) as victim:
            await run.system.ready([victim])
            async with asyncio.timeout(STRIKE_SECONDS_MAX):
                while deaths(path) < DEATHS_EACH:
                    await asyncio.sleep(LOOK_SECONDS)
    program = [sys.executable, "-m", "deploy.cli", *words]
    await run.system.ready([await run.system.keep(f"{kind}-9", kind, program, port)])


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path, seed=1, think_seconds=0.05) as run:
        with psycopg.connect(run.system.database_url) as owner:
            owner.execute(_WAIT_HERE)
        yield run


async def test_whoever_dies_at_whichever_point_loses_and_doubles_nothing(run: Run) -> None:
    async def faults() -> None:
        for hold in HOLDS.values():
            for strike in (kill_sender, cut_session):
                await strike_inside(run, hold, strike)
        await asyncio.gather(*(die_at_all(run, kind) for kind in WORDS))

    await run.strike(1.0, faults)
    artefacts = await run.rest(2.0)
    assert {name: deaths(run.folder / f"deaths {name}") for name in POINTS} == dict.fromkeys(
        POINTS, DEATHS_EACH
    )
    assert check(artefacts) == {}
    assert (run.astray, run.verified) == ([], "")
    assert len(artefacts.operations) > 100
