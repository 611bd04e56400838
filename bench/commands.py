"""P1 and P2: durable commands over HTTP."""

import asyncio

from bench.compare import Comparison, Round, interleave
from bench.library import library_appends
from bench.load import loaded
from bench.loans import active_loans
from bench.requests import desk, drafts, lives, reviews
from bench.serving import COMMAND_API, Served, serving
from runtime.settings import Settings

CONNECTIONS = 32
LOANS = 256  # each is touched once while warming up, as the handler keeps what it touched
# A draw's steps lie so many requests apart, so that none overtakes the one before it.
LOANS_LIVED_ON = 2_048
SECONDS = 6.0
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
    with serving(["-m", "bench.bare"], settings) as bare, serving(COMMAND_API, settings) as ours:
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


def _load(served: Served, requests: bytes) -> Round:
    found = loaded([served.port], requests, CONNECTIONS, SECONDS)
    latencies = {f"{name}_ms": found["millis"][name] for name in ("p50", "p99", "p99.9")}
    return Round(float(found["per_second"]), latencies)
