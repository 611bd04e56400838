"""The archived write-ahead log: which of its segments follow one another, and where it has a hole.

A database that was restored goes on along another timeline, which left the one before at a position
of the log. Whoever restores again follows the newest timeline, and along each the segments that it
has not left yet.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

SEGMENT_BYTES: Final = 16 * 1024 * 1024
_SEGMENTS_A_FILE: Final = 2**32 // SEGMENT_BYTES
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_HISTORY = re.compile(r"([0-9A-F]{8})\.history")


def lsn(text: str) -> int:
    """A position of the log, from how PostgreSQL writes it: ``0/2000028``."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment_name(timeline: int, number: int) -> str:
    """The file of a segment."""
    high, low = divmod(number, _SEGMENTS_A_FILE)
    return f"{timeline:08X}{high:08X}{low:08X}"


def segment_number(name: str) -> int:
    """Which segment of its timeline a file is."""
    return int(name[8:16], 16) * _SEGMENTS_A_FILE + int(name[16:24], 16)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the log leads from a base backup.

    Attributes:
        last: the last segment that can be reached.
        missing: the first that is not there although later ones are; `None` when none is missing.
        until: when the last was archived; nothing later than that is in the log.
    """

    last: str | None
    missing: str | None
    until: datetime | None


class Log:
    """The segments that lie in some folders; what is in the first is taken from there."""

    def __init__(self, *folders: Path) -> None:
        """Look into the folders."""
        self._files: dict[str, Path] = {}
        for folder in reversed(folders):
            for path in folder.iterdir() if folder.is_dir() else ():
                if _SEGMENT.fullmatch(path.name) or _HISTORY.fullmatch(path.name):
                    self._files[path.name] = path

    @property
    def timelines(self) -> list[tuple[int, int]]:
        """The timelines that lead to the newest one, each with where it was begun."""
        histories = [int(name[:8], 16) for name in self._files if _HISTORY.fullmatch(name)]
        if not histories:
            segments = [int(name[:8], 16) for name in self._files]
            return [(max(segments, default=1), 0)]
        newest = max(histories)
        begun, found = 0, []
        for line in self._files[f"{newest:08X}.history"].read_text().splitlines():
            parts = line.split()
            if len(parts) >= 2 and parts[0].isdigit():
                found.append((int(parts[0]), begun))
                begun = lsn(parts[1])
        return [*found, (newest, begun)]

    def leads_on(self, timeline: int, end_lsn: int) -> bool:
        """Whether a base backup lies on the way to the newest timeline."""
        chain = self.timelines
        for (number, _), left in zip(
            chain, [*(begun for _, begun in chain[1:]), None], strict=True
        ):
            if number == timeline:
                return left is None or end_lsn <= left
        return False

    def reach(self, start_lsn: int) -> Reach:
        """How far the segments follow one another from a position of the log."""
        chain = self.timelines
        first, last = start_lsn // SEGMENT_BYTES, None
        end = max((segment_number(name) for name in self._files if len(name) == 24), default=-1)
        missing = None
        for number in range(first, end + 1):
            timeline = max(
                (each for each in chain if each[1] // SEGMENT_BYTES <= number),
                key=lambda each: each[1],
            )[0]
            name = segment_name(timeline, number)
            if name not in self._files:
                missing = missing or name
            elif missing is not None:
                return self._reach(last, missing)
            else:
                last = name
        return self._reach(last, None)

    def _reach(self, last: str | None, missing: str | None) -> Reach:
        until = None
        if last is not None:
            until = datetime.fromtimestamp(self._files[last].stat().st_mtime, UTC)
        return Reach(last, missing, until)
