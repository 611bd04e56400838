"""Runs benchmarks one after another; one that fails leaves the others as they are."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.compare import CannotMeasureError, Comparison, say
from bench.ground import Ground
from bench.registry import Benchmark
from bench.report import Unmeasured


@dataclass(slots=True)
class Outcome:
    """What was measured, and what could not be."""

    measured: list[Comparison] = field(default_factory=list)
    unmeasured: list[Unmeasured] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def run(benchmarks: Sequence[Benchmark], ground: Ground) -> Outcome:
    """Run them in turn; Ctrl-C ends the run, and what was measured until then is kept."""
    outcome = Outcome()
    for benchmark in benchmarks:
        names = " ".join(benchmark.names)
        minutes = benchmark.minutes_of(ground.rounds, quick=ground.quick)
        say(f"{names} {benchmark.what}: about {minutes:.1f} min")
        began = time.monotonic()
        try:
            outcome.measured += benchmark.run(ground)
        except CannotMeasureError as reason:
            why = str(reason)
        except Exception as error:  # the others are worth measuring all the same
            why = f"{type(error).__name__}: {str(error).strip() or 'no message'}"
        except KeyboardInterrupt:
            left = benchmarks[benchmarks.index(benchmark) :]
            outcome.unmeasured += [
                Unmeasured(" ".join(one.names), one.what, "the run was interrupted") for one in left
            ]
            return outcome
        else:
            why = ""
        if why:
            outcome.unmeasured.append(Unmeasured(names, benchmark.what, why))
            say(f"{names} not measured: {why}")
        outcome.seconds[names] = round(time.monotonic() - began, 1)
    return outcome
