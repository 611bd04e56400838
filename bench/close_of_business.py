"""Close of business for many loans: ``python -m bench.close_of_business [--loans N]``.

Makes the loans on a server of its own, catches them up to a day in the middle of a month, and then
measures one day, that day again, and the first of the month with its capitalising and billing. Each
run is the command itself, starting its processes included.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.loans import active_loans
from deploy.preparing import prepare
from local.embedded import DataFolder, Postgres
from runtime.settings import Settings

LOANS = 10_000
ADVANCED_CENTS = 250_000_00
CAUGHT_UP_TO = "2025-02-14"
RUNS = (
    ("one day", "2025-02-15"),
    ("the same day again", "2025-02-15"),
    ("a month's end", "2025-03-01"),
)


def main() -> None:
    """Make the loans, and print what each run took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--loans", type=int, default=LOANS)
    options.add_argument("--workers", type=int, default=os.cpu_count())
    given = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as place,
        DataFolder(Path(place)) as folder,
        Postgres(folder) as server,
    ):
        url = server.url("postgres")
        prepare(url)
        settings = Settings(database_url=url)
        asyncio.run(active_loans(settings, given.loans, advanced_cents=ADVANCED_CENTS))
        for what, on in (("caught up", CAUGHT_UP_TO), *RUNS):
            done = _run(url, on, given.workers)
            figures = ", ".join(f"{name} {done[name]}" for name in ("loans", "changed", "events"))
            print(f"{what} ({on}): {done['seconds']} s; {figures}", flush=True)


def _run(url: str, on: str, workers: int) -> dict[str, Any]:
    words = ["cob", "run", "--date", on, "--workers", str(workers), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words],
        env=os.environ | {"DRAWBRIDGE_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    main()
