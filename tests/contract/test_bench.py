"""The harness of the benchmarks, on benchmarks that take no time."""

import json
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bench import report
from bench.compare import (
    CannotMeasureError,
    Comparison,
    Direction,
    Round,
    interleave,
    number_of,
    percentiles,
)
from bench.ground import Ground, own_servers
from bench.registry import BENCHMARKS, NAMES, Benchmark, choose
from bench.report import Unmeasured
from bench.run import run
from deploy.cli import app
from deploy.errors import RefusedError

SETTINGS = {"cores": "2"}


def _comparison(
    name: str = "P1", direction: Direction = Direction.AT_LEAST, target: float | None = 0.5
) -> Comparison:
    return Comparison(name, "ours", "theirs", "/s", target, direction=direction)


def _measured(ratios: list[float], name: str = "P1", **options: Any) -> Comparison:
    made = _comparison(name, **options)
    made.ours, made.limit = [100 * ratio for ratio in ratios], [100.0] * len(ratios)
    return made


def _fake_ground(only: frozenset[str] = frozenset()) -> Ground:
    return cast(Ground, SimpleNamespace(rounds=3, quick=False, only=only))


def test_the_limit_and_ours_are_measured_in_turn() -> None:
    turns: list[str] = []

    def turn(name: str, value: float) -> float:
        turns.append(name)
        return value

    interleave(_comparison(), lambda: turn("ours", 50), lambda: turn("limit", 100), 3)

    assert turns == ["limit", "ours"] * 3


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_figures() -> None:
    comparison = _comparison()
    comparison.ours, comparison.limit = [10.0, 90.0, 60.0], [100.0, 100.0, 60.0]

    assert comparison.ratios == [0.1, 0.9, 1.0]
    assert comparison.ratio == 0.9
    assert comparison.spread == (0.1, 1.0)


def test_what_a_round_saw_besides_is_kept_with_its_side_and_number() -> None:
    comparison = _comparison()

    interleave(comparison, lambda: Round(1.0, {"millis": {"p50": 2}}), lambda: 2.0, 2)

    assert comparison.details == [
        {"side": "ours", "round": 1, "millis": {"p50": 2}},
        {"side": "ours", "round": 2, "millis": {"p50": 2}},
    ]


@pytest.mark.parametrize(
    ("ratio", "direction", "is_met"),
    [
        (0.5, Direction.AT_LEAST, True),
        (0.49, Direction.AT_LEAST, False),
        (0.5, Direction.AT_MOST, True),
        (0.51, Direction.AT_MOST, False),
    ],
)
def test_a_target_is_met_at_its_bound_and_missed_a_hundredth_beyond(
    ratio: float, direction: Direction, is_met: bool
) -> None:
    assert _measured([ratio], direction=direction).is_met is is_met


def test_what_has_no_target_is_neither_met_nor_missed() -> None:
    assert _measured([0.5], target=None).is_met is None


def test_without_a_limit_the_target_is_in_the_unit_itself() -> None:
    comparison = Comparison("P9", "visible", "", "ms", 100.0, direction=Direction.AT_MOST)
    comparison.ours = [80.0, 120.0, 90.0]

    assert comparison.ratio == 90
    assert comparison.is_met


def test_percentiles_are_values_that_were_measured() -> None:
    found = percentiles([float(value) for value in range(1000, 0, -1)])

    assert found == {"p50": 501, "p95": 951, "p99": 991, "p99.9": 1000, "max": 1000}
    assert percentiles([]) == {}


