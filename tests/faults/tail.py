"""A reader that follows the log all along: ``python -m tests.faults.tail URL FILE``.

It asks for what is after the last position it saw, as every reader here does, and writes down what
it is given: position, stream, version. While the database is away it waits. SIGTERM ends it, once
there is nothing left to read.
"""

import signal
import sys
import time
from pathlib import Path

import psycopg

PAGE_ROWS_MAX = 500
POLL_SECONDS = 0.005
AWAY_SECONDS = 0.1
_AFTER = (
    "SELECT position, stream_id::text, stream_version FROM ledger.events"
    " WHERE position > %s ORDER BY position LIMIT %s"
)


class Reader:
    """Remembers how far it has come, over every reconnection."""

    def __init__(self, url: str, path: Path) -> None:
        self._url = url
        self._file = path.open("a", buffering=1)
        self._last = 0
        self._is_ending = False
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, *_: object) -> None:
        self._is_ending = True

    def follow(self) -> None:
        """Read until told to stop."""
        while True:
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                    self._read(connection)
                    return
            except psycopg.Error:
                time.sleep(AWAY_SECONDS)

    def _read(self, connection: psycopg.Connection[tuple[int, str, int]]) -> None:
        while True:
            is_last = self._is_ending
            page = connection.execute(_AFTER, (self._last, PAGE_ROWS_MAX)).fetchall()
            for position, stream_id, version in page:
                self._file.write(f"{position} {stream_id} {version}\n")
                self._last = position
            if not page:
                if is_last:
                    return
                time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    Reader(sys.argv[1], Path(sys.argv[2])).follow()
