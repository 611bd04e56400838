"""How many requests an hour, counted with `limits` by principal or, before sign-in, by address."""

import time
from typing import cast

from limits import RateLimitItem, RateLimitItemPerHour
from limits.storage import Storage

from runtime.problems import Problem

KEYS_MAX = 100_000


class LoopStorage(Storage):
    """Counts in memory, for one event loop.

    The library's own memory storage takes locks and starts a timer thread for every hundred
    requests a second; one loop needs neither. Each process counts for itself.
    """

    STORAGE_SCHEME = ["drawbridge-loop"]  # noqa: RUF012  # the library declares it so

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, int] = {}
        self._ends: dict[str, float] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        if self._ends.get(key, 0.0) <= now:
            if len(self._ends) >= KEYS_MAX:
                self._forget(now)
            self._ends[key] = now + expiry
            self._counts[key] = 0
        self._counts[key] += amount
        return self._counts[key]

    def _forget(self, now: float) -> None:
        """Drop the windows that are over; if all are live (an attack), drop every one."""
        over = [key for key, end in self._ends.items() if end <= now] or list(self._ends)
        for key in over:
            self.clear(key)

    def get(self, key: str) -> int:
        return self._counts.get(key, 0) if self._ends.get(key, 0.0) > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._ends.get(key, time.time())

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        forgotten = len(self._counts)
        self._counts.clear()
        self._ends.clear()
        return forgotten

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)
        self._ends.pop(key, None)


class RateLimits:
    """The two limits of an API, before and after sign-in; windows are fixed, of an hour each."""

    def __init__(self, anonymous_per_hour: int, authenticated_per_hour: int) -> None:
        """Take requests an hour; zero means no limit."""
        self._storage = LoopStorage()
        self._anonymous = _item(anonymous_per_hour)
        self._authenticated = _item(authenticated_per_hour)

    def take(self, identity: str, *, signed_in: bool) -> list[tuple[bytes, bytes]]:
        """Count one request.

        Returns:
            The ``X-RateLimit-*`` headers of its answer.

        Raises:
            Problem: RATE_LIMITED, carrying the same headers and Retry-After.
        """
        item = self._authenticated if signed_in else self._anonymous
        if item is None:
            return [_UNLIMITED]
        # The library's strategy would work a key out three times, each by joining texts.
        key = identity if signed_in else _ANONYMOUS + identity
        count = self._storage.incr(key, item.get_expiry())
        headers = self._headers(item, key, count)
        if count > item.amount:
            wait = max(1, int(self._storage.get_expiry(key) - time.time()))
            headers.append((b"retry-after", b"%d" % wait))
            raise Problem("RATE_LIMITED", headers=headers)
        return headers

    def show(self, identity: str) -> list[tuple[bytes, bytes]]:
        """The headers without counting, for probes."""
        if self._anonymous is None:
            return [_UNLIMITED]
        key = _ANONYMOUS + identity
        return self._headers(self._anonymous, key, self._storage.get(key))

    def _headers(self, item: RateLimitItem, key: str, count: int) -> list[tuple[bytes, bytes]]:
        return [
            (b"x-ratelimit-limit", b"%d" % item.amount),
            (b"x-ratelimit-remaining", b"%d" % max(0, item.amount - count)),
            (b"x-ratelimit-reset", b"%d" % self._storage.get_expiry(key)),
        ]


_ANONYMOUS = "address "
"""Before an address, which a proxy may have been told, so that none counts as a user."""

_UNLIMITED = (b"x-ratelimit-limit", b"unlimited")


def _item(per_hour: int) -> RateLimitItem | None:
    return cast(RateLimitItem, RateLimitItemPerHour(per_hour)) if per_hour > 0 else None
