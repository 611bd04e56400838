"""Ours and its limit, measured in turn, and what their ratio says."""

import json
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass
class Comparison:
    """One benchmark.

    Attributes:
        name: as in the table of targets, such as ``P1``.
        ours, limit: what was measured, in ``unit``, a figure a round.
        target: what the median ratio should reach.
    """

    name: str
    what: str
    against: str
    unit: str
    target: float
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Ours over the limit, round by round."""
        return [ours / limit for ours, limit in zip(self.ours, self.limit, strict=True)]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return statistics.median(self.ratios)


def interleave(
    comparison: Comparison, ours: Callable[[], float], limit: Callable[[], float], rounds: int
) -> Comparison:
    """Measure limit, ours, limit, ours, …, so that a noisy neighbour strikes both."""
    for _ in range(rounds):
        comparison.limit.append(limit())
        comparison.ours.append(ours())
    return comparison


def report(comparisons: list[Comparison], settings: dict[str, str]) -> Path:
    """Print the table, and keep every figure as JSON."""
    table = Table("", "ours", "limit", "ratio", "target", "spread", title=_title(settings))
    for one in comparisons:
        low, high = min(one.ratios), max(one.ratios)
        verdict = "" if one.ratio >= one.target else " (short)"
        table.add_row(
            f"{one.name} {one.what}\n[dim]against {one.against}[/dim]",
            f"{statistics.median(one.ours):,.0f} {one.unit}",
            f"{statistics.median(one.limit):,.0f} {one.unit}",
            f"{one.ratio:.2f}{verdict}",
            f">= {one.target}",
            f"{low:.2f}-{high:.2f}",
        )
    Console(width=110).print(table)
    moment = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{moment:%Y%m%dT%H%M%SZ}.json"
    measured = [asdict(one) | {"ratio": one.ratio} for one in comparisons]
    path.write_text(
        json.dumps({"at": moment.isoformat(), "settings": settings, "measured": measured}, indent=2)
        + "\n"
    )
    return path


def environment() -> dict[str, str]:
    """What a reader needs to know of the machine and the libraries."""
    packages = ("fastapi", "uvicorn", "psycopg", "eventsourcing")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def _title(settings: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())
