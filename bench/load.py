"""A load generator that costs little beside what it loads.

``python -m bench.load PORT CONNECTIONS SECONDS < requests`` sends the requests of its standard
input (each preceded by its length, four bytes) over keep-alive connections, one at a time on each,
and prints how many were answered with 2xx, how many otherwise, and in what time.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import uvloop

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


async def load(port: int, connections: int, seconds: float, requests: list[bytes]) -> Tally:
    """Load a server for a bounded time."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    counts_from = time.perf_counter() + WARM_UP_SECONDS
    shared = iter(requests)
    made = [
        (await loop.create_connection(lambda: Connection(shared, tally, counts_from), HOST, port))[
            1
        ]
        for _ in range(connections)
    ]
    await asyncio.sleep(WARM_UP_SECONDS + seconds)
    for connection in made:
        connection.stopping = True
    await asyncio.sleep(0.2)
    return tally


def main() -> None:
    """Read the requests, load, print the tally."""
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    raw = sys.stdin.buffer.read()
    requests, at = [], 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4])
        requests.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    tally = uvloop.run(load(port, connections, seconds, requests))
    ordered = sorted(tally.millis)
    print(
        json.dumps(
            {
                "per_second": tally.ok / seconds,
                "failed": tally.failed,
                "first_failure": tally.first_failure,
                "p50_ms": ordered[len(ordered) // 2] if ordered else None,
                "p99_ms": ordered[len(ordered) * 99 // 100] if ordered else None,
                "p99.9_ms": ordered[len(ordered) * 999 // 1000] if ordered else None,
            }
        )
    )


if __name__ == "__main__":
    main()
