"""Folding one loan after another into rows; nothing of a loan is kept once its events end."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table

from domain.events.catalogue import CATALOGUE
from domain.events.envelope import Recorded
from projectors.engine.apply import fold_into
from projectors.engine.blame import is_of_the_event, reason_of
from projectors.engine.projection import (
    AppendedRows,
    FoldedRows,
    Key,
    Part,
    Projection,
    RowValues,
    Summed,
    add_to,
)
from projectors.engine.rebuild.errors import Poison
from projectors.engine.rebuild.work import Target
from projectors.engine.statements import sum_rows

Write = Callable[[Table, Sequence[RowValues]], None]
"""Takes rows of a table."""
Sums = dict[Table, dict[Key, list[int]]]
"""Sums of a chunk, by table and key."""


class _Folded:
    """Holds the states of one loan."""

    def __init__(self, part: FoldedRows[Any], write: Write, sums: Sums) -> None:
        self._part = part
        self._write = write
        self._sums = [(each.of, sums.setdefault(each.table, {})) for each in part.counters]
        self._states: dict[Key, Any] = {}

    def take(self, events: Iterable[Recorded]) -> None:
        keys = self._part.keys
        fold_into(self._states, self._part, ((each, keys(each)) for each in events))

    def end(self) -> None:
        part, states = self._part, self._states
        if not states:
            return
        rows = [part.dump(state) for state in states.values()]
        self._write(part.table, rows)
        for of, sums in self._sums:
            for row in rows:
                add_to(sums, of(row))
        if part.details is not None:
            for state in states.values():
                self._write(part.details.table, part.details.of(state))
        self._states = {}


class _Appended:
    """Passes rows on as they come."""

    def __init__(self, part: AppendedRows, write: Write) -> None:
        self._part = part
        self._write = write

    def take(self, events: Iterable[Recorded]) -> None:
        rows = self._part.rows
        self._write(self._part.table, [row for each in events for row in rows(each)])

    def end(self) -> None:
        pass


class _Summed:
    """Adds to the sums of a chunk."""

    def __init__(self, part: Summed, sums: Sums) -> None:
        self._part = part
        self._sums = sums.setdefault(part.table, {})

    def take(self, events: Iterable[Recorded]) -> None:
        of, sums = self._part.of, self._sums
        for each in events:
            add_to(sums, of(each))

    def end(self) -> None:
        pass


class _Lane:
    """One projection in a replay: which events it takes, and what becomes of them."""

    def __init__(
        self, projection: Projection, target: Target, last: Sequence[int], write: Write, sums: Sums
    ) -> None:
        self._name = projection.name
        self._sinks = [_sink(part, write, sums) for part in projection.parts]
        self._reads = frozenset(kind.cls for kind in CATALOGUE if projection.wants(kind.cls))
        self._left_out = target.left_out
        # A page brings what comes before the last position that any projection wants.
        self._positions = None if target.positions == tuple(last) else target.positions
        self._latest: Recorded | None = None

    def take(self, events: Sequence[Recorded]) -> None:
        reads = self._reads
        wanted = [each for each in events if type(each.event) in reads]
        if self._positions is not None or self._left_out:
            wanted = [each for each in wanted if self._takes(each)]
        if not wanted:
            return
        for sink in self._sinks:
            with self._blaming():
                sink.take(self._watched(wanted))

    def end(self) -> None:
        """Write what is left of the loan; what fails here fails for its last event."""
        for sink in self._sinks:
            with self._blaming():
                sink.end()

    def _takes(self, recorded: Recorded) -> bool:
        positions = self._positions
        is_reached = positions is None or recorded.position <= positions[recorded.partition]
        return is_reached and recorded.position not in self._left_out

    def _watched(self, events: Sequence[Recorded]) -> Iterator[Recorded]:
        for each in events:
            self._latest = each
            yield each

    @contextmanager
    def _blaming(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            latest = self._latest
            if latest is None or not is_of_the_event(error):
                raise
            raise Poison(self._name, latest.position, latest.type, reason_of(error)) from error


class Folding:
    """Every projection of a replay over the events of one chunk."""

    def __init__(
        self,
        projections: Sequence[Projection],
        targets: Mapping[str, Target],
        last: Sequence[int],
        write: Write,
    ) -> None:
        """Begin a chunk.

        Args:
            projections: over the tables to fill.
            targets: of each, by its name.
            last: the last position of each partition that any of them wants.
            write: takes rows as they are made.
        """
        self._write = write
        self._sums: Sums = {}
        self._lanes = [
            _Lane(each, targets[each.name], last, write, self._sums) for each in projections
        ]

    def take(self, events: Sequence[Recorded]) -> None:
        """Fold events of one loan, in their order."""
        for lane in self._lanes:
            lane.take(events)

    def end_loan(self) -> None:
        """Write the rows of the loan that was folded, and let it go."""
        for lane in self._lanes:
            lane.end()

    def end_chunk(self) -> Iterator[tuple[Table, Sequence[RowValues]]]:
        """What the chunk adds to sums, by their tables."""
        for table, sums in self._sums.items():
            yield table, sum_rows(table, sums)


def _sink(part: Part, write: Write, sums: Sums) -> _Folded | _Appended | _Summed:
    match part:
        case FoldedRows():
            return _Folded(part, write, sums)
        case AppendedRows():
            return _Appended(part, write)
        case Summed():
            return _Summed(part, sums)
