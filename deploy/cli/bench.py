"""``drawbridge bench``: ours against its limit, on servers of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.output import Exit, Json, RefusedError, notes, print_json

if TYPE_CHECKING:
    from bench.registry import Benchmark

ROUNDS = 3


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which, such as P1 P3. [default: all]")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Of each.")] = ROUNDS,
    quick: Annotated[bool, typer.Option("--quick", help="Smaller stores, fewer minutes.")] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A run kept before. [default: the last one]"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure ours against its limit in the same run, and say what changed since another run.

    It starts servers of its own, and leaves nothing behind but the figures in bench/results. Exit
    code 1 if something could not be measured; a target that is missed is no error.
    """
    from bench import ground, report
    from bench.run import run

    chosen, only = _chosen(names or [])
    before = against or report.last_before(report.results_dir())
    settings = report.machine()  # with the load that was there before ours
    notes.print(f"about {sum(one.minutes for one in chosen) * rounds / ROUNDS:.1f} min in all")
    with ground.own_servers(rounds, quick=quick, only=only) as own:
        settings |= report.server(own.server.url())
        outcome = run(chosen, own)
    changed = report.changes(report.load(before), outcome.measured) if before else []
    extra = {"quick": quick, "rounds": rounds, "seconds": outcome.seconds}
    kept = report.document(outcome.measured, outcome.unmeasured, settings, extra)
    path = report.keep(kept, report.results_dir())
    if as_json:
        print_json(kept)
    else:
        report.show(report.table(outcome.measured, outcome.unmeasured, settings, changed))
    compared = f", compared with {before.name}" if before else ""
    notes.print(f"figures kept in {path}{compared}")
    if outcome.unmeasured:
        raise typer.Exit(Exit.WRONG)


def _chosen(names: list[str]) -> "tuple[list[Benchmark], frozenset[str]]":
    """The benchmarks that measure what was named, and the names."""
    try:
        from bench.registry import BENCHMARKS, NAMES
    except ModuleNotFoundError as error:
        raise RefusedError(
            f"{error.name} is not installed: pip install drawbridge[embedded]"
        ) from error
    for name in names:
        if name not in NAMES:
            raise typer.BadParameter(f"{name} is none of {', '.join(NAMES)}")
    only = frozenset(names)
    chosen = [one for one in BENCHMARKS if not (only or one.is_long) or only & set(one.names)]
    return chosen, only
