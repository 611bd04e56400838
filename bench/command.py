"""``drawbridge bench``: ours against its limit, on servers of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.output import Exit, Json, notes, print_json
from deploy.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.registry import Benchmark
    from bench.report import Unmeasured

ROUNDS = 3

app = typer.Typer(add_completion=False)


@app.command()
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
    chosen, left_out = _choose(names or [], quick=quick)
    from bench import ground, report
    from bench.run import run

    settings = report.machine()  # with the load that was there before ours
    minutes = sum(one.minutes_of(rounds, quick=quick) for one in chosen)
    notes.print(f"about {minutes:.0f} min in all")
    with ground.own_servers(rounds, quick=quick, only=frozenset(names or ())) as own:
        settings |= report.server(own.server.url())
        outcome = run(chosen, own)
    measured, unmeasured = outcome.measured, [*outcome.unmeasured, *left_out]
    known = [one.name for one in measured]
    before = against or report.last_before(report.results_dir(), known, quick=quick)
    changed = report.changes(report.load(before), measured) if before else []
    extra = {"quick": quick, "rounds": rounds, "seconds": outcome.seconds}
    kept = report.document(measured, unmeasured, settings, extra)
    path = report.keep(kept, report.results_dir())
    if as_json:
        print_json(kept)
    else:
        report.show(report.table(measured, unmeasured, settings, changed))
    compared = f", compared with {before.name}" if before else ""
    notes.print(f"figures kept in {path}{compared}", soft_wrap=True)
    if outcome.unmeasured:
        raise typer.Exit(Exit.WRONG)


def _choose(names: list[str], *, quick: bool) -> "tuple[Sequence[Benchmark], Sequence[Unmeasured]]":
    """What is to be measured, and rows for what is left out because it takes long."""
    try:
        from bench.registry import NAMES, choose
        from bench.report import Unmeasured
    except ModuleNotFoundError as error:
        raise RefusedError(
            f"{error.name} is not installed: pip install drawbridge[embedded]"
        ) from error
    try:
        chosen, long = choose(names, quick=quick)
    except KeyError as unknown:
        raise typer.BadParameter(f"{unknown.args[0]} is none of {', '.join(NAMES)}") from None
    why = "it takes long: name it, or measure it with --quick"
    return chosen, [Unmeasured(" ".join(one.names), one.what, why, is_wanted=False) for one in long]
