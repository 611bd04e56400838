"""Ours and its limit, measured in turn, and what their ratio says."""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Direction(StrEnum):
    """On which side of its target a figure should lie."""

    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(slots=True)
class Comparison:
    """One benchmark.

    Attributes:
        name: as in the table of targets, such as ``P1``.
        against: what the limit is; empty when there is none, and the target is in ``unit`` itself.
        ours, limit: what was measured, in ``unit``, a figure a round.
        target: what the median ratio should reach, or not exceed; ``None`` where it only informs.
        notes: for the reader of the table, a sentence each.
        details: what else a round measured, such as latencies: kept with the figures.
    """

    name: str
    what: str
    against: str
    unit: str
    target: float | None
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    direction: Direction = Direction.AT_LEAST
    notes: list[str] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Ours over the limit, round by round; ours itself where there is no limit."""
        if not self.against:
            return list(self.ours)
        return [ours / limit for ours, limit in zip(self.ours, self.limit, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest ratio."""
        return min(self.ratios), max(self.ratios)

    @property
    def is_met(self) -> bool | None:
        """Whether the median lies on the right side of its target, if it has one."""
        if self.target is None:
            return None
        if self.direction is Direction.AT_LEAST:
            return self.ratio >= self.target
        return self.ratio <= self.target


@dataclass(frozen=True, slots=True)
class Round:
    """A figure with what else was seen while it was measured."""

    value: float
    details: Mapping[str, Any] = field(default_factory=dict)


class CannotMeasureError(Exception):
    """A benchmark cannot run here; the message says why, in a sentence."""


Measured = Callable[[], float | Round]


def interleave(comparison: Comparison, ours: Measured, limit: Measured, rounds: int) -> Comparison:
    """Measure limit, ours, limit, ours, …, so that a noisy neighbour strikes both."""
    for number in range(1, rounds + 1):
        for side, measure in (("limit", limit), ("ours", ours)):
            add_round(comparison, side, number, measure())
        say(
            f"{comparison.name} round {number} of {rounds}: "
            f"{number_of(comparison.ours[-1])} {comparison.unit} against "
            f"{number_of(comparison.limit[-1])} {comparison.unit}, {comparison.ratios[-1]:.2f}"
        )
    return comparison


def add_round(comparison: Comparison, side: str, number: int, found: float | Round) -> None:
    """Add a figure of ``ours`` or ``limit``, with its details if it has any."""
    found = found if isinstance(found, Round) else Round(found)
    (comparison.ours if side == "ours" else comparison.limit).append(found.value)
    if found.details:
        comparison.details.append({"side": side, "round": number, **found.details})


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The percentiles that a reader of latencies asks for, in the unit of the values."""
    ordered = sorted(values)
    if not ordered:
        return {}
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
    last = len(ordered) - 1
    found = {name: ordered[min(last, int(len(ordered) * at))] for name, at in shares.items()}
    return found | {"max": ordered[-1]}


def number_of(value: float) -> str:
    """A figure as a reader takes it in: three digits that count, or whole thousands."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def say(text: str) -> None:
    """Tell on standard error how far it is."""
    print(text, file=sys.stderr, flush=True)
