"""What a long run came to: for people on standard error, for scripts as JSON, and on failure a folder."""

import json
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from tests.faults.checker import CHECKS, PLANTED, Artefacts, check
from tests.faults.nemesis import Kill, struck_at_work
from tests.faults.run import Run

AT_WORK_MIN = 0.8
KILLS_MIN = 10
"""Below so many kills a share says nothing."""
DUMPED = ("ledger.events", "ledger.command_log", "read.checkpoints", "read.parked", "read.loans")


@dataclass(slots=True)
class Report:
    """A long run's figures.

    Attributes:
        kills: by kind, how many and how many of them struck work under way.
        level_seconds: until read side and topic had caught up, after the last command.
        messages: looked at, in so many ``topics``: at the end, and before each loss.
        lost_up_to: the highest position that the broker may have forgotten.
        wrong: what each red check says; empty when all is well.
        planted: for each planted bug, whether its check found it.
    """

    seed: int
    seconds: float
    operations: dict[str, int] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    loans: int = 0
    kills: dict[str, tuple[int, int]] = field(default_factory=dict)
    pauses: dict[str, int] = field(default_factory=dict)
    broker: dict[str, int] = field(default_factory=dict)
    unsupported: dict[str, str] = field(default_factory=dict)
    events: int = 0
    messages: int = 0
    topics: int = 0
    lost_up_to: int = 0
    level_seconds: float = 0.0
    wrong: dict[str, list[str]] = field(default_factory=dict)
    planted: dict[str, bool] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, and every planted bug was found."""
        return not self.wrong and bool(self.planted) and all(self.planted.values())

    def struck(self, run: Run) -> None:
        """Take over what the nemesis and the writers did."""
        self.attempts = dict(run.history.counts)
        self.loans = sum(writer.loans for writer in run.writers)
        self.kills = by_kind(run.nemesis.kills)
        self.pauses = dict(run.nemesis.pauses)
        self.broker = dict(run.nemesis.broker.counts)
        self.unsupported = dict(run.nemesis.broker.unsupported)
        self.level_seconds = round(run.level_seconds, 1)

    def judge(self, run: Run, left: Artefacts) -> None:
        """Check what is left, then each check by its planted bugs."""
        self.operations = dict(Counter(operation.outcome for operation in left.operations))
        self.events, self.messages = (
            len(left.events),
            sum(len(topic.messages) for topic in left.topics),
        )
        self.lost_up_to = left.topics[-1].lost_up_to
        self.topics = len(left.topics)
        self.wrong |= check(left)
        if run.astray:
            self.wrong["astray"] = run.astray
        if run.verified:
            self.wrong["projections verify"] = [run.verified]
        share = struck_at_work(run.nemesis.kills)
        if len(run.nemesis.kills) >= KILLS_MIN and share < AT_WORK_MIN:
            self.wrong["kills at work"] = [f"{share:.0%} of the kills struck work under way"]
        if not self.wrong:  # in what is wrong already a bug proves nothing
            self.planted = {bug.name: any(CHECKS[bug.check](bug.plant(left))) for bug in PLANTED}

    def write(self, path: Path) -> None:
        """The report as JSON."""
        path.write_text(json.dumps(asdict(self) | {"passed": self.passed}, indent=2) + "\n")

    def show(self, console: Console) -> None:
        """The report as a table."""
        table = Table(
            "What", "Result", title=f"{self.seconds:g} seconds of faults, seed {self.seed}"
        )
        table.add_row("operations", _counts(self.operations))
        table.add_row("attempts", _counts(self.attempts))
        table.add_row("loans to their payoff", f"{self.loans:,}")
        for kind, (kills, at_work) in sorted(self.kills.items()):
            table.add_row(f"kill -9 of {kind}", f"{kills}, {at_work} of them at work")
        table.add_row("pauses", _counts(self.pauses))
        table.add_row("broker", _counts(self.broker))
        for kind, why in self.unsupported.items():
            table.add_row(f"broker {kind}", f"not on this broker: {why}")
        table.add_row("events", f"{self.events:,}")
        table.add_row("messages looked at", f"{self.messages:,}, at {self.topics} moments")
        table.add_row("caught up in", f"{self.level_seconds:g} s")
        for name in CHECKS:
            table.add_row(name, "RED" if name in self.wrong else "green" if self.events else "-")
        found = sum(self.planted.values())
        table.add_row("planted bugs found", f"{found} of {len(self.planted)}")
        console.print(table)
        for name, said in self.wrong.items():
            console.print(f"{name}:", *said[:20], sep="\n  ", markup=False)
        for name in [name for name, was_found in self.planted.items() if not was_found]:
            console.print(f"not found: {name}", markup=False)


def by_kind(kills: list[Kill]) -> dict[str, tuple[int, int]]:
    """By kind, how many kills and how many of them struck work under way."""
    kinds = {kill.kind for kill in kills}
    return {
        kind: (
            sum(kill.kind == kind for kill in kills),
            sum(kill.kind == kind and kill.interrupted.count > 0 for kill in kills),
        )
        for kind in sorted(kinds)
    }


def keep(run: Run, folder: Path) -> None:
    """Keep histories, logs and the store's tables for whoever looks into a failure."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (run.history.path, run.tail, *run.folder.glob("topic-*.json")):
        shutil.copy(path, folder)
    shutil.copytree(run.system.folder.logs, folder / "logs", dirs_exist_ok=True)
    with suppress(psycopg.Error), psycopg.connect(run.system.database_url) as connection:
        for table in DUMPED:
            statement = f"COPY {table} TO STDOUT (FORMAT csv, HEADER)"
            with (
                (folder / f"{table}.csv").open("wb") as file,
                connection.cursor().copy(statement.encode()) as rows,
            ):
                for block in rows:
                    file.write(block)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items())) or "none"
