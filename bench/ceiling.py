"""How many commands a store takes from one, two and four API processes, and what bounds them.

Rows: throughput against one process, with the processor shares of the API, of PostgreSQL and of the
load generator; thirty-two writers on one loan; latencies at half of the ceiling, which the
requirements bound.
"""

import asyncio
import json
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from uuid import UUID

import psycopg

from bench import appends
from bench.compare import Comparison, Direction, Round, add_round, percentiles, say
from bench.ground import Ground
from bench.load import loaded
from bench.loans import CODES, active_loans, line_id
from bench.serving import COMMAND_API, Served, bearer, server_processor_seconds, serving_many
from runtime.eventstore.batch import APPEND, parameters, prepare
from runtime.settings import Settings

PROCESSES = (1, 2, 4)
CONNECTIONS = 32
LOANS = 1_024
SECONDS, SECONDS_QUICK = 4.0, 2.0
HALF_SECONDS = 10.0
PROBE_SECONDS = 0.02
PARTITIONS = 16
# More than are answered in a measurement, so that no request is sent twice.
REQUESTS = 40_000
API_P95_MILLIS, API_P99_MILLIS, DATABASE_P95_MILLIS = 200.0, 500.0, 50.0


@dataclass(slots=True)
class _Place:
    """What is loaded, and what it was found to take."""

    ground: Ground
    settings: Settings
    served: list[Served]
    token: str
    requests: bytes
    seconds: float

    def load(
        self, processes: int, by: str = "connection", requests: bytes = b"", rate: float = 0.0
    ) -> Round:
        """Load so many of the processes; commands a second, with everything else seen."""
        served = self.served[:processes]
        seconds = HALF_SECONDS if rate else self.seconds
        before, began = self._used(served), time.monotonic()
        conflicts = sum(_conflicts(one) for one in served)
        ports = [one.port for one in served]
        row = requests or self.requests
        found = loaded(ports, row, CONNECTIONS, seconds, rate=rate, by=by, may_fail=True)
        wall, after = time.monotonic() - began, self._used(served)
        shares = {name: (after[name] - before[name]) / wall for name in before}
        return Round(
            found["per_second"],
            {
                "processes": processes,
                "by": by,
                "rate": rate or None,
                "millis": found["millis"],
                "failed": found["failed"],
                "conflicts": sum(_conflicts(one) for one in served) - conflicts,
                "cores": {**shares, "load": found["processor_seconds"] / wall},
            },
        )

    def _used(self, served: Sequence[Served]) -> dict[str, float]:
        return {
            "api": sum(one.processor_seconds for one in served),
            "postgresql": server_processor_seconds(self.ground.server.pid),
        }


def measure(ground: Ground) -> list[Comparison]:
    """Throughput of more processes, contention on one loan, and latencies at half the ceiling."""
    with _place(ground) as place:
        scaling = [_scaled(number, by) for number, by in _WAYS]
        for number in range(1, ground.rounds + 1):
            _round(place, scaling, number)
        return [*scaling, _hot(place), *_at_half(place, _ceiling(scaling))]


_WAYS = ((2, "connection"), (2, "loan"), (4, "connection"), (4, "loan"))


@contextmanager
def _place(ground: Ground) -> Iterator[_Place]:
    with ground.database("bench_ceiling") as url:
        settings = Settings(database_url=url)
        loans = asyncio.run(active_loans(settings, LOANS))
        token = bearer(settings)
        requests = _requests(loans, token, REQUESTS)
        seconds = SECONDS_QUICK if ground.quick else SECONDS
        with serving_many(max(PROCESSES), COMMAND_API, settings) as served:
            yield _Place(ground, settings, served, token, requests, seconds)


def _scaled(processes: int, by: str) -> Comparison:
    dealt = {"connection": "any process takes any loan", "loan": "a loan stays with its process"}
    return Comparison(
        f"ceiling ({processes} by {by})",
        f"durable commands, {processes} API processes, {dealt[by]}",
        "one process",
        "/s",
        None,
    )


def _ceiling(scaling: Sequence[Comparison]) -> tuple[float, int, str]:
    """The most commands a second, by how many processes, and how loans were dealt to them."""
    found = [(median(scaling[0].limit), 1, "connection")]
    found += [
        (median(comparison.ours), *way) for comparison, way in zip(scaling, _WAYS, strict=True)
    ]
    return max(found)


def _round(place: _Place, scaling: Sequence[Comparison], number: int) -> None:
    """One round of each number of processes."""
    single = place.load(1)
    if number == 1:
        scaling[0].notes.append(f"one process: {_told(single)}")
    for comparison, (processes, by) in zip(scaling, _WAYS, strict=True):
        found = place.load(processes, by)
        add_round(comparison, "limit", number, single)
        add_round(comparison, "ours", number, found)
        if number == 1:
            comparison.notes.append(_told(found))
        say(f"{comparison.name} round {number}: {found.value:,.0f} against {single.value:,.0f} /s")


