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
from uuid import UUID

from bench.compare import Comparison, interleave
from bench.library import library_appends
from bench.loans import CODES, active_loans, line_id
from domain.kernel.actors import Role
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from runtime.users import demo_user_id

CONNECTIONS = 32
LOANS = 256  # each is touched once while warming up, as the handler keeps what it touched
SECONDS = 6.0
START_SECONDS_MAX = 30.0
# More than any server here answers in a round, so that no request is sent twice.
REQUESTS = 80_000


def measure(settings: Settings, library_url: str, rounds: int) -> list[Comparison]:
    """Both comparisons, from one series of measurements of ours."""
    loans = asyncio.run(active_loans(settings, LOANS))
    token = Tokens(settings.token_keys, settings.access_token_lifetime).issue(
        principal(demo_user_id("servicing"), Role.SERVICING, "Bench", "servicing@demo.test")
    )
    bodies = _requests(loans, token)
    http = Comparison("P1", "durable commands over HTTP", "a bare FastAPI POST", "/s", 0.5)
    with _serving(["-m", "bench.bare"], settings) as bare, _serving(_COMMAND_API, settings) as ours:
        interleave(http, lambda: _load(ours, bodies), lambda: _load(bare, bodies), rounds)
    library = Comparison("P2", "the same", "appends of the library's own recorder", "/s", 4.0)
    library.ours = http.ours
    library.limit = [library_appends(library_url) for _ in range(rounds)]
    return [http, library]


_COMMAND_API = ["-m", "deploy.cli", "serve", "command", "--port"]


def _requests(loans: list[UUID], token: str) -> bytes:
    """Requests for small draws, loan after loan, each with its length before it."""
    parts = []
    for number in range(REQUESTS):
        loan_id = loans[number % len(loans)]
        body = json.dumps(
            {
                "period_to": "2025-03-01",
                "lines": [
                    {
                        "line_id": str(line_id(loan_id, code)),
                        "completed_this_period": "1200.00",
                        "stored_now": "300.00",
                        "retainage_release": "0.00",
                    }
                    for code in CODES
                ],
                "payees": [{"name": "Ridge Framing"}],
            }
        ).encode()
        head = (
            f"POST /api/v1/loans/{loan_id}/draws HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        request = head + body
        parts.append(len(request).to_bytes(4) + request)
    return b"".join(parts)


def _load(port: int, requests: bytes) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(CONNECTIONS), str(SECONDS)],
        input=requests,
        stdout=subprocess.PIPE,
        check=True,
    )
    result = json.loads(done.stdout)
    if result["failed"] or not result["per_second"]:
        raise RuntimeError(f"{result['failed']} requests failed: {result['first_failure']}")
    return float(result["per_second"])


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
