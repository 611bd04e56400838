"""The documents are true where a machine can tell: links lead somewhere, decisions are listed once."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"
MAP_BYTES_MAX = 9_000
DECISION_CHARS_MAX = 2_000
"""Half a page."""

_LINK = re.compile(r"\[[^\]\[]*\]\(([^()\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)
_STATUS = re.compile(r"accepted|(superseded|amended) by \d+(, \d+)*")
_NOT_OURS = {".venv", ".tools", ".data", ".git", "node_modules"}


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    return sorted(
        path
        for path in ROOT.rglob("*.md")
        if _NOT_OURS.isdisjoint(part for part in path.relative_to(ROOT).parts)
    )


def links(document: Path) -> Iterator[tuple[Path, str]]:
    """Where a document's relative links lead: the file, and the heading in it, if one is named."""
    text = _FENCED.sub("", document.read_text())
    for target in _LINK.findall(text):
        if "://" not in target and not target.startswith("mailto:"):
            place, _, anchor = target.partition("#")
            yield (document.parent / place).resolve() if place else document, anchor


@cache
def anchors(document: Path) -> frozenset[str]:
    """The anchors of a document's headings, as they are made where it is shown."""
    headings = _HEADING.findall(_FENCED.sub("", document.read_text()))
    return frozenset(re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_a_heading_of_it(document: Path) -> None:
    lost = [
        f"{place.relative_to(ROOT)}#{anchor}"
        for place, anchor in links(document)
        if not place.exists() or (anchor and anchor not in anchors(place))
    ]

    assert lost == []


def decisions() -> list[Path]:
    return sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")


def test_decisions_are_numbered_from_one_without_a_gap_or_a_repeat() -> None:
    numbers = [int(path.name.partition("-")[0]) for path in decisions()]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.stem)
def test_a_decision_has_its_number_a_status_and_half_a_page(path: Path) -> None:
    title, _, status, *_ = path.read_text().splitlines()

    assert title.startswith(f"# {int(path.name.partition('-')[0])}. ")
    assert _STATUS.fullmatch(status.removeprefix("Status: "))
    assert len(path.read_text()) <= DECISION_CHARS_MAX


def test_the_list_of_decisions_is_the_files() -> None:
    listed = [
        line
        for line in (DECISIONS / "README.md").read_text().splitlines()
        if re.match(r"\| \d", line)
    ]

    assert listed == [_line(path) for path in decisions()]


def _line(path: Path) -> str:
    title, _, status, *_ = path.read_text().splitlines()
    number, _, name = title.removeprefix("# ").partition(". ")
    return f"| {number} | [{name}]({path.name}) | {status.removeprefix('Status: ')} |"


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.stem)
def test_what_replaces_a_decision_is_a_later_one(path: Path) -> None:
    status = path.read_text().splitlines()[2]
    replacing = [int(number) for number in re.findall(r"\d+", status)]

    assert all(int(path.name.partition("-")[0]) < each <= len(decisions()) for each in replacing)


def test_the_map_is_one_page() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_bytes()) <= MAP_BYTES_MAX
