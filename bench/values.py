"""Values before and after: what two trees need to encode, decode, make, copy and fold events.

``python -m bench.values OTHER_TREE`` measures this tree and another, which is installed as this one
is, in turn and in one run, so that a noisy neighbour strikes both. Processor time, not the clock's.
"""

import subprocess
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import IO

import typer

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "tests" / "golden" / "log.jsonl"
MEASURES = ("encode", "decode", "make", "copy", "fold", "replay")
ROUNDS = 7


def main(other: Path, rounds: int = ROUNDS) -> None:
    """Print a table of microseconds an operation, and how many times as quick this tree is."""
    with ExitStack() as ended:
        sides = [_side(tree.resolve(), ended) for tree in (other, ROOT)]
        print(f"{'µs each':8} {'other':>8} {'this':>8}   times as quick (lowest to highest)")
        for measure in MEASURES:
            found = [[_asked(side, measure) for side in sides] for _ in range(rounds)]
            ratios = [before / after for before, after in found]
            before, after = (median(column) for column in zip(*found, strict=True))
            print(
                f"{measure:8} {before:8.2f} {after:8.2f}   {median(ratios):.2f}"
                f" ({min(ratios):.2f} to {max(ratios):.2f})"
            )


Side = tuple[IO[str], IO[str]]


def _side(tree: Path, ended: ExitStack) -> Side:
    """A tree's process: what it is told, and what it says."""
    # -P: the folder of the program holds modules of the same names as libraries'.
    command: list[str | Path] = [
        tree / ".venv" / "bin" / "python",
        "-P",
        Path(__file__).with_name("values_one.py"),
    ]
    process = ended.enter_context(
        subprocess.Popen(
            [*command, LOG],
            cwd=tree,
            env={"PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process has no pipes")
    return process.stdin, process.stdout


def _asked(side: Side, measure: str) -> float:
    told, said = side
    print(measure, file=told, flush=True)
    return float(said.readline())


if __name__ == "__main__":
    typer.run(main)
