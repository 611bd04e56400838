"""``make bench``: every benchmark, on servers of its own."""

import argparse
import tempfile
from pathlib import Path

import psycopg

import migrations
from bench import appends, commands
from bench.compare import Comparison, environment, report
from deploy.embedded import DataFolder, Postgres
from runtime.settings import Settings

ROUNDS = 3


def main() -> None:
    """Measure, print the table, say where the figures are."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("only", nargs="*", choices=["P1", "P2", "P3", []], help="which; all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each, {ROUNDS} if not said")
    arguments = parser.parse_args()
    chosen = set(arguments.only or ("P1", "P2", "P3"))
    with (
        tempfile.TemporaryDirectory() as folder,
        DataFolder(Path(folder)) as data,
        Postgres(data) as server,
    ):
        url = server.url()
        migrations.upgrade(url)
        comparisons: list[Comparison] = []
        if chosen & {"P1", "P2"}:
            settings = Settings(database_url=url)
            comparisons += commands.measure(settings, server.url("postgres"), arguments.rounds)
        if "P3" in chosen:
            comparisons.append(appends.measure(url, arguments.rounds))
        path = report(comparisons, environment() | _server(url))
    print(f"figures kept in {path.relative_to(Path.cwd())}")


def _server(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        return {
            name: str((connection.execute(f"SHOW {name}").fetchone() or ("?",))[0])
            for name in ("server_version", "fsync", "synchronous_commit")
        }


if __name__ == "__main__":
    main()
