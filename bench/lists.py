"""P4, P5, P6: lists and dashboards over a million loans, through the query API.

P4 asks for pages of fifty in every order and from places all over the list, against a bare FastAPI
GET of as many bytes. P5 and P6 ask in turn over one connection for the two that are compared.
"""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

import psycopg

from bench.compare import Comparison, Direction, Round, add_round, percentiles, say
from bench.ground import Ground
from bench.load import loaded
from bench.read_rows import fill_loans
from bench.serving import QUERY_API, bearer, serving
from domain.kernel.actors import Role
from query_api.paging import _write
from query_api.routes.loans import LoanList
from runtime.settings import Settings

LOANS, LOANS_QUICK = 1_000_000, 100_000
PAGE_ROWS = 50
GIGABYTES = 12.0
CONNECTIONS = 8
SECONDS = 4.0
HALF_SECONDS = 8.0
PLACES = 32
REQUESTS = 40_000
PAIRS = 300
ORDERS = ("number", "maturity_date", "principal", "commitment", "project_name", "deficiency")
HALF_P95_MILLIS = 10.0


def measure(ground: Ground) -> list[Comparison]:
    """Lists, far pages, the portfolio's dashboard."""
    loans = LOANS_QUICK if ground.quick else LOANS
    ground.demand_room(GIGABYTES * loans / LOANS + 2)
    with ground.database("bench_lists") as url:
        say(f"P4 P5 P6 filling the read side with {loans:,} loans")
        fill_loans(url, loans, lambda: project(url))
        settings = Settings(database_url=url)
        token = bearer(settings, Role.ADMIN)
        with serving(QUERY_API, settings) as ours:
            asking = _Asking(ours.port, token)
            found = _lists(ground, ours.port, settings, asking, _paths(url))
            return [
                *found,
                _far_page(ground, asking, url, loans),
                _dashboard(ground, asking, url, loans),
            ]


