"""What a process keeps of rows it wrote: the states of the loans at work need no reading again.

It is right only as long as nobody else has changed the rows. That is what the checkpoint shows once
its row is locked: every other projector moves the position, and whatever else changes rows, a retry,
a skip or a rebuild, moves the generation. So a lane forgets everything when either is not what it
knows, and whenever a transaction of its own does not end well.
"""

from collections.abc import Mapping
from typing import Any

from projectors.engine.projection import Key, RowValues

ROWS_KEPT_MAX = 128
"""Of a table in a partition; with its state a loan's row is some tens of kilobytes."""

Entry = tuple[Any, RowValues]
"""A state, and the row that it was written as."""


class Kept:
    """The latest rows of one projection in one partition, with their states."""

    __slots__ = ("_held", "_staged")

    def __init__(self) -> None:
        self._held: dict[str, dict[Key, Entry]] = {}
        self._staged: dict[str, dict[Key, Entry]] = {}

    def get(self, table: str, key: Key) -> Entry | None:
        """What a key of a table was left as, if it is kept."""
        held = self._held.get(table)
        return None if held is None else held.get(key)

    def stage(self, table: str, key: Key, entry: Entry) -> None:
        """Keep a row that is being written, once it is committed."""
        self._staged.setdefault(table, {})[key] = entry

    def settle(self) -> None:
        """The transaction is committed: keep what it wrote, and let go of what is oldest."""
        for table, staged in self._staged.items():
            held = self._held.setdefault(table, {})
            for key, entry in staged.items():
                held.pop(key, None)
                held[key] = entry
            for key in list(held)[: max(0, len(held) - ROWS_KEPT_MAX)]:
                del held[key]
        self._staged = {}

    def forget(self) -> None:
        """Keep nothing."""
        self._held = {}
        self._staged = {}


KeptByPartition = Mapping[int, Kept]
"""A batch's partitions are told apart by what is kept of each."""
