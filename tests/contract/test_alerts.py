"""The alerts that come with the project ask for figures that there are, and say what to do."""

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import projectors.engine.metrics
import query_api.lag
import relay.metrics
import runtime.metrics
from runtime.problems import STATUSES

RULES = Path(__file__).resolve().parents[2] / "deploy" / "alerts" / "rules.yaml"
WHO_MEASURES = (
    relay.metrics,
    projectors.engine.metrics,
    query_api.lag,
    runtime.metrics,
)

_FIELD = re.compile(r"^\s*(?:- )?(\w+): (.+)$")


def alerts() -> list[dict[str, str]]:
    """Every alert's fields, by name; the file nests no deeper than a name and its text."""
    found: list[dict[str, str]] = []
    for line in RULES.read_text().splitlines():
        field = _FIELD.match(line)
        if field is None or line.lstrip().startswith("#"):
            continue
        name, text = field.groups()
        if name == "alert":
            found.append({})
        if found:
            found[-1][name] = text
    return found


def figures() -> set[str]:
    """Every name under which this project's processes show something."""
    return {
        name
        for family in REGISTRY.collect()
        for suffix in ("", "_total", "_bucket", "_count", "_sum")
        for name in [family.name + suffix]
        if not suffix or family.type != "gauge"
    }


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_figures_there_are_and_says_what_to_do(alert: dict[str, str]) -> None:
    asked = set(re.findall(r"drawbridge_\w+", alert["expr"]))
    assert asked
    assert asked <= figures()
    assert alert["expr"].count("(") == alert["expr"].count(")")
    assert alert["severity"] in {"page", "warn"}
    assert alert["summary"].startswith('"')
    assert alert["action"].startswith('"')


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_a_problem_that_an_alert_names_is_one_of_ours(alert: dict[str, str]) -> None:
    for codes in re.findall(r'code=~"([^"]+)"', alert["expr"]):
        assert set(codes.split("|")) <= set(STATUSES)


def test_alerts_have_names_of_their_own() -> None:
    names = [alert["alert"] for alert in alerts()]
    assert len(set(names)) == len(names) > 5
