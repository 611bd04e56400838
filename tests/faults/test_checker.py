"""The checker on an example small enough to be read: green as it is, red for every planted bug."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import checker
from tests.faults.checker import CHECKS, PLANTED, Artefacts, Planted, check
from tests.faults.checker.artefacts import (
    Answer,
    Command,
    Delivered,
    Event,
    Operation,
    Posting,
    Topic,
)
from tests.faults.checker.collect import operations
from tests.faults.evidence import UnderWay
from tests.faults.nemesis import Kill, struck_at_work

ALLOWED = {"aiokafka", "psycopg"}
"""What the checker may import, beside the standard library and itself."""

LENT = (Posting("loan:principal", 100_00, 0), Posting("cash:operating", 0, 100_00))
PROMISED = (Posting("memo:commitment", 900_00, 0), Posting("memo:undisbursed", 0, 900_00))


def event(
    position: int, of: str, what: str, version: int = 1, loan: str = "", **more: object
) -> Event:
    return Event(
        position=position,
        recorded_at=f"2025-01-15 12:00:0{position}",
        stream_id=of,
        version=version,
        partition=1 if "oak" in (of, loan) else 0,
        partition_key=loan or of,
        command_id=str(more.get("command", f"command {position}")),
        operation=str(more.get("operation", f"operation {position}")),
        type=what,
        effective_on="2025-01-15",
        digest=str(position),
        postings=more.get("postings", ()),  # type: ignore[arg-type]  # of one kind
    )


EVENTS = (
    event(1, "elm", "loan.originated"),
    event(2, "oak", "loan.originated"),
    event(3, "elm", "loan.closed", 2, postings=(*LENT, *PROMISED)),
    event(4, "first", "draw.created", loan="elm"),
    event(5, "elm", "loan.draw_opened", 3, command="command 4", operation="operation 4"),
    event(6, "oak", "loan.declined", 2),
)


def message(position: int, before: int) -> Delivered:
    of = EVENTS[position - 1]
    told = (of.stream_id, of.version, of.type, of.partition_key, "epoch", of.digest)
    return Delivered(of.partition, position, position, before, *told)


def operation(number: int, position: int) -> Operation:
    answer = Answer(201, position, f"answer {number}")
    told = ("a step", "ok", (answer, answer), None, "ok", True)
    return Operation(f"operation {number}", f"key {number}", *told)


TABLES = {
    "journal_lines": [
        (3, 1, "elm", "loan.closed", "2025-01-15", "loan:principal", 100_00, 0),
        (3, 2, "elm", "loan.closed", "2025-01-15", "cash:operating", 0, 100_00),
        (3, 3, "elm", "loan.closed", "2025-01-15", "memo:commitment", 900_00, 0),
        (3, 4, "elm", "loan.closed", "2025-01-15", "memo:undisbursed", 0, 900_00),
    ],
    "loan_balances": [
        ("elm", "loan:principal", 1, 100_00, 0),
        ("elm", "cash:operating", 1, 0, 100_00),
        ("elm", "memo:commitment", 1, 900_00, 0),
        ("elm", "memo:undisbursed", 1, 0, 900_00),
    ],
    "account_totals": [
        (0, "loan:principal", 1, 100_00, 0),
        (0, "cash:operating", 1, 0, 100_00),
        (0, "memo:commitment", 1, 900_00, 0),
        (0, "memo:undisbursed", 1, 0, 900_00),
    ],
    "history": [(each.position, each.type, each.partition_key, each.stream_id) for each in EVENTS],
    "history_counts": [("elm", 4), ("oak", 2)],
    "loans": [("elm", 0, 3, "ACTIVE", 100_00), ("oak", 1, 2, "DECLINED", 0)],
    "draws": [("first", "elm", 1, "DRAFT")],
    "loan_totals": [("ACTIVE", 0, 1, 100_00), ("DECLINED", 1, 1, 0)],
    "checkpoints": [("journal", 0, 5), ("journal", 1, 6), ("loans", 0, 5), ("loans", 1, 6)],
    "parked": [],
    "skipped": [],
}
GOOD = Artefacts(
    events=EVENTS,
    commands=[
        Command("command 1", 1, 1, 201),
        Command("command 2", 2, 2, 201),
        Command("command 3", 3, 3, 200),
        Command("command 4", 4, 5, 201),
        Command("command 6", 6, 6, 200),
        Command("nothing to decide", None, None, 200),
    ],
    head=6,
    epoch="epoch",
    topics=[
        # Just before it was wiped: the relay was not done with the second.
        Topic([message(1, 0)], lost_up_to=0, owed_up_to=1),
        # One was sent twice, and what came before it is gone.
        Topic(
            [message(3, 1), message(3, 1), message(4, 3), message(5, 4), message(6, 2)],
            lost_up_to=2,
            owed_up_to=6,
        ),
    ],
    tables=TABLES,
    operations=[
        *(operation(number, number) for number in (1, 2, 3, 6)),
        operation(4, 5),
        Operation("refused", "key 1", "a repeat", "fail", (), "IDEMPOTENCY_MISMATCH", "fail", True),
    ],
    tailed=[(each.position, each.stream_id, each.version) for each in EVENTS],
)


def test_all_checks_pass_a_good_run() -> None:
    assert check(GOOD) == {}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_every_planted_bug_turns_its_check_red(planted: Planted) -> None:
    assert planted.check in check(planted.plant(GOOD))


def test_every_check_has_a_planted_bug() -> None:
    assert {planted.check for planted in PLANTED} == set(CHECKS)


def test_the_topic_owed_before_its_loss_what_the_relay_had_said() -> None:
    before, at_the_end = GOOD.topics
    owing = replace(before, owed_up_to=2)

    assert set(check(replace(GOOD, topics=[owing, at_the_end]))) == {"N4 unrelayed"}


def test_an_operation_is_known_by_any_of_its_attempts() -> None:
    def line(kind: str, op: str, **told: object) -> dict[str, object]:
        return {"kind": kind, "op": op, **told}

    begun = {"key": "k", "what": "w", "expected": "ok", "step": True}
    answered = {"status": 201, "position": 7, "answer": "a"}
    lines = [
        line("invoke", "retried", **begun),
        line("unknown", "retried", why="ReadTimeout"),
        line("invoke", "retried", **begun),
        line("ok", "retried", **answered),
        line("invoke", "cut off", **begun),
        line("invoke", "refused", **begun),
        line("fail", "refused", code="RULE_BROKEN"),
        line("invoke", "both", **begun),
        line("fail", "both", code="RULE_BROKEN"),
        line("ok", "both", **answered),
        {"kind": "loss", "position": 1},
    ]

    outcomes = {found.id: found.outcome for found in operations(lines)}

    assert outcomes == {"retried": "ok", "cut off": "unknown", "refused": "fail", "both": "both"}


def test_a_kill_that_interrupted_nothing_does_not_count() -> None:
    kills = [Kill("api", "api-1", UnderWay("requests", count)) for count in (3, 0, 1, 1)]

    assert struck_at_work(kills) == 0.75


def test_the_checker_knows_no_code_of_the_service() -> None:
    folder = Path(str(checker.__file__)).parent

    imported = {name for file in folder.glob("*.py") for name in imports(file)}

    own = {name for name in imported if name.startswith("tests.faults.checker")}
    roots = {name.partition(".")[0] for name in imported - own}
    assert roots - set(sys.stdlib_module_names) == ALLOWED


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""
