"""A load generator that costs little beside what it loads: one or several servers, fast or at a rate.

``python -m bench.load --ports 8001 8002 --connections 32 --seconds 5 [--rate 500] [--by loan] < requests``
sends the requests of its standard input (each preceded by its length, four bytes) over keep-alive
connections, one at a time on each, and prints how many were answered with 2xx, how many otherwise,
and in what time. Connections are dealt out to the ports. By ``connection`` they share one row of
requests; by ``loan`` each port gets every n-th request, so that a loan stays with one process.

At a rate, a request's latency counts from when it was due: a server that keeps its clients waiting
does not get away with being asked less.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop

from bench.compare import percentiles

HOST = "127.0.0.1"
WARM_UP_SECONDS = 2.0


@dataclass
class Tally:
    """What came back, after the warm-up."""

    ok: int = 0
    failed: int = 0
    first_failure: str = ""
    millis: list[float] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """Sends a request, waits for its whole answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, counts_from: float) -> None:
        self._requests = requests
        self._tally = tally
        self._counts_from = counts_from
        self._sent_at = 0.0
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.stopping = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        if self.stopping:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Collect the answer; when it is whole, count it and go on."""
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._received[:head_end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : (head + b"\r").find(b"\r", at)])
        if len(self._received) < head_end + 4 + length:
            return
        self._count()
        self._received = b""
        self._send()

    def _count(self) -> None:
        now = time.perf_counter()
        if now < self._counts_from or self.stopping:
            return
        if self._received[9:10] == b"2":
            self._tally.ok += 1
            self._tally.millis.append((now - self._sent_at) * 1000)
        else:
            self._tally.failed += 1
            self._tally.first_failure = self._tally.first_failure or repr(self._received[:600])


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
    options = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    options.add_argument("--ports", type=int, nargs="+", required=True)
    options.add_argument("--connections", type=int, required=True)
    options.add_argument("--seconds", type=float, required=True)
    options.add_argument("--rate", type=float)
    options.add_argument("--by", choices=["connection", "loan"], default="connection")
    given = options.parse_args()
    requests = split(sys.stdin.buffer.read())
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


def split(raw: bytes) -> list[bytes]:
    """The requests of a row, without the lengths before them."""
    found, at = [], 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4])
        found.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def loaded(
    ports: Sequence[int],
    requests: bytes,
    connections: int,
    seconds: float,
    *,
    rate: float = 0.0,
    by: str = "connection",
    may_fail: bool = False,
) -> dict[str, Any]:
    """Load servers from a process of its own, which takes nothing from ours; what it prints.

    Args:
        ports: of 127.0.0.1.
        requests: a row of them, each with its length before it.
        connections: in all.
        seconds: that count, after a warm-up.
        rate: requests a second; 0 for as many as are answered.
        by: how requests are dealt out, if there are several ports.
        may_fail: whether some requests may be refused.

    Raises:
        RuntimeError: one was not answered with 2xx; where some may fail, none was.
    """
    options = ["--connections", str(connections), "--seconds", str(seconds), "--by", by]
    options += ["--rate", str(rate)] if rate else []
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *options, "--ports", *map(str, ports)],
        input=requests,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if not found["per_second"] or (found["failed"] and not may_fail):
        raise RuntimeError(f"{found['failed']} requests failed: {found['first_failure']}")
    return found


if __name__ == "__main__":
    main()