def project(url: str) -> None:
    """Bring the read side up with the store."""
    subprocess.run(
        [sys.executable, "-m", "deploy.cli", "projections", "rebuild", "--all"],
        env=os.environ | {"DRAWBRIDGE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


@dataclass(slots=True)
class _Asking:
    """One keep-alive connection without a client library, whose time would count for both."""

    port: int
    token: str
    client: socket.socket | None = None

    def connect(self) -> None:
        """Begin a connection: a server closes one that was idle for long."""
        if self.client is not None:
            self.client.close()
        self.client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self, path: str) -> bytes:
        """A GET below ``/api/v1``."""
        head = f"GET /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        return f"{head}Authorization: Bearer {self.token}\r\n\r\n".encode()

    def body(self, path: str) -> bytes:
        """The body of a successful answer."""
        answer = self._answer(self.request(path))
        if answer[9:12] != b"200":
            raise RuntimeError(f"{path}: {answer[:300]!r}")
        return answer.partition(b"\r\n\r\n")[2]

    def millis(self, request: bytes) -> float:
        """How long an answer takes."""
        began = time.perf_counter()
        self._answer(request)
        return (time.perf_counter() - began) * 1000

    def _answer(self, request: bytes) -> bytes:
        if self.client is None:
            raise RuntimeError("there is no connection")
        self.client.sendall(request)
        received = bytearray()
        while (head_end := received.find(b"\r\n\r\n")) < 0:
            received += _received(self.client)
        head = bytes(received[:head_end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(received) < head_end + 4 + length:
            received += _received(self.client)
        return bytes(received)


def _received(client: socket.socket) -> bytes:
    found = client.recv(1 << 18)
    if not found:
        raise RuntimeError("the server closed the connection")
    return found


def _cursor_at(url: str, rows_before: int) -> str:
    """The cursor, by number, of the page that begins after so many rows."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT number, loan_id FROM read.loans ORDER BY number, loan_id OFFSET %s LIMIT 1",
            (rows_before - 1,),
        ).fetchone()
    assert row is not None
    # Walking there by the API would take a minute, and tell the same.
    return _write(LoanList(page_size=PAGE_ROWS), rows_before // PAGE_ROWS + 1, row)


def _paths(url: str) -> list[str]:
    """First pages in every order, both ways, and pages from all over the list."""
    firsts = [
        f"/loans?page_size={PAGE_ROWS}&sort_by={by}&sort_order={way}"
        for by in ORDERS
        for way in ("asc", "desc")
    ]
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM read.loans").fetchone()
    assert row is not None
    dice = Random(1)  # noqa: S311  # which pages, not a secret
    rows = [dice.randrange(PAGE_ROWS, row[0] - PAGE_ROWS) for _ in range(PLACES)]
    return firsts + [f"/loans?page_size={PAGE_ROWS}&cursor={_cursor_at(url, at)}" for at in rows]


def _lists(
    ground: Ground, port: int, settings: Settings, asking: _Asking, paths: list[str]
) -> list[Comparison]:
    made = Comparison(
        "P4",
        f"list of {PAGE_ROWS} loans out of {LOANS_QUICK if ground.quick else LOANS:,}",
        "a bare FastAPI GET of as many bytes",
        "/s",
        0.4,
    )
    half = Comparison(
        "P4 half", "its p95 at half of that", "", "ms", HALF_P95_MILLIS, direction=Direction.AT_MOST
    )
    asking.connect()
    bodies = [asking.body(path) for path in paths]
    usual = sorted(bodies, key=len)[len(bodies) // 2]
    content = ground.folder.path / "list.json"
    content.write_bytes(usual)
    made.notes.append(f"{len(usual):,} bytes")
    requests = [asking.request(path) for path in paths]
    with ExitStack() as started:
        bare = started.enter_context(serving(["-m", "bench.bare_bytes", str(content)], settings))
        for number in range(1, ground.rounds + 1):
            limit = _load(bare.port, [asking.request("/loans")])
            ours = _load(port, requests)
            add_round(made, "limit", number, limit)
            add_round(made, "ours", number, ours)
            at_half = _load(port, requests, rate=ours.value / 2)
            add_round(
                half, "ours", number, Round(at_half.details["millis"]["p95"], at_half.details)
            )
            say(f"P4 round {number} of {ground.rounds}: {made.ratios[-1]:.2f}")
    half.what = f"{half.what}, {made.ours[-1] / 2:,.0f}/s"
    return [made, half]


def _load(port: int, requests: list[bytes], rate: float = 0.0) -> Round:
    row = b"".join(
        len(request).to_bytes(4) + request
        for request in (requests[at % len(requests)] for at in range(REQUESTS))
    )
    seconds = HALF_SECONDS if rate else SECONDS
    found = loaded([port], row, CONNECTIONS, seconds, rate=rate)
    return Round(found["per_second"], {"rate": rate or None, "millis": found["millis"]})


def _far_page(ground: Ground, asking: _Asking, url: str, loans: int) -> Comparison:
    page = 20_000 * loans // LOANS
    made = Comparison(
        "P5", f"page {page:,} by cursor", "page 1", "ms", 1.2, direction=Direction.AT_MOST
    )
    far = f"/loans?page_size={PAGE_ROWS}&cursor={_cursor_at(url, (page - 1) * PAGE_ROWS)}"
    return _in_turn(ground, asking, made, far, f"/loans?page_size={PAGE_ROWS}")


def _dashboard(ground: Ground, asking: _Asking, url: str, loans: int) -> Comparison:
    made = Comparison(
        "P6",
        f"portfolio dashboard at {loans:,} loans",
        "one loan by its id",
        "ms",
        3.0,
        direction=Direction.AT_MOST,
    )
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT loan_id FROM read.loans WHERE state = 'ACTIVE' ORDER BY number OFFSET 500 LIMIT 1"
        ).fetchone()
    assert row is not None
    return _in_turn(ground, asking, made, "/dashboards/portfolio", f"/loans/{row[0]}")


def _in_turn(
    ground: Ground, asking: _Asking, made: Comparison, ours: str, limit: str
) -> Comparison:
    """The median of each, asked for one after the other."""
    asked = {"limit": asking.request(limit), "ours": asking.request(ours)}
    asking.connect()
    for path in (limit, ours):
        asking.body(path)
    for _ in range(PAIRS // 6):
        for request in asked.values():
            asking.millis(request)
    for number in range(1, ground.rounds + 1):
        took: dict[str, list[float]] = {"limit": [], "ours": []}
        for _ in range(PAIRS):
            for side, request in asked.items():
                took[side].append(asking.millis(request))
        for side, millis in took.items():
            found = percentiles(millis)
            add_round(made, side, number, Round(found["p50"], {"millis": found}))
        say(f"{made.name} round {number} of {ground.rounds}: {made.ratios[-1]:.2f}")
    return made
