"""P1 and P2: durable commands over HTTP."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from bench.compare import Comparison, Round, interleave
from bench.library import library_appends
from bench.loans import active_loans
from bench.requests import desk, drafts, lives, reviews
from runtime.settings import Settings

CONNECTIONS = 32
LOANS = 256  # each is touched once while warming up, as the handler keeps what it touched
# A draw's steps lie so many requests apart, so that none overtakes the one before it.
LOANS_LIVED_ON = 2_048
SECONDS = 6.0
START_SECONDS_MAX = 30.0
# More than any server here answers in a round, so that no request is sent twice.
REQUESTS = 80_000


def measure(settings: Settings, library_url: str, rounds: int) -> list[Comparison]:
    """Both comparisons, each named by what its commands append.

    The headline is a draft of a draw, which appends two events where the library's limit appends
    one; beside it stand commands of one event, and a draw's whole life.
    """
    all_loans = asyncio.run(active_loans(settings, LOANS_LIVED_ON * rounds))
    loans = all_loans[:LOANS]
    # Each round of lives has loans of its own: on those of the last one, wires are under way.
    lived_on = iter([all_loans[at::rounds] for at in range(rounds)])
    signed_in = desk(settings)
    drafted = drafts(loans, signed_in, REQUESTS)
    http = Comparison("P1", "durable commands over HTTP", "a bare FastAPI POST", "/s", 0.55)
    library = Comparison("P2", "the same, two events each", LIBRARY, "/s", 4.0)
    steps = Comparison("P2 steps", "submit, review, return: one event each", LIBRARY, "/s", 4.0)
    lived = Comparison("P2 lives", "draws from draft to money, 1 to 6 events", LIBRARY, "/s", None)
    with _serving(["-m", "bench.bare"], settings) as bare, _serving(_COMMAND_API, settings) as ours:
        interleave(http, lambda: _load(ours, drafted), lambda: _load(bare, drafted), rounds)
        library.ours = http.ours
        library.limit = [library_appends(library_url) for _ in range(rounds)]

        def limit() -> float:
            return library_appends(library_url)

        # Draws of their own each round: where the last one left off is not known.
        interleave(steps, lambda: _load(ours, reviews(loans, signed_in, REQUESTS)), limit, rounds)
        interleave(
            lived, lambda: _load(ours, lives(next(lived_on), signed_in, REQUESTS)), limit, rounds
        )
    return [http, library, steps, lived]


LIBRARY = "one-event appends of the library's own recorder"
_COMMAND_API = ["-m", "deploy.cli", "serve", "command", "--port"]


def _load(port: int, requests: bytes) -> Round:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(CONNECTIONS), str(SECONDS)],
        input=requests,
        stdout=subprocess.PIPE,
        check=True,
    )
    result = json.loads(done.stdout)
    if result["failed"] or not result["per_second"]:
        raise RuntimeError(f"{result['failed']} requests failed: {result['first_failure']}")
    latencies = {name: value for name, value in result.items() if name.endswith("_ms")}
    return Round(float(result["per_second"]), latencies)


@contextmanager
def _serving(arguments: list[str], settings: Settings) -> Iterator[int]:
    """A server with one worker, for as long as it is needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = os.environ | {
        "DRAWBRIDGE_DATABASE_URL": settings.database_url,
        "DRAWBRIDGE_AUTHENTICATED_REQUESTS_PER_HOUR": "1000000000",
        "DRAWBRIDGE_LOG_LEVEL": "WARNING",
    }
    server = subprocess.Popen([sys.executable, *arguments, str(port)], env=environment)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    for _ in count():
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json").close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)
