"""Processes of the service for as long as a benchmark needs them, and what they cost."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil

from domain.kernel.actors import Role
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from runtime.users import demo_user_id

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 15.0
COMMAND_API = ("-m", "deploy.cli", "serve", "command", "--port")
QUERY_API = ("-m", "deploy.cli", "serve", "query", "--port")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers on a port of 127.0.0.1."""

    port: int
    pid: int

    @property
    def processor_seconds(self) -> float:
        """What it has used so far."""
        used = psutil.Process(self.pid).cpu_times()
        return float(used.user + used.system)


@contextmanager
def serving(arguments: Sequence[str], settings: Settings) -> Iterator[Served]:
    """A Python program that takes a port as its last argument, until the end of the block."""
    port = _free_port()
    environment = os.environ | {
        "DRAWBRIDGE_DATABASE_URL": settings.database_url,
        "DRAWBRIDGE_AUTHENTICATED_REQUESTS_PER_HOUR": "1000000000",
        "DRAWBRIDGE_LOG_LEVEL": "WARNING",
    }
    program = subprocess.Popen([sys.executable, *arguments, str(port)], env=environment)
    try:
        _wait_for(port, program)
        yield Served(port, program.pid)
    finally:
        program.terminate()
        try:
            program.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


@contextmanager
def serving_many(
    number: int, arguments: Sequence[str], settings: Settings
) -> Iterator[list[Served]]:
    """Several of the same, each on a port of its own."""
    with ExitStack() as started:
        yield [started.enter_context(serving(arguments, settings)) for _ in range(number)]


def bearer(settings: Settings, role: Role = Role.SERVICING) -> str:
    """A token of a demonstration user."""
    who = principal(demo_user_id(role.value), role, "Bench", f"{role.value}@demo.test")
    return Tokens(settings.token_keys, settings.access_token_lifetime).issue(who)


def server_processor_seconds(postmaster: int) -> float:
    """What the processes of a PostgreSQL server have used so far, those that ended left out."""
    parent = psutil.Process(postmaster)
    total = 0.0
    for process in (parent, *parent.children(recursive=True)):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int, program: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json").close()
        except OSError:
            if program.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
