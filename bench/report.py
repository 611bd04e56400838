"""The table, the raw figures kept as JSON, and what changed since another run."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from bench.compare import Comparison, number_of

SCHEMA_VERSION = 1
_TABLE_WIDTH = 150
_WHAT_WIDTH = 50
_PROJECT = Path(__file__).resolve().parents[1]
_LIBRARIES = ("fastapi", "uvicorn", "psycopg", "pydantic", "orjson", "aiokafka", "eventsourcing")
_OF_SERVER = ("server_version", "fsync", "synchronous_commit")


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A benchmark that could not run, or was not to, and why."""

    name: str
    what: str
    why: str
    is_wanted: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """How a ratio changed since another run.

    Attributes:
        moved: by more than the spread of either run; ``None`` when rounds are too few to say.
    """

    name: str
    before: float
    now: float
    moved: bool | None


def results_dir() -> Path:
    """``bench/results`` of the project; where it is installed, of the working folder."""
    return (_PROJECT if (_PROJECT / "pyproject.toml").exists() else Path.cwd()) / "bench/results"


def machine() -> dict[str, str]:
    """What a reader needs to know of the machine, its load before the run, and the libraries."""
    return {
        "cores": str(os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
    } | {name: version(name) for name in _LIBRARIES}


def server(url: str) -> dict[str, str]:
    """What a reader needs to know of the database server."""
    with psycopg.connect(url) as connection:
        return {
            name.replace("server_version", "postgresql"): str(
                (connection.execute(f"SHOW {name}").fetchone() or ("?",))[0]
            )
            for name in _OF_SERVER
        }


def document(
    measured: Sequence[Comparison],
    unmeasured: Sequence[Unmeasured],
    settings: Mapping[str, str],
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything of a run, as it is kept."""
    return {
        "schema_version": SCHEMA_VERSION,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command_line": sys.argv,
        "revision": _revision(),
        "settings": dict(settings),
        "measured": [
            asdict(one)
            | {"ratios": one.ratios, "ratio": one.ratio, "spread": one.spread, "met": one.is_met}
            for one in measured
        ],
        "unmeasured": [asdict(one) for one in unmeasured],
    } | dict(extra or {})


def keep(run: Mapping[str, Any], folder: Path) -> Path:
    """Write a run down; the file's name says when."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"
    path.write_text(json.dumps(run, indent=2) + "\n")
    return path


def last_before(folder: Path, names: Collection[str], *, quick: bool) -> Path | None:
    """The newest run kept that measured one of these in the same way, if there is one."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        run = load(path)
        measured = {one["name"] for one in run["measured"]}
        if run.get("quick", False) == quick and measured.intersection(names):
            return path
    return None


def load(path: Path) -> dict[str, Any]:
    """A run that was kept; of the form before this one, too."""
    run: dict[str, Any] = json.loads(path.read_text())
    for one in run["measured"]:
        one.setdefault("against", "")
        one.setdefault("direction", ">=")
    return run


def changes(before: Mapping[str, Any], now: Sequence[Comparison]) -> list[Change]:
    """How each ratio that both runs have has changed."""
    known = {one["name"]: _ratios(one) for one in before["measured"]}
    found = []
    for one in now:
        old = known.get(one.name)
        if not old:
            continue
        was = statistics.median(old)
        spread = max(max(old) - min(old), one.spread[1] - one.spread[0])
        enough = len(old) > 1 and len(one.ratios) > 1
        moved = abs(one.ratio - was) > spread if enough else None
        found.append(Change(one.name, was, one.ratio, moved))
    return found


def _ratios(one: Mapping[str, Any]) -> list[float]:
    if not one["limit"]:
        return list(one["ours"])
    return [ours / limit for ours, limit in zip(one["ours"], one["limit"], strict=True)]


def table(
    measured: Sequence[Comparison],
    unmeasured: Sequence[Unmeasured],
    settings: Mapping[str, str],
    changed: Iterable[Change] = (),
) -> Table:
    """The table that a person reads."""
    since = {change.name: change for change in changed}
    title = ", ".join(f"{name} {value}" for name, value in settings.items())
    made = Table(title=title, title_justify="left")
    for name in ("", "ours", "limit", "ratio", "target", "spread", "", "before"):
        made.add_column(name, no_wrap=name not in ("", "before"))
    made.columns[0].min_width = _WHAT_WIDTH
    for one in measured:
        against = f"\n[dim]against {one.against}[/dim]" if one.against else ""
        notes = "".join(f"\n[dim]{note}[/dim]" for note in one.notes)
        limit = f"{number_of(statistics.median(one.limit))} {one.unit}" if one.limit else "–"
        low, high = one.spread
        made.add_row(
            f"{one.name} {one.what}{against}{notes}",
            f"{number_of(statistics.median(one.ours))} {one.unit}",
            limit,
            _shown(one.ratio) if one.against else "–",
            _target(one),
            f"{_shown(low)}–{_shown(high)}",
            _VERDICTS[one.is_met],
            _before(since.get(one.name)),
        )
    for left in unmeasured:
        made.add_row(f"{left.name} {left.what}\n[dim]not measured: {left.why}[/dim]")
    return made


def show(made: Table) -> None:
    """Print it; a pipe has no width of its own."""
    console = Console()
    wide = console.is_terminal and console.width >= _TABLE_WIDTH
    (console if wide else Console(width=_TABLE_WIDTH)).print(made)


_VERDICTS = {True: "[green]met[/green]", False: "[red]short[/red]", None: ""}


def _target(one: Comparison) -> str:
    if one.target is None:
        return "–"
    return f"{one.direction} {one.target:g}" + ("" if one.against else f" {one.unit}")


def _before(change: Change | None) -> str:
    if change is None:
        return ""
    said = {True: "moved", False: "within spread", None: "too few rounds"}[change.moved]
    return f"{_shown(change.before)}, {said}"


def _shown(ratio: float) -> str:
    return f"{ratio:.2f}" if abs(ratio) < 100 else f"{ratio:,.0f}"


def _revision() -> str | None:
    """The revision of the project's git repository, marked when something is not committed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(_PROJECT), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