def _hot(place: _Place) -> Comparison:
    """Thirty-two writers on one loan, by one process and by two."""
    comparison = Comparison(
        "ceiling (one loan)",
        f"durable commands, {CONNECTIONS} writers on one loan, 2 API processes",
        "the same by one process",
        "/s",
        None,
    )
    for number in range(1, place.ground.rounds + 1):
        for side, processes in (("limit", 1), ("ours", 2)):
            (loan_id,) = asyncio.run(active_loans(place.settings, 1))
            requests = _requests([loan_id], place.token, REQUESTS // 4)
            found = place.load(processes, requests=requests)
            add_round(comparison, side, number, found)
            if number == 1:
                plural = "es" if processes > 1 else ""
                comparison.notes.append(f"{processes} process{plural}: {_told(found)}")
        say(f"{comparison.name} round {number}: {comparison.ratios[-1]:.2f}")
    return comparison


def _at_half(place: _Place, ceiling: tuple[float, int, str]) -> list[Comparison]:
    """Latencies at half of the ceiling, by the processes that reached it."""
    most, processes, by = ceiling
    what = f"at half of the ceiling, {most / 2:,.0f} commands/s, processes: {processes}"
    bounds = (("p95", API_P95_MILLIS), ("p99", API_P99_MILLIS))
    made = [
        Comparison(
            f"ceiling API {name}",
            f"API {name} {what}",
            "",
            "ms",
            bound,
            direction=Direction.AT_MOST,
        )
        for name, bound in bounds
    ]
    database = Comparison(
        "ceiling database p95",
        f"database p95, an append beside it, {what}",
        "",
        "ms",
        DATABASE_P95_MILLIS,
        direction=Direction.AT_MOST,
    )
    for number in range(1, place.ground.rounds + 1):
        with _probing(place.settings.database_url) as probed:
            found = place.load(processes, by, rate=most / 2)
        millis = percentiles(probed)
        for comparison, (name, _) in zip(made, bounds, strict=True):
            add_round(
                comparison, "ours", number, Round(found.details["millis"][name], found.details)
            )
        add_round(database, "ours", number, Round(millis["p95"], {"millis": millis}))
        if number == 1:
            made[0].notes.append(_told(found))
            database.notes.append(_latencies(millis))
        say(f"at half, round {number}: {_told(found)}; database {_latencies(millis)}")
    return [*made, database]


@contextmanager
def _probing(url: str) -> Iterator[list[float]]:
    """Appends a command of its own every now and then; the milliseconds that each took."""
    millis: list[float] = []
    stopping = threading.Event()

    def probe() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.cursor(binary=True)
            while not stopping.wait(PROBE_SECONDS):
                arguments = parameters([prepare(appends._request(), PARTITIONS)])
                began = time.perf_counter()
                cursor.execute(APPEND, arguments, prepare=True)
                cursor.fetchall()
                millis.append((time.perf_counter() - began) * 1000)

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield millis
    finally:
        stopping.set()
        thread.join()


def _requests(loans: Sequence[UUID], token: str, number: int) -> bytes:
    """Requests for small draws, loan after loan, each with its length before it."""
    once = [_request(loan_id, token) for loan_id in loans]
    return b"".join(once[at % len(once)] for at in range(number))


def _request(loan_id: UUID, token: str) -> bytes:
    amounts = {
        "completed_this_period": "1200.00",
        "stored_now": "300.00",
        "retainage_release": "0.00",
    }
    lines = [{"line_id": str(line_id(loan_id, code)), **amounts} for code in CODES]
    asked = {"period_to": "2025-03-01", "lines": lines, "payees": [{"name": "Ridge Framing"}]}
    body = json.dumps(asked).encode()
    head = (
        f"POST /api/v1/loans/{loan_id}/draws HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    return (len(head) + len(body)).to_bytes(4) + head + body


def _conflicts(served: Served) -> float:
    """How many appends of a process lost a race so far."""
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith('drawbridge_appends_total{outcome="conflict"}'):
                return float(line.rsplit(" ", 1)[1])
    return 0.0


def _told(found: Round) -> str:
    """A line of the table that shows what bounds it."""
    cores = ", ".join(f"{name} {used:.2f}" for name, used in found.details["cores"].items())
    lost = (
        f"; {found.details['conflicts']:,.0f} appends lost a race"
        if found.details["conflicts"]
        else ""
    )
    failed = f"; {found.details['failed']} refused" if found.details["failed"] else ""
    return (
        f"{found.value:,.0f}/s; {_latencies(found.details['millis'])}; cores: {cores}{lost}{failed}"
    )


def _latencies(millis: dict[str, float]) -> str:
    return ", ".join(f"{name} {millis[name]:.1f}" for name in ("p50", "p99", "p99.9")) + " ms"
