"""Loads several servers at once, as fast as they answer or at a rate.

``python -m bench.paced --ports 8001 8002 --connections 32 --seconds 5 [--rate 500] [--by loan] < requests``
takes requests as `bench.load` does. Connections are dealt out to the ports. By ``connection`` they
share one row of requests; by ``loan`` each port gets every n-th request, so that a loan stays with
one process.

At a rate, a request's latency counts from when it was due: a server that keeps its clients waiting
does not get away with being asked less.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence

import uvloop

from bench.compare import percentiles
from bench.load import HOST, WARM_UP_SECONDS, Connection, Tally


class Paced(Connection):
    """Sends its next request no earlier than it is due."""

    def __init__(
        self, requests: Iterator[bytes], tally: Tally, counts_from: float, interval: float
    ) -> None:
        super().__init__(requests, tally, counts_from)
        self._interval = interval
        self._due_at = 0.0

    def begin_at(self, due_at: float) -> None:
        """Say when the first request is due."""
        self._due_at = due_at

    def _send(self) -> None:
        wait = self._due_at - time.perf_counter()
        if wait > 0 and not self.stopping:
            asyncio.get_running_loop().call_later(wait, self._send_due)
        else:
            self._send_due()

    def _send_due(self) -> None:
        super()._send()
        self._sent_at = self._due_at
        self._due_at += self._interval


async def load(
    ports: Sequence[int],
    connections: int,
    seconds: float,
    rate: float | None,
    requests: Sequence[Iterator[bytes]],
) -> Tally:
    """Load the servers for a bounded time; ``requests`` has a row of them for each port."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    began = time.perf_counter()
    counts_from = began + WARM_UP_SECONDS
    interval = connections / rate if rate else 0.0
    made: list[Connection] = []
    for number in range(connections):
        which = number % len(ports)
        if rate:
            made.append(paced := Paced(requests[which], tally, counts_from, interval))
            paced.begin_at(began + interval * number / connections)
        else:
            made.append(Connection(requests[which], tally, counts_from))
        await loop.create_connection(lambda made=made: made[-1], HOST, ports[which])  # type: ignore[misc]  # called at once
    await asyncio.sleep(max(0.0, counts_from + seconds - time.perf_counter()))
    for connection in made:
        connection.stopping = True
    await asyncio.sleep(0.2)
    return tally


def main() -> None:
    """Read the requests, load, print what came back."""
    options = argparse.ArgumentParser(prog="python -m bench.paced", description=__doc__)
    options.add_argument("--ports", type=int, nargs="+", required=True)
    options.add_argument("--connections", type=int, required=True)
    options.add_argument("--seconds", type=float, required=True)
    options.add_argument("--rate", type=float)
    options.add_argument("--by", choices=["connection", "loan"], default="connection")
    given = options.parse_args()
    requests = _requests(sys.stdin.buffer.read())
    count = len(given.ports)
    shared = iter(requests)
    rows = [iter(requests[at::count]) if given.by == "loan" else shared for at in range(count)]
    tally = uvloop.run(load(given.ports, given.connections, given.seconds, given.rate, rows))
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "per_second": tally.ok / given.seconds,
        "failed": tally.failed,
        "first_failure": tally.first_failure,
        "millis": percentiles(tally.millis),
        "processor_seconds": used.ru_utime + used.ru_stime,
    }
    print(json.dumps(found))


def _requests(raw: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4])
        found.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    return found


if __name__ == "__main__":
    main()
