"""Tables in Markdown, for the pages that are written from what the code declares."""

from collections.abc import Iterable, Iterator


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table, line by line.

    Args:
        columns: what is at their heads.
        rows: as many cells each.
    """
    heads = list(columns)
    yield _row(heads)
    yield _row("---" for _ in heads)
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
