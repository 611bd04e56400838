"""The long run: ``python -m tests.faults --seconds 600 [--seed N] [--report FILE.json]``.

Every fault there is, in an order that the seed decides, against a whole system under eight writers;
then the checker, and each of its planted bugs on what this very run left. The exit code is 0 only
if all checks are green and all bugs are found. On failure what is needed to look into it is kept.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path
from time import monotonic

from rich.console import Console

from tests.faults.nemesis import struck_at_work
from tests.faults.report import Report, by_kind, keep
from tests.faults.run import NotLevel, Run, running

THINK_SECONDS = 0.05
PEACE_SECONDS = 5.0
AWAY_SECONDS_MAX = 60.0
PROGRESS_SECONDS = 10.0
KEPT = Path(".data") / "faults"

console = Console(stderr=True)


def main() -> int:
    """Run, check, report; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long faults come to pass")
    parser.add_argument(
        "--seed", type=int, default=None, help="the order of faults; random if not given"
    )
    parser.add_argument("--report", type=Path, default=None, help="file for the report as JSON")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    report = Report(seed, given.seconds)
    with tempfile.TemporaryDirectory(prefix="drawbridge-faults-") as folder:
        asyncio.run(rage(Path(folder) / "system", report))
    report.show(console)
    if given.report is not None:
        report.write(given.report)
    if report.passed:
        return 0
    again = f"python -m tests.faults --seconds {given.seconds:g} --seed {seed}"
    console.print(f"kept in {kept(seed)}; again: {again}", markup=False)
    return 1


def kept(seed: int) -> Path:
    """Where a failed run's files are kept."""
    return KEPT / str(seed)


async def rage(path: Path, report: Report) -> None:
    """Let everything happen, and judge what is left."""
    console.print(f"seed {report.seed}: starting the system …")
    async with running(
        path, seed=report.seed, think_seconds=THINK_SECONDS, away_seconds=AWAY_SECONDS_MAX
    ) as run:
        until = monotonic() + report.seconds
        telling = asyncio.create_task(tell(run, until))
        try:
            await run.strike(report.seconds, lambda: all_faults(run, until))
            console.print("at rest; gathering what is left …")
            left = await run.rest(PEACE_SECONDS)
            console.print("checking, and planting bugs …")
            report.judge(run, left)
        except NotLevel as error:
            report.wrong["caught up"] = [str(error)]
        except Exception:  # whatever it is, what is left is kept
            report.wrong["the run itself"] = traceback.format_exc().splitlines()[-20:]
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError):
                await telling
            report.struck(run)
        if not report.passed:
            keep(run, kept(report.seed))


async def all_faults(run: Run, until: float) -> None:
    """Processes and the broker are struck side by side."""
    await asyncio.gather(run.nemesis.rage(until), run.nemesis.broker.rage(until))


async def tell(run: Run, until: float) -> None:
    """Say now and then how it goes."""
    while True:
        left = max(0.0, until - monotonic())
        counts = Counter(run.history.counts)
        kinds = ", ".join(f"{kind} {n}" for kind, (n, _) in by_kind(run.nemesis.kills).items())
        console.print(
            f"{left:4.0f} s left; attempts: {counts['ok']:,} ok, {counts['fail']:,} fail,"
            f" {counts['unknown']:,} unknown; kills: {kinds or 'none'},"
            f" {struck_at_work(run.nemesis.kills):.0%} at work;"
            f" broker: {sum(run.nemesis.broker.counts.values())} faults",
            markup=False,
            highlight=False,
        )
        await asyncio.sleep(PROGRESS_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
