"""How many requests an hour, counted by principal or, before sign-in, by address.

Each process counts for itself, in memory: windows are fixed, of an hour each, and begin with a
caller's first request. One event loop counts, so there are neither locks nor a timer.
"""

import time
from dataclasses import dataclass

from runtime.problems import Problem

KEYS_MAX = 100_000
WINDOW_SECONDS = 3600.0


@dataclass(slots=True)
class _Window:
    """One caller's hour.

    Attributes:
        ends_at: in seconds since 1970.
        count: of its requests so far.
    """

    ends_at: float
    count: int = 0


class Windows:
    """The hours of all callers that have asked anything lately."""

    def __init__(self) -> None:
        self._by_key: dict[str, _Window] = {}

    def take(self, key: str) -> tuple[int, float]:
        """Count a request.

        Returns:
            How many there were in this hour, and when it ends.
        """
        now = time.time()
        window = self._by_key.get(key)
        if window is None or window.ends_at <= now:
            if window is None and len(self._by_key) >= KEYS_MAX:
                self._forget(now)
            window = self._by_key[key] = _Window(now + WINDOW_SECONDS)
        window.count += 1
        return window.count, window.ends_at

    def show(self, key: str) -> tuple[int, float]:
        """The same without counting; an hour that has not begun ends now."""
        now = time.time()
        window = self._by_key.get(key)
        return (
            (0, now) if window is None or window.ends_at <= now else (window.count, window.ends_at)
        )

    def __len__(self) -> int:
        return len(self._by_key)

    def _forget(self, now: float) -> None:
        """Drop the hours that are over; if all are live (an attack), drop every one."""
        live = {key: window for key, window in self._by_key.items() if window.ends_at > now}
        self._by_key = live if len(live) < KEYS_MAX else {}


class RateLimits:
    """The two limits of an API, before and after sign-in."""

    def __init__(self, anonymous_per_hour: int, authenticated_per_hour: int) -> None:
        """Take requests an hour; zero means no limit."""
        self._windows = Windows()
        self._anonymous_max = anonymous_per_hour
        self._authenticated_max = authenticated_per_hour

    def take(self, identity: str, *, signed_in: bool) -> list[tuple[bytes, bytes]]:
        """Count one request.

        Returns:
            The ``X-RateLimit-*`` headers of its answer.

        Raises:
            Problem: RATE_LIMITED, carrying the same headers and Retry-After.
        """
        requests_max = self._authenticated_max if signed_in else self._anonymous_max
        if requests_max <= 0:
            return [_UNLIMITED]
        count, ends_at = self._windows.take(identity if signed_in else _ANONYMOUS + identity)
        headers = _headers(requests_max, count, ends_at)
        if count > requests_max:
            wait = max(1, int(ends_at - time.time()))
            headers.append((b"retry-after", b"%d" % wait))
            raise Problem("RATE_LIMITED", headers=headers)
        return headers

    def show(self, identity: str) -> list[tuple[bytes, bytes]]:
        """The headers without counting, for probes."""
        if self._anonymous_max <= 0:
            return [_UNLIMITED]
        return _headers(self._anonymous_max, *self._windows.show(_ANONYMOUS + identity))


_ANONYMOUS = "address "
"""Before an address, which a proxy may have been told, so that none counts as a user."""

_UNLIMITED = (b"x-ratelimit-limit", b"unlimited")


def _headers(requests_max: int, count: int, ends_at: float) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-ratelimit-limit", b"%d" % requests_max),
        (b"x-ratelimit-remaining", b"%d" % max(0, requests_max - count)),
        (b"x-ratelimit-reset", b"%d" % ends_at),
    ]
