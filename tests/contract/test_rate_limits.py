"""Requests are counted by caller and hour, and what is kept of callers has a limit."""

import time

import pytest

from runtime.http import limits
from runtime.http.limits import WINDOW_SECONDS, RateLimits, Windows
from runtime.problems import Problem


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set in its one place."""
    now = [1_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def test_a_window_ends_after_an_hour_and_not_a_moment_before(clock: list[float]) -> None:
    windows = Windows()
    ends_at = clock[0] + WINDOW_SECONDS
    assert windows.take("a") == (1, ends_at)
    clock[0] = ends_at - 0.001
    assert windows.take("a") == (2, ends_at)
    clock[0] = ends_at
    assert windows.show("a") == (0, ends_at)
    assert windows.take("a") == (1, ends_at + WINDOW_SECONDS)


def test_the_last_request_of_a_limit_is_let_in_and_the_next_told_how_long_to_wait(
    clock: list[float],
) -> None:
    counted = RateLimits(1, 2)
    counted.take("user", signed_in=True)
    assert dict(counted.take("user", signed_in=True))[b"x-ratelimit-remaining"] == b"0"
    clock[0] += 600
    with pytest.raises(Problem) as refused:
        counted.take("user", signed_in=True)
    assert dict(refused.value.headers)[b"retry-after"] == b"3000"
    # An address of the same spelling is another caller.
    assert dict(counted.show("user"))[b"x-ratelimit-remaining"] == b"1"


def test_when_there_are_too_many_callers_those_whose_hour_is_over_are_forgotten_or_all(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "KEYS_MAX", 3)
    windows = Windows()
    windows.take("early")
    clock[0] += 1
    for key in ("b", "c"):
        windows.take(key)
    clock[0] += WINDOW_SECONDS - 1
    windows.take("d")
    assert len(windows) == 3
    assert windows.show("b")[0] == 1
    windows.take("e")
    assert (len(windows), windows.show("b")[0]) == (1, 0)