@pytest.mark.parametrize(
    ("value", "shown"), [(2888.4, "2,888"), (0.4567, "0.457"), (12.34, "12.3")]
)
def test_figures_show_the_digits_that_count(value: float, shown: str) -> None:
    assert number_of(value) == shown


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        ([0.50, 0.52, 0.54], [0.55, 0.56, 0.57], False),
        ([0.50, 0.52, 0.54], [0.56, 0.57, 0.58], True),
        ([0.50, 0.52, 0.54], [0.40, 0.57, 0.70], False),
        ([0.52], [0.90], None),
    ],
)
def test_a_ratio_has_moved_when_it_did_by_more_than_the_spread_of_either_run(
    before: list[float], now: list[float], moved: bool | None
) -> None:
    old = report.document([_measured(before)], [], SETTINGS)

    (change,) = report.changes(old, [_measured(now)])

    assert change.moved is moved
    assert change.now == pytest.approx(sorted(now)[len(now) // 2])


def test_a_benchmark_that_the_other_run_lacks_has_no_change() -> None:
    old = report.document([_measured([0.5, 0.5])], [], SETTINGS)

    assert report.changes(old, [_measured([0.5, 0.5], name="P3")]) == []


def test_a_run_is_kept_whole_and_read_back(tmp_path: Path) -> None:
    kept = report.document(
        [_measured([0.4, 0.6])], [Unmeasured("P8", "relay", "no broker")], SETTINGS, {"quick": True}
    )

    path = report.keep(kept, tmp_path / "results")

    found = json.loads(path.read_text())
    assert found["schema_version"] == 1
    assert found["settings"] == SETTINGS
    assert found["quick"] is True
    assert {"at", "command_line", "revision"} <= set(found)
    (measured,) = found["measured"]
    assert (measured["ours"], measured["limit"]) == ([40.0, 60.0], [100.0, 100.0])
    assert (measured["ratio"], measured["spread"]) == (0.5, [0.4, 0.6])
    assert (measured["direction"], measured["target"], measured["met"]) == (">=", 0.5, True)
    assert found["unmeasured"][0]["why"] == "no broker"
    assert report.load(path) == found


def test_a_run_is_compared_with_the_newest_that_measured_the_same_in_the_same_way(
    tmp_path: Path,
) -> None:
    def kept(name: str, *, quick: bool) -> Path:
        run = report.document([_measured([0.5], name=name)], [], SETTINGS, {"quick": quick})
        return report.keep(run, tmp_path)

    kept("P1", quick=False)
    wanted = kept("P1", quick=False)
    kept("P1", quick=True)
    kept("P3", quick=False)

    assert report.last_before(tmp_path, ["P1"], quick=False) == wanted
    assert report.last_before(tmp_path, ["P8"], quick=False) is None


def test_the_table_says_what_was_met_what_was_missed_and_what_could_not_be_measured() -> None:
    rows = [_measured([0.6]), _measured([0.4], name="P2")]
    made = report.table(rows, [Unmeasured("P8", "relay", "no broker")], SETTINGS)
    console = Console(width=140, record=True, file=StringIO())

    console.print(made)

    text = console.export_text()
    assert [word in text for word in ("met", "short", "no broker")] == [True] * 3


def test_one_that_fails_or_cannot_run_leaves_the_others_as_they_are() -> None:
    def cannot(_: Ground) -> Comparison:
        raise CannotMeasureError("it needs a disk")

    def fails(_: Ground) -> Comparison:
        raise ZeroDivisionError("by zero")

    def works(_: Ground) -> list[Comparison]:
        return [_measured([0.5], name="P3"), _measured([0.5], name="P4")]

    outcome = run(
        [
            Benchmark(("P1",), "one", cannot, 1),
            Benchmark(("P2",), "two", fails, 1),
            Benchmark(("P3", "P4"), "three", works, 1),
        ],
        _fake_ground(frozenset({"P3"})),
    )

    assert [one.name for one in outcome.measured] == ["P3"]
    whys = [(one.name, one.why) for one in outcome.unmeasured]
    assert whys == [("P1", "it needs a disk"), ("P2", "ZeroDivisionError: by zero")]


def test_an_interrupted_run_keeps_what_was_measured() -> None:
    def works(_: Ground) -> Comparison:
        return _measured([0.5])

    def interrupted(_: Ground) -> Comparison:
        raise KeyboardInterrupt

    outcome = run(
        [
            Benchmark(("P1",), "one", works, 1),
            Benchmark(("P2",), "two", interrupted, 1),
            Benchmark(("P3",), "three", works, 1),
        ],
        _fake_ground(),
    )

    assert [one.name for one in outcome.measured] == ["P1"]
    assert [one.name for one in outcome.unmeasured] == ["P2", "P3"]


def test_what_takes_long_runs_when_it_is_named_or_quickly() -> None:
    long = {name for one in BENCHMARKS if one.is_long for name in one.names}

    def names(chosen: tuple[Benchmark, ...]) -> set[str]:
        return {name for one in chosen for name in one.names}

    usual, left_out = choose([], quick=False)
    assert names(left_out) == long
    assert names(usual) == set(NAMES) - long
    assert names(choose([], quick=True)[0]) == set(NAMES)
    assert names(choose(["P10"], quick=False)[0]) == {"P10"}


def test_names_are_given_once() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_an_unknown_name_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["bench", "P99"]).exit_code == 2


def test_servers_of_somebody_else_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWBRIDGE_DATABASE_URL", "postgresql://somebody@there/ledger")

    with pytest.raises(RefusedError), own_servers(1, quick=True, only=frozenset()):
        pass
