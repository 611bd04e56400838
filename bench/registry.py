"""Which benchmarks there are.

A benchmark is a module of this package with ``measure(ground) -> Comparison | list[Comparison]``,
named here. Modules are imported when they are wanted, so that one which cannot be imported leaves
the others as they are.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module

from bench.compare import CannotMeasureError, Comparison
from bench.ground import Ground

Found = Comparison | list[Comparison]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One module's comparisons.

    Attributes:
        names: in the table of targets.
        minutes: what it takes about, on two quiet cores, with three rounds.
        is_long: whether it fills so large a store that it runs only when it is named, or quickly.
        quick_minutes: what it takes with ``--quick``, if that is less.
    """

    names: tuple[str, ...]
    what: str
    measure: Callable[[Ground], Found]
    minutes: float
    is_long: bool = False
    quick_minutes: float | None = None

    def minutes_of(self, rounds: int, *, quick: bool) -> float:
        """What it takes about, with so many rounds."""
        minutes = self.quick_minutes if quick and self.quick_minutes else self.minutes
        return minutes * (0.4 + 0.2 * rounds)  # two fifths go into filling and starting

    def run(self, ground: Ground) -> list[Comparison]:
        """Measure, and leave out what was not asked for."""
        found = self.measure(ground)
        all_found = found if isinstance(found, list) else [found]
        return [one for one in all_found if not ground.only or one.name.split()[0] in ground.only]


def _of(module: str) -> Callable[[Ground], Found]:
    """``measure(ground)`` of a module."""

    def measure(ground: Ground) -> Found:
        try:
            found: Found = import_module(f"bench.{module}").measure(ground)
        except ModuleNotFoundError as error:
            missing = "it" if error.name == f"bench.{module}" else error.name
            raise CannotMeasureError(f"{missing} is not there") from error
        return found

    return measure


def _commands(ground: Ground) -> Found:
    from bench import commands
    from runtime.settings import Settings

    with ground.database("bench_commands") as url, ground.empty_database("bench_library") as other:
        return commands.measure(Settings(database_url=url), other, ground.rounds)


def _appends(ground: Ground) -> Found:
    from bench import appends

    with ground.database("bench_appends") as url:
        return appends.measure(url, ground.rounds)


BENCHMARKS = (
    Benchmark(("P1", "P2"), "durable commands over HTTP", _commands, 3),
    Benchmark(("P3",), "append function", _appends, 0.8),
    Benchmark(("P4", "P5", "P6"), "lists and dashboards", _of("lists"), 6, quick_minutes=2),
    Benchmark(("P7", "P11"), "rebuild of a read model", _of("rebuilding"), 6, quick_minutes=2),
    Benchmark(("P8",), "relay", _of("relaying"), 1.5),
    Benchmark(("P9",), "command to visible in the read side", _of("visible"), 1.5),
    Benchmark(("ceiling",), "commands by several processes", _of("ceiling"), 4),
    Benchmark(
        ("P10",), "append with many events stored", _of("growth"), 12, is_long=True, quick_minutes=3
    ),
)
NAMES = tuple(name for benchmark in BENCHMARKS for name in benchmark.names)


def choose(
    names: Collection[str], *, quick: bool
) -> tuple[tuple[Benchmark, ...], tuple[Benchmark, ...]]:
    """The benchmarks that measure what was named, or all but the long; and those left out for that.

    Raises:
        KeyError: there is none of a name.
    """
    unknown = set(names).difference(NAMES)
    if unknown:
        raise KeyError(*sorted(unknown))
    if names:
        return tuple(one for one in BENCHMARKS if set(names).intersection(one.names)), ()
    long = tuple(one for one in BENCHMARKS if one.is_long and not quick)
    return tuple(one for one in BENCHMARKS if one not in long), long
